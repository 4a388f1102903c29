"""LoRAs and embeddings as people see them: pages of a list, one of them with what can be done, a question."""

import re
from collections.abc import Sequence

import discord
from discord import ui

from cogs import _card
from cogs._lora_names import Known, Whose
from cogs._loras import family_title
from cogs._services import Services
from cogs._text import quoted
from cogs._words import Words
from inference.errors import N_
from inference.safety.evidence import AgeStatus
from storage.loras import Kind

MIB = 1 << 20
PAGE = 10
USUAL_WEIGHT = 0.8

HEAD = N_("**LoRAs and embeddings that you can use here**")
NONE = N_("No LoRA is yours to use here yet. {add} adds one of your own.")
NONE_TO_ADD = N_("No LoRA is yours to use here yet.")
USE = {
    Kind.LORA: N_("In {imagine}, write a LoRA as `lora: name:0.8`, or `<lora:name:0.8>` into the prompt."),
    Kind.EMBEDDING: N_("An embedding works by its name alone, in the prompt or the negative prompt of {imagine}."),
}
KINDS = {Kind.LORA: N_("LoRA"), Kind.EMBEDDING: N_("embedding")}
WHOSE = {
    Whose.OWN: N_("yours alone"),
    Whose.SHARED: N_("shared with this server"),
    Whose.OPERATOR: N_("for everybody"),
}
NOT_HERE = N_("Your own files are not used in this server, unless they are shared here. In private they are.")
OWN_AND_SHARED = N_("yours, and everybody's in this server")
ANY_FAMILY = N_("its file does not say for which models")
BROKEN = N_("cannot be used, its numbers are damaged")
WORDS = N_("Words that bring it out: {words}")
STRENGTH = N_("A weight from 0.6 to 1 is usual: {example}")
BY_NAME = N_("Write {name} into the prompt, or into the negative prompt.")
AGES = {
    AgeStatus.ADULT: N_("It shows adults, or nobody in particular."),
    AgeStatus.MINOR: N_("It shows somebody young, so only harmless pictures are drawn with it."),
    AgeStatus.UNKNOWN: N_("Nobody knows whom it shows, so only harmless pictures are drawn with it."),
}
SURE = N_("**Remove {name}?** It is gone for everybody you shared it with, too. Pictures that it drew stay.")


def control(verb: str, what: str | int) -> str:
    """The custom_id of a control: what it does, and to which file, by its sha256, or to which page."""
    return f"v1l:{verb}:{what}"


def page(services: Services, say: Words, known: Sequence[Known], number: int, *, own_here: bool) -> ui.LayoutView:
    """One page of all of them, from 1; `own_here`: whether this person's own are used in this place."""
    if not known:
        able = services.config.loras.uploads
        text = say(NONE, add=services.mention_of("lora", "add")) if able else say(NONE_TO_ADD)
        return _card.sentence(text)
    pages = -(-len(known) // PAGE)
    number = min(max(number, 1), pages)
    shown = known[(number - 1) * PAGE : number * PAGE]
    lines = [say(HEAD), *(f"- {_line(services, say, each)}" for each in shown)]
    imagine = services.mention_of("imagine")
    lines += [f"-# {say(USE[kind], imagine=imagine)}" for kind in Kind if any(each.kind is kind for each in shown)]
    if not own_here and any(each.whose is Whose.OWN for each in known):
        lines.append(f"-# {say(NOT_HERE)}")
    if pages == 1:
        return _card.sentence("\n".join(lines))
    back = _button(say("Back"), "◀️", control("page", number - 1))
    onward = _button(say("More"), "▶️", control("page", number + 1))
    back.disabled, onward.disabled = number == 1, number == pages
    return _card.stacked("\n".join(lines), [ui.ActionRow(back, onward)])


def one(
    services: Services, say: Words, known: Known, note: str, *, in_server: bool, shared_here: bool, moderates: bool
) -> ui.LayoutView:
    """One of them, and what this person can do with it; `note` is said first."""
    shared = known.whose is Whose.OWN and shared_here
    lines = [
        *([note] if note else []),
        f"**{_plain(known.label)}**",
        _facts(services, say, known, say(OWN_AND_SHARED) if shared else None),
    ]
    if known.words:
        lines.append(say(WORDS, words=", ".join(quoted(word, 80) for word in known.words)))
    if known.kind is Kind.LORA:
        lines.append(say(STRENGTH, example=quoted(f"<lora:{known.label}:{USUAL_WEIGHT:g}>", 80)))
    else:
        lines.append(say(BY_NAME, name=quoted(known.name, 80)))
    lines.append(f"-# {say(AGES[known.age])}")
    row = ui.ActionRow[ui.LayoutView](_button(say("Try it…"), "🎨", control("try", known.sha256), primary=True))
    if in_server and known.whose is Whose.OWN and not shared_here:
        row.add_item(_button(say("Share it here"), "📣", control("share", known.sha256)))
    if in_server and shared_here and (known.whose is Whose.OWN or moderates):
        row.add_item(_button(say("Stop sharing it here"), "🔒", control("unshare", known.sha256)))
    if known.whose is Whose.OWN:
        row.add_item(_button(say("Remove…"), "🗑️", control("remove", known.sha256)))
    return _card.stacked("\n".join(lines), [row])


def question(say: Words, known: Known) -> ui.LayoutView:
    """Are they sure?"""
    remove = _button(say("Remove it"), "🗑️", control("really", known.sha256))
    remove.style = discord.ButtonStyle.danger
    keep = _button(say("Keep it"), None, control("keep", known.sha256))
    return _card.stacked(say(SURE, name=_plain(known.name)), [ui.ActionRow(remove, keep)])


def _line(services: Services, say: Words, known: Known) -> str:
    return f"**{_plain(known.label)}** · {_facts(services, say, known, None)}"


def _facts(services: Services, say: Words, known: Known, whose: str | None) -> str:
    """What it is, for which models, how large, and whose."""
    parts = [
        say(KINDS[known.kind]),
        made_for(services, say, known),
        say("{size} MiB", size=f"{max(known.size_bytes / MIB, 0.1):.1f}"),
        whose or say(WHOSE[known.whose]),
        *([say(BROKEN)] if known.broken else []),
    ]
    return " · ".join(parts)


def made_for(services: Services, say: Words, known: Known) -> str:
    """For which models."""
    return family_title(services, known.family) if known.family else say(ANY_FAMILY)


def _plain(name: str) -> str:
    """A name as it is, with nothing in it that Discord would take for formatting."""
    return re.sub(r"([\\*_`~|<>@#\[\]-])", r"\\\1", name)


def _button(label: str, emoji: str | None, custom_id: str, *, primary: bool = False) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.primary if primary else discord.ButtonStyle.secondary
    return ui.Button(label=label, emoji=emoji, custom_id=custom_id, style=style)
