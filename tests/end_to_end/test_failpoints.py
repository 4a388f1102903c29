"""The bot dies at every arrow of the job machine, once and twice in a row: every accepted job ends exactly once."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.bot_process import BotProcess
from benchmarks.verdict import UNSETTLED, Verdict, judge, table
from failpoints import VARIABLE
from playground import Playground
from playground.sent import Sent
from playground.state import Interaction

pytestmark = pytest.mark.slow

ENDS_S = 60.0
PAST_THE_TOKEN_S = 16 * 60.0
QUICK = {"GENGA_TEST_FAULT": "quick", "GENGA_LOG__LEVEL": "WARNING"}
ON_THE_WAY = ["accepting", "queued", "running", "ready", "sending", "done"]
PLACES = [f"{side}_{state}" for state in ON_THE_WAY for side in ("before", "after")] + ["after_files", "after_shown"]


class Killed:
    """A playground, and a bot in it that kills itself."""

    def __init__(self, playground: Playground, folder: Path, **settings: str) -> None:
        self.playground = playground
        self.bot = BotProcess(playground, folder, planted="harmless", **(QUICK | settings))
        self.asked: list[Interaction] = []

    async def ask(self, who: str, where: str, typed: str) -> Sent:
        sent = await self.playground.person(who).slash(where, typed, wait=False)
        self.asked.append(sent.interaction)
        return sent

    async def ask_everywhere(self) -> None:
        """In public, in private, in a direct message."""
        await self.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour")
        await self.ask("Aiko", "#gallery", "/imagine prompt:1girl, market private:True")
        await self.ask("Mori", "dm", "/imagine prompt:1girl, bridge count:2")

    async def dies(self) -> None:
        """Return when it has died of its own hand, and nobody waits for an answer any more."""
        assert await self.bot.killed_itself(ENDS_S), f"it passed no such place:\n{self.bot.log}"

    async def verdict(self, **settings: str) -> Verdict:
        """Start it unarmed and let it finish what there is."""
        await self.bot.start(**settings)
        async with asyncio.timeout(ENDS_S):
            for interaction in self.asked:
                await interaction.settled.wait()
            while self.bot.rows(UNSETTLED):  # noqa: ASYNC110 - another process changes it: there is no event
                await asyncio.sleep(0.05)
        await self.bot.stop()
        return judge(self.playground.world, self.asked, self.bot.rows("SELECT * FROM jobs ORDER BY id"))


async def killed_at(place: str, times: int, folder: Path) -> Verdict:
    """What becomes of what was asked of a bot that dies at `place` in so many starts in a row."""
    async with Playground() as playground:
        killed = Killed(playground, folder)
        for _ in range(times):
            await killed.bot.start(**{VARIABLE: place})
            if killed.bot.lives:  # it may have died of what an earlier start left open
                await killed.ask_everywhere()
            await killed.dies()
        return await killed.verdict()


@pytest.mark.parametrize("place", PLACES)
async def test_every_accepted_job_ends_once_wherever_the_bot_dies(place: str, tmp_path: Path) -> None:
    once, twice = await asyncio.gather(
        killed_at(place, 1, tmp_path / "once"), killed_at(place, 2, tmp_path / "twice")
    )  # fmt: skip
    for verdict in (once, twice):
        assert verdict.is_clean, table(verdict, {})
        assert verdict.with_a_sentence == 0, table(verdict, {})
        # The first to come there had not been answered where a request is only being accepted.
        assert verdict.delivered >= 1 or place.endswith("accepting"), table(verdict, {})
    assert twice.asked >= once.asked == 3


@pytest.mark.parametrize("place", ["before_failed", "after_failed"])
async def test_a_failure_is_told_once_wherever_the_bot_dies(place: str, tmp_path: Path) -> None:
    async with Playground() as playground:
        killed = Killed(playground, tmp_path / "data", GENGA_TEST_FAULT="quick,oom")
        await killed.bot.start(**{VARIABLE: place})
        await killed.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour")
        await killed.dies()
        verdict = await killed.verdict()
        assert (verdict.with_a_sentence, verdict.lost) == (1, []), table(verdict, {})
        [message] = playground.person("Aiko").sees("#gallery")
        assert "does not fit into the graphics memory" in message.content


@pytest.mark.parametrize("place", ["before_cancelled", "after_cancelled"])
async def test_a_cancelled_job_says_so_wherever_the_bot_dies(place: str, tmp_path: Path) -> None:
    async with Playground() as playground:
        killed = Killed(playground, tmp_path / "data", GENGA_TEST_FAULT="slow")
        await killed.bot.start(**{VARIABLE: place})
        await killed.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour")
        waiting = await killed.ask("Mori", "dm", "/imagine prompt:1girl, market")
        await playground.person("Mori").press(await waiting.message(), "Cancel", wait=False)
        await killed.dies()
        verdict = await killed.verdict()
        assert (verdict.delivered, verdict.with_a_sentence, verdict.lost) == (1, 1, []), table(verdict, {})
        assert "Cancelled." in (await waiting.message()).content


async def test_a_job_whose_worker_died_goes_on_when_the_bot_dies_too(tmp_path: Path) -> None:
    async with Playground() as playground:
        killed = Killed(playground, tmp_path / "data", GENGA_TEST_FAULT="quick,crash@3x1")
        await killed.bot.start(**{VARIABLE: "after_queued:2"})  # first when it is accepted, then when it is put back
        await killed.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour")
        await killed.dies()
        verdict = await killed.verdict(GENGA_TEST_FAULT="quick")
        assert (verdict.delivered, verdict.lost) == (1, []), table(verdict, {})
        assert [row["deaths"] for row in killed.bot.rows("SELECT deaths FROM jobs")] == [1]


async def test_a_private_picture_that_may_have_been_seen_is_offered_and_not_shown_twice(tmp_path: Path) -> None:
    async with Playground() as playground:
        aiko = playground.person("Aiko")
        killed = Killed(playground, tmp_path / "data")
        await killed.bot.start(**{VARIABLE: "after_shown"})
        await killed.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour private:True")
        await killed.dies()
        killed.bot.stays_away(PAST_THE_TOKEN_S)
        verdict = await killed.verdict()
        assert (verdict.delivered, verdict.is_clean) == (1, True), table(verdict, {})
        [offer] = aiko.sees("dm")
        assert offer.content.startswith("I was restarted just as I showed you a private picture.")
        assert offer.pictures == []
        await killed.bot.start()
        await aiko.press(offer, "Show it")
        shown = await aiko.wait_for("dm", lambda message: message.pictures, 60)
        assert len(shown.pictures) == 1
        await killed.bot.stop()


@pytest.mark.parametrize("place", ["before_queued", "after_failed"])
async def test_a_private_answer_that_may_have_been_seen_ends_in_a_direct_message(place: str, tmp_path: Path) -> None:
    async with Playground() as playground:
        killed = Killed(playground, tmp_path / "data")
        await killed.bot.start(**{VARIABLE: "before_queued"})
        await killed.ask("Aiko", "#gallery", "/imagine prompt:1girl, harbour private:True")
        await killed.dies()
        killed.bot.stays_away(PAST_THE_TOKEN_S)
        if place == "after_failed":  # killed once more, between writing it down and saying it
            await killed.bot.start(**{VARIABLE: place})
            await killed.dies()
        verdict = await killed.verdict()
        assert (verdict.with_a_sentence, verdict.is_clean) == (1, True), table(verdict, {})
        [told] = playground.person("Aiko").sees("dm")
        assert told.content.startswith("I was restarted before I could draw your private picture.")
