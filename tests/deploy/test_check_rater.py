"""What the doctor says of the raters."""

import logging
from pathlib import Path

import pytest

from config import Config, Safety
from deploy.check_rater import check, conclude
from deploy.finding import Level
from inference.safety.rater.messages import Fitness, Opened
from tests.inference.rater.miniature_tagger import build_tagger


async def said(safety: Safety) -> list[str]:
    return [f"{each.level.name} {each.sentence}" async for each in check(Config(safety=safety))]


async def test_without_a_tagger_the_bot_is_safe_only() -> None:
    rated, only = await said(Safety())
    assert rated.startswith("GOOD Pictures are rated by nsfwjs-mobilenet_v2@")
    assert only == "GOOD No tagger is installed, so the bot is safe-only: nothing adult is drawn anywhere."


async def test_a_tagger_that_is_not_listed_changes_nothing(tmp_path: Path) -> None:
    rated, only = await said(Safety(tagger=str(build_tagger(tmp_path))))
    assert "+tagger@" in rated
    assert only.startswith("WORTH_KNOWING The tagger may not judge apparent ages: its files are none of those")


async def test_a_folder_without_a_tagger_is_broken_and_said_to_be_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [only] = await said(Safety(tagger=str(tmp_path / "nothing")))
    assert only.startswith("BROKEN Pictures cannot be rated:") and "cannot be read" in only
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("fitness", "level"),
    [
        (Fitness.QUALIFIED, Level.GOOD),
        (Fitness.UNRECORDED, Level.WORTH_KNOWING),
        (Fitness.DIFFERENT, Level.WORTH_KNOWING),
    ],
)
def test_every_other_answer_is_a_sentence(fitness: Fitness, level: Level) -> None:
    assert [each.level for each in conclude(Opened(name="a", fitness=fitness))] == [Level.GOOD, level]
    assert [each.level for each in conclude(Opened(error="It is."))] == [Level.BROKEN]
