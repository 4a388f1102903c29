"""The one message of a job as Components V2: waiting, drawing, finished, failed.

A view here is only a description: its buttons carry `v1:<verb>:<job in base 36>:<picture index>` and are answered by
`cogs/_buttons.py`, so they work after any restart and on messages of any age.
"""

import dataclasses
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs._lora_words import one_written
from cogs._text import closed_up, number36, quoted, shortened
from cogs._words import Words
from inference.errors import N_
from inference.models.arriving import Arriving
from inference.request import Request

DRAWING = discord.Colour(0x5B8DEF)
FINISHED = discord.Colour(0xE58FB1)
FAILED = discord.Colour(0x8A8F98)
BAR_CELLS = 12
SOON_S = 15.0  # longer than a card that counts down goes without a look at it
ALT_TEXT_CHARS = 250  # discord.py documents 256
SET_OFF = N_("**Fetching {model}**, which happens once: asking where it is…")
AFTER_ANOTHER = N_("**Fetching {model}**, which happens once: another model comes first")
MINUTE_LEFT = N_("**Fetching {model}**: {percent} %, about a minute left")
MINUTES_LEFT = N_("**Fetching {model}**: {percent} %, about {minutes} minutes left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The picture that one was made from, and where it can be seen."""

    jump_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a card says of a job."""

    job_id: int
    requester_id: int
    request: Request
    model_title: str
    private: bool
    parent: Parent | None = None
    note: str = ""  # how the words were understood, where that is not plain

    def public(self) -> "Shown":
        """The same for a message that everybody sees."""
        return dataclasses.replace(self, private=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of several in a catalogue: a text, a small picture beside it, and buttons below."""

    text: str
    picture: str | None  # the name of an attached file
    alt: str
    covered: bool
    buttons: Sequence[ui.Button[ui.LayoutView]]


def file_name(job_id: int, index: int) -> str:
    """What an uploaded picture is called: the job's number and nothing a person wrote."""
    return f"genga-{number36(job_id)}-{index + 1}.png"


def index_in(name: str) -> int:
    """Which picture of its job a file of `file_name` is; a copy keeps all of the name but its ending."""
    return int(name.rpartition("-")[2].partition(".")[0]) - 1


def control(verb: str, job_id: int, index: int = 0) -> str:
    """The custom_id of a control."""
    return f"v1:{verb}:{number36(job_id)}:{index}"


def waiting(say: Words, shown: Shown, *, place: int, starts_in_s: float) -> ui.LayoutView:
    """In the queue: the place, about when it starts, and Cancel."""
    when = moment(say, starts_in_s)
    if place <= 1:
        state = say("**Next in line** · starts {when}", when=when)
    else:
        state = say("**In the queue, place {place}** · starts {when}", place=place, when=when)
    return _progress(say, shown, state, preview=None)


def moment(say: Words, in_s: float) -> str:
    """When something is expected: counted down by the client itself, or "soon" before that could count up again."""
    return say("soon") if in_s < SOON_S else f"<t:{int(time.time() + in_s)}:R>"


def fetching(say: Words, shown: Shown, work: Arriving | None) -> ui.LayoutView:
    """Before the queue: the model is on its way here, and how long that takes."""
    return _progress(say, shown, arriving(say, shown.model_title, work), preview=None)


def arriving(say: Words, title: str, work: Arriving | None) -> str:
    """How far a model is that comes because somebody draws with it; None: it has not set off yet."""
    if work is None or work.percent is None:
        template = SET_OFF if work is None or work.begun else AFTER_ANOTHER
        return say(template, model=title)
    left_s = work.left_s
    if left_s is None:
        return say("**Fetching {model}**: {percent} %", model=title, percent=work.percent)
    minutes = max(1, round(left_s / 60))
    template = MINUTE_LEFT if minutes == 1 else MINUTES_LEFT
    return say(template, model=title, percent=work.percent, minutes=minutes)


def loading(say: Words, shown: Shown) -> ui.LayoutView:
    """The worker is loading the model."""
    return _progress(say, shown, say("**Loading {model}**, this happens once", model=shown.model_title), preview=None)


def resting(say: Words, shown: Shown) -> ui.LayoutView:
    """The worker died too often; the next one is tried after a pause."""
    state = say("**The drawing process keeps stopping.** I'll try again in a few minutes, and you keep your place.")
    return _progress(say, shown, state, preview=None)


def later(say: Words, shown: Shown) -> ui.LayoutView:
    """A private message that Discord soon lets nobody change: where the picture will come instead."""
    state = say("**This takes longer.** I will send it to you as a direct message.")
    return _progress(say, shown, state, preview=None)


def drawing(
    say: Words, shown: Shown, *, step: int, steps: int, preview: str | None, covered: bool = False
) -> ui.LayoutView:
    """Being drawn: a bar, the step in words (never colour alone) and the latest preview, `covered` or not."""
    filled = round(BAR_CELLS * step / max(steps, 1))
    bar = "▰" * filled + "▱" * (BAR_CELLS - filled)
    state = say("**Drawing** {bar} step {step} of {steps}", bar=bar, step=step, steps=steps)
    return _progress(say, shown, state, preview=preview, covered=covered)


def finished(
    say: Words,
    shown: Shown,
    *,
    files: Sequence[str],
    picked: int,
    seconds: float,
    smaller: bool = False,
    covered: bool = False,
) -> ui.LayoutView:
    """The result: the pictures, one line of facts and the buttons of picture `picked`, or of the first that is left.

    `smaller`: they are copies. `covered`: seen only by whoever clicks on them.
    """
    gallery = _gallery(files, closed_up(shown.request.prompt), covered=covered)
    text = facts(say, shown, seconds=seconds, came=len(files), smaller=smaller)
    card = ui.Container(gallery, _text(text), accent_colour=FINISHED)
    indices = [index_in(name) for name in files]
    picked = picked if picked in indices else indices[0]
    return _view(card, *_result_rows(say, shown, picked=picked, indices=indices, smaller=smaller))


def failed(say: Words, shown: Shown, sentence: str, *, retry: bool) -> ui.LayoutView:
    """One kind sentence and a way on; the typed prompt is not lost."""
    text = f"{sentence}\n-# {_asked(shown)}"
    card = ui.Container(_text(text), accent_colour=FAILED)
    if not retry:
        return _view(card)
    again = _button(say("Try again"), "🔁", control("retry", shown.job_id), discord.ButtonStyle.primary)
    change = _button(say("Edit"), "✏️", control("edit", shown.job_id))
    return _view(card, ui.ActionRow(again, change))


def offered(say: Words, shown: Shown, text: str) -> ui.LayoutView:
    """A sentence about pictures that this message does not show, and the button that does."""
    button = _button(say("Show it"), "🖼️", control("original", shown.job_id), discord.ButtonStyle.primary)
    return _view(_text(f"{text}\n-# {_asked(shown)}"), ui.ActionRow(button))


def sentence(text: str) -> ui.LayoutView:
    """A message that is nothing but a sentence."""
    return _view(_text(shortened(text, 4000)))


def agreement(say: Words, text: str, custom_id: str, *, label: str = "") -> ui.LayoutView:
    """What has to be agreed to, and the one button that does."""
    accept = _button(label or say("Accept"), "✅", custom_id, discord.ButtonStyle.primary)
    return _view(ui.Container(_text(text), ui.ActionRow(accept), accent_colour=DRAWING))


def fixable(say: Words, text: str, draft: int) -> ui.LayoutView:
    """A sentence about a refused form, and the button that opens it again."""
    button = _button(say("Fix it"), "✏️", control("fix", draft), discord.ButtonStyle.primary)
    return _view(_text(text), ui.ActionRow(button))


def listing(head: str, lines: Sequence[tuple[str, str]], label: str) -> ui.LayoutView:
    """A heading and lines, each with one button: (text, custom_id)."""
    sections: list[ui.Item[ui.LayoutView]] = [
        ui.Section(_text(text), accessory=_button(label, "✖️", custom_id)) for text, custom_id in lines
    ]
    return _view(_text(head), *sections)


def offers(head: str, lines: Sequence[tuple[str, str]], label: str, last: tuple[str, str]) -> ui.LayoutView:
    """A heading and things to press: lines of (text, custom_id) with one label, and a last (label, custom_id)."""
    blue = discord.ButtonStyle.primary
    sections: list[ui.Item[ui.LayoutView]] = [
        ui.Section(_text(text), accessory=_button(label, "🎨", custom_id)) for text, custom_id in lines
    ]
    return _view(_text(head), *sections, ui.ActionRow(_button(last[0], "🎲", last[1], blue)))


def catalogue(head: str, entries: Sequence[Entry], rows: Sequence[ui.ActionRow[ui.LayoutView]]) -> ui.LayoutView:
    """A heading, entries, and rows of controls that concern them all."""
    items: list[ui.Item[ui.LayoutView]] = [_text(head)]
    for entry in entries:
        text: ui.Item[ui.LayoutView] = _text(entry.text)
        if entry.picture:
            alt = shortened(entry.alt, ALT_TEXT_CHARS)
            text = ui.Section(text, accessory=_thumbnail(entry.picture, alt, covered=entry.covered))
        items += [text, ui.ActionRow(*entry.buttons)]
    return _view(*items, *rows)


def stacked(text: str, rows: Sequence[ui.ActionRow[ui.LayoutView]]) -> ui.LayoutView:
    """A panel: a text, and rows of controls below it."""
    return _view(ui.Container(_text(text), *rows, accent_colour=DRAWING))


def pick_controls(say: Words, shown: Shown, *, index: int) -> ui.LayoutView:
    """The controls of one picture of a grid, for somebody who is not its owner."""
    text = say("Picture {number} of #{job}:", number=index + 1, job=number36(shown.job_id))
    return _view(_text(text), _action_row(say, shown, index))


def details(say: Words, text: str, job_id: int, index: int) -> ui.LayoutView:
    """Every setting of a picture, and the form that changes them."""
    change = _button(say("Advanced…"), "🎛️", control("advanced", job_id, index))
    return _view(_text(shortened(text, 4000)), ui.ActionRow(change))


def readable(say: Words, text: str, *, draft: int | None, file: str | None) -> ui.LayoutView:
    """What a picture says of itself, the rest of it as an attached text, and the form that draws with it."""
    inside: list[ui.Item[ui.LayoutView]] = [_text(shortened(text, 4000))]
    if file is not None:
        inside.append(ui.File(f"attachment://{file}"))
    card = ui.Container(*inside, accent_colour=DRAWING)
    if draft is None:
        return _view(card)
    use = _button(say("Use these settings"), "🎨", control("fix", draft), discord.ButtonStyle.primary)
    return _view(card, ui.ActionRow(use))


def vary_choice(say: Words, job_id: int, index: int) -> ui.LayoutView:
    """How far a variation may go, as two clicks at most."""
    row = ui.ActionRow[ui.LayoutView](
        _button(say("Subtle"), "🌱", control("subtle", job_id, index), discord.ButtonStyle.primary),
        _button(say("Strong"), "🌳", control("strong", job_id, index), discord.ButtonStyle.primary),
        _button(say("With new prompt…"), "✏️", control("edit", job_id, index)),
    )
    return _view(_text(say("How different should it be?")), row)


def facts(say: Words, shown: Shown, *, seconds: float, came: int, smaller: bool = False) -> str:
    """The small print below the `came` pictures."""
    request = shown.request
    seed = str(request.seed) if request.count == 1 else f"{request.seed}–{request.seed + request.count - 1}"
    parts = [
        f"<@{shown.requester_id}>",
        f"{request.width}×{request.height}",
        say("seed {seed}", seed=seed),
        shown.model_title,
        *(quoted(one_written(each.name, each.unet, each.text)) for each in request.loras),
        say("{seconds} s", seconds=round(seconds, 1)),
    ]
    if came < request.count:
        parts.append(say("{came} of {count} pictures", came=came, count=request.count))
    if smaller:
        parts.append(say("smaller copy, the original was too large"))
    if shown.parent:
        name = say("an earlier picture")
        link = f"[{name}]({shown.parent.jump_url})" if shown.parent.jump_url else name
        parts.append(say("↩ from {parent}", parent=link))
    lines = [quoted(closed_up(request.prompt)), f"-# {shown.note}" if shown.note else "", f"-# {' · '.join(parts)}"]
    return "\n".join(filter(None, lines))


def _asked(shown: Shown) -> str:
    return f"{quoted(closed_up(shown.request.prompt), 200)} · <@{shown.requester_id}>"


def _progress(say: Words, shown: Shown, state: str, *, preview: str | None, covered: bool = False) -> ui.LayoutView:
    inside: list[ui.Item[ui.LayoutView]] = [_text(f"{state}\n-# {_asked(shown)}")]
    if preview:
        inside.insert(0, _gallery([preview], say("A preview of the unfinished picture"), covered=covered))
    cancel = _button(say("Cancel"), "✖️", control("cancel", shown.job_id), discord.ButtonStyle.danger)
    return _view(ui.Container(*inside, accent_colour=DRAWING), ui.ActionRow(cancel))


def _result_rows(
    say: Words, shown: Shown, *, picked: int, indices: Sequence[int], smaller: bool
) -> list[ui.ActionRow[ui.LayoutView]]:
    rows: list[ui.ActionRow[ui.LayoutView]] = []
    if len(indices) > 1:
        blue, grey = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
        numbers = (
            _button(str(index + 1), None, control("pick", shown.job_id, index), blue if index == picked else grey)
            for index in indices
        )
        rows.append(ui.ActionRow(*numbers))
    rows.append(_action_row(say, shown, picked))
    more = [_button(say("Favourite"), "⭐", control("favourite", shown.job_id, picked))]
    more.append(_button(say("Delete"), "🗑️", control("delete", shown.job_id, picked), discord.ButtonStyle.danger))
    more.append(_button(say("Report"), "🚩", control("report", shown.job_id, picked)))
    if smaller:
        more.insert(0, _button(say("Original"), "📎", control("original", shown.job_id, picked)))
    if shown.private:
        more.insert(0, _button(say("Share"), "📣", control("share", shown.job_id, picked)))
    rows.append(ui.ActionRow(*more))
    return rows


def _action_row(say: Words, shown: Shown, index: int) -> ui.ActionRow[ui.LayoutView]:
    return ui.ActionRow(
        _button(say("Reroll"), "🔁", control("reroll", shown.job_id, index)),
        _button(say("Vary"), "🪄", control("vary", shown.job_id, index)),
        _button(say("Edit"), "✏️", control("edit", shown.job_id, index)),
        _button(say("Info"), "🔎", control("info", shown.job_id, index)),
    )


def _thumbnail(file: str, alt: str, *, covered: bool) -> ui.Thumbnail[ui.LayoutView]:
    return ui.Thumbnail(f"attachment://{file}", description=alt, spoiler=covered)


def _gallery(files: Iterable[str], description: str, *, covered: bool) -> ui.MediaGallery[ui.LayoutView]:
    alt = shortened(description, ALT_TEXT_CHARS) or None
    items = (discord.MediaGalleryItem(f"attachment://{name}", description=alt, spoiler=covered) for name in files)
    return ui.MediaGallery(*items)


def _text(content: str) -> ui.TextDisplay[ui.LayoutView]:
    return ui.TextDisplay(content)


def _button(
    label: str, emoji: str | None, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label, emoji=emoji, custom_id=custom_id, style=style)


def _view(*items: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """A layout that discord.py does not keep in memory: its controls are answered by their custom_id alone."""
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view
