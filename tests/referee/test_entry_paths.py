"""Every way to a picture, times every rule: none leads past the gate, and a new way fails here until it has a row."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable
from typing import get_args

import pytest
import pytest_asyncio
import simcord

from benchmarks.planted import UNSEEN, Planted, evidence
from cogs import _lora_controls
from cogs._buttons import HANDLERS, OF_NO_JOB, SHOW_NOTHING
from cogs._history_controls import VERBS
from cogs.menus import MENUS
from inference import request
from inference.safety.evidence import PictureEvidence, Rating, Strength, TextEvidence
from storage import jobs, loras, standing
from tests.referee.pictures import png
from tests.referee.stage import PATIENCE_S, Stage, filled, told
from tests.storage.making import add_lora

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

NOTHING = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)
ADULT = dataclasses.replace(NOTHING, sexual=Strength.STRONG)
Way = Callable[[Stage, simcord.ResponseMessage], Awaitable[object]]


@dataclasses.dataclass(frozen=True, slots=True)
class Reads:
    """A reader that finds what a rule wants."""

    found: TextEvidence

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        del prompt, negative, blocked
        return self.found


# rule -> what is read, what is seen
RULES: dict[str, tuple[TextEvidence, PictureEvidence]] = {
    "floor, words": (dataclasses.replace(ADULT, young=Strength.STRONG), evidence()),
    "floor, picture": (NOTHING, evidence(Rating.EXPLICIT, Strength.STRONG)),
    "real, words": (dataclasses.replace(ADULT, real_person=Strength.WEAK), evidence()),
    "real, picture": (NOTHING, evidence(Rating.SENSITIVE, photo=Strength.WEAK)),
    "unsure": (NOTHING, UNSEEN),
    "adult, words": (ADULT, evidence()),
    "adult, picture": (NOTHING, evidence(Rating.QUESTIONABLE)),
    "strict": (NOTHING, evidence(Rating.SENSITIVE)),
    "gore": (dataclasses.replace(NOTHING, gore=Strength.WEAK), evidence()),
    "hate": (dataclasses.replace(NOTHING, hate=Strength.WEAK), evidence()),
    "list": (dataclasses.replace(NOTHING, blocked=True), evidence()),
    "standing": (NOTHING, evidence()),
}


async def text_(stage: Stage, _: simcord.ResponseMessage) -> None:
    await stage.alice.slash(stage.channel, "imagine", prompt="1girl")


async def private(stage: Stage, _: simcord.ResponseMessage) -> None:
    await stage.alice.slash(stage.channel, "imagine", prompt="1girl", private=True)


async def attached(stage: Stage, _: simcord.ResponseMessage) -> None:
    assert stage.house.bot.user is not None
    said = f"{stage.house.bot.user.mention} make it night"
    await stage.alice.send(stage.channel, said, attachments=[("me.png", png())])


async def reply(stage: Stage, card: simcord.ResponseMessage) -> None:
    await stage.alice.send(stage.channel, "make her hair red", reply_to=card)


async def direct(stage: Stage, _: simcord.ResponseMessage) -> None:
    await stage.alice.send_dm("1girl, rain")


def button(*labels: str) -> Way:
    async def press(stage: Stage, card: simcord.ResponseMessage) -> None:
        at = card
        for label in labels:
            at = told(await stage.alice.click(at, label=label))

    return press


def form(*labels: str, **typed: str) -> Way:
    async def fill(stage: Stage, card: simcord.ResponseMessage) -> None:
        at = card
        for label in labels[:-1]:
            at = told(await stage.alice.click(at, label=label))
        opened = await stage.alice.click(at, label=labels[-1])
        await stage.alice.submit_modal(opened, filled(opened, **typed))

    return fill


def menu(name: str, **typed: str) -> Way:
    async def choose(stage: Stage, card: simcord.ResponseMessage) -> None:
        opened = await stage.alice.context_menu(stage.channel, name, card)
        if opened.modal is not None:
            await stage.alice.submit_modal(opened, filled(opened, **typed))

    return choose


def history(label: str) -> Way:
    async def press(stage: Stage, _: simcord.ResponseMessage) -> None:
        page = told(await stage.alice.slash(stage.channel, "history"))
        await stage.alice.click(page, label=label)

    return press


async def examples(stage: Stage, _: simcord.ResponseMessage) -> None:
    shown = told(await stage.alice.slash(stage.channel, "help"))
    await stage.alice.click(shown, label="Surprise me")


async def foreign(stage: Stage, _: simcord.ResponseMessage) -> None:
    theirs = png(says="1boy, hat\nNegative prompt: blurry\nSteps: 4, Sampler: Euler, Seed: 3, Size: 256x256")
    shown = told(await stage.alice.slash(stage.channel, "info", image=("theirs.png", theirs)))
    opened = await stage.alice.click(shown, label="Use these settings")
    await stage.alice.submit_modal(opened, filled(opened))


async def with_a_lora(stage: Stage, _: simcord.ResponseMessage) -> None:
    if not await loras.of_owner(stage.house.db, stage.alice.id):
        await add_lora(stage.house.db, stage.alice.id, "flat", b"weights")
    shown = told(await stage.alice.slash(stage.channel, "lora info", lora="flat"))
    opened = await stage.alice.click(shown, label="Try it…")
    await stage.alice.submit_modal(opened, filled(opened))


WAYS: dict[str, Way] = {
    "text": text_,
    "private": private,
    "attached": attached,
    "reply": reply,
    "direct message": direct,
    "reroll": button("Reroll"),
    "subtle": button("Vary", "Subtle"),
    "strong": button("Vary", "Strong"),
    "edit": form("Edit", prompt="1boy"),
    "advanced": form("Info", "Advanced…"),
    "Edit image…": menu("Edit image…", prompt="1boy"),
    "Use as…": menu("Use as…", prompt="1boy"),
    "again": history("Draw again"),
    "dm": history("DM me"),
    "surprise": examples,
    "try": with_a_lora,
    "settings of a foreign picture": foreign,
}
# Where else the rows above reach: verb -> the way that goes through it, or why none is needed.
OTHERWISE = {
    "vary": "subtle", "info": "advanced", "Info": "shows words alone", "Report": "shows nothing",
    "report": "shows nothing",
    "pick": "edits the card, asks", "favourite": "asks", "share": "asks", "original": "asks", "retry": "text",
    "unshare": "shows nothing", "remove": "shows nothing", "really": "shows nothing", "keep": "shows nothing",
    "cancel": "shows nothing", "delete": "edits the card, asks", "fix": "settings of a foreign picture",
    "page": "again", "star": "again",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module")
async def card(stage: Stage) -> simcord.ResponseMessage:
    """A harmless picture of Alice's, from before."""
    return await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl, blue hair", seed=7))


async def test_every_control_and_every_kind_of_request_has_a_row() -> None:
    known = set(WAYS) | set(OTHERWISE)
    assert (set(HANDLERS) | set(VERBS) | set(MENUS) | set(_lora_controls.VERBS)) - known == set()
    assert set(HANDLERS) >= SHOW_NOTHING | OF_NO_JOB
    kinds = get_args(request.Request) or (request.Request,)
    assert [kind.__name__ for kind in kinds] == ["DrawRequest"], "a new kind of work: give it its ways and its rules"


def pictures_seen(stage: Stage) -> int:
    """How many pictures anybody can see anywhere."""
    rooms = stage.env.backend.messages.values()
    ours = [
        message for room in rooms for message in room.values() if message.author_id == stage.env.backend.bot_user.id
    ]
    return sum(len(message.attachments) for message in ours)


async def at_rest(stage: Stage) -> None:
    """Once nothing is drawn or shown any more."""
    await stage.env.settle()
    async with asyncio.timeout(PATIENCE_S):
        while any((await jobs.counts(stage.house.db)).values()):  # noqa: ASYNC110 - a table tells nobody
            await asyncio.sleep(0.05)
    await stage.env.settle()


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_leads_to_a_picture_where_no_rule_is_against_it(
    way: str, stage: Stage, card: simcord.ResponseMessage
) -> None:
    before = pictures_seen(stage)
    await WAYS[way](stage, card)
    await at_rest(stage)
    assert pictures_seen(stage) > before


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_past_a_rule(
    way: str, rule: str, stage: Stage, card: simcord.ResponseMessage, caplog: pytest.LogCaptureFixture
) -> None:
    services = stage.house.bot.services
    before = pictures_seen(stage)
    read, seen = RULES[rule]
    services.reader, services.rater = Reads(read), Planted(sees=lambda _: seen)
    if rule == "standing":
        await standing.bar(stage.house.db, stage.alice.id, standing.EVERYWHERE, standing.Bar.BLOCKED)
    if "picture" in rule or rule in {"unsure", "strict"}:
        async with stage.house.db.transaction() as tx:  # of the picture from before somebody now sees the same
            await tx.run("UPDATE pictures SET rating = NULL, young = NULL, photo = NULL")
    # Whoever is turned away finds nothing more to press.
    with contextlib.suppress(AssertionError, LookupError, ValueError, simcord.SetupError):
        await WAYS[way](stage, card)
    await at_rest(stage)
    assert pictures_seen(stage) <= before
    caplog.clear()
    assert stage.env.errors is not None  # looked at: a refusal is one


async def test_only_what_is_certain_is_held_against_the_person(stage: Stage) -> None:
    floor = RULES["floor, words"][0]
    strikes = "SELECT count(*) AS number FROM strikes"
    for certain, number in ((False, 0), (False, 0), (True, 1)):
        stage.house.bot.services.reader = Reads(dataclasses.replace(floor, certain=certain))
        before = pictures_seen(stage)
        with contextlib.suppress(AssertionError, LookupError):  # a refusal is an error of the command
            await text_(stage, told(await stage.alice.slash(stage.channel, "help")))
        await at_rest(stage)
        assert pictures_seen(stage) == before
        row = await stage.house.db.one(strikes)
        assert row is not None and row["number"] == number, certain
