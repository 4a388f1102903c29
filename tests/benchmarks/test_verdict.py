"""The verdict of benchmarks.crash: what it calls lost, twice and unasked, each shown to it once."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest

from benchmarks.verdict import Verdict, judge
from playground import messages
from playground.interactions import callback, open_interaction
from playground.json_types import Payload, Submission, Upload
from playground.state import Answer, Interaction, InteractionKind, Message
from playground.world import World

PICTURE = b"\x89PNG\r\n\x1a\n"


class Stage:
    """A world in which somebody asks and, in the bot's place, the test answers."""

    def __init__(self) -> None:
        self.world = World()
        self.gallery = self.world.channel("#gallery")
        self.asked: list[Interaction | Message] = []
        self._table = sqlite3.connect(":memory:")
        self._table.row_factory = sqlite3.Row
        self._table.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state, interaction_id, source_message_id)")

    def ask(self) -> Interaction:
        aiko = self.world.person("Aiko")
        asking = open_interaction(self.world, aiko, self.gallery, InteractionKind.COMMAND, {"type": 1}, owners={})
        self.asked.append(asking)
        return asking

    def job(self, asking: Interaction, state: str) -> int:
        sql = "INSERT INTO jobs (state, interaction_id) VALUES (?, ?) RETURNING id"
        return self._table.execute(sql, (state, asking.id)).fetchone()[0]

    def answer(self, asking: Interaction, job: int) -> Message:
        sent = Submission(payload={"type": int(Answer.MESSAGE), "data": control("cancel", job)}, files={})
        answered = callback(self.world, asking.id, asking.token, sent).original
        assert answered is not None
        return answered

    def show(self, job: int) -> Message:
        """A new message with a picture of the job."""
        file = Upload(f"genga-{job}-1.png", PICTURE)
        payload: Payload = {"attachments": [{"id": 0, "filename": file.name}]}
        return messages.post(self.world, self.gallery, self.world.bot.id, Submission(payload=payload, files={0: file}))

    def change(self, message: Message, payload: Payload) -> None:
        messages.revise(self.world, message, Submission(payload=payload, files={}))

    def verdict(self) -> Verdict:
        with closing(self._table.execute("SELECT * FROM jobs")) as cursor:
            return judge(self.world, self.asked, cursor.fetchall())


def control(verb: str, job: int) -> Payload:
    """A message with one button of a job."""
    button: Payload = {"type": 2, "style": 2, "label": verb, "custom_id": f"v1:{verb}:{job}:0"}
    return {"content": "words", "components": [{"type": 1, "components": [button]}]}


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    stage = Stage()
    yield stage
    await stage.world.close()


async def test_a_picture_in_place_of_the_answer_is_a_delivery(stage: Stage) -> None:
    asking = stage.ask()
    job = stage.job(asking, "done")
    stage.change(stage.answer(asking, job), control("reroll", job))
    stage.show(job)
    verdict = stage.verdict()
    assert verdict.is_clean
    assert (verdict.accepted, verdict.delivered, verdict.with_a_sentence) == (1, 1, 0)


async def test_a_sentence_in_place_of_the_answer_ends_a_job_too(stage: Stage) -> None:
    asking = stage.ask()
    job = stage.job(asking, "failed")
    stage.change(stage.answer(asking, job), control("retry", job))
    verdict = stage.verdict()
    assert verdict.is_clean
    assert (verdict.accepted, verdict.with_a_sentence) == (1, 1)


@pytest.mark.parametrize("state", ["queued", "done", "failed", "abandoned"])
async def test_a_message_that_still_promises_something_is_a_lost_job(stage: Stage, state: str) -> None:
    asking = stage.ask()
    stage.answer(asking, stage.job(asking, state))
    assert len(stage.verdict().lost) == 1


async def test_a_promise_without_a_job_is_a_lost_one(stage: Stage) -> None:
    stage.answer(stage.ask(), 5)
    assert len(stage.verdict().lost) == 1


async def test_pictures_in_two_messages_are_a_duplicate_also_when_one_was_deleted(stage: Stage) -> None:
    asking = stage.ask()
    job = stage.job(asking, "done")
    stage.change(stage.answer(asking, job), control("reroll", job))
    messages.remove(stage.world, stage.show(job))
    assert stage.verdict().is_clean
    stage.show(job)
    assert len(stage.verdict().duplicated) == 1


async def test_pictures_for_somebody_who_never_saw_an_answer_are_told(stage: Stage) -> None:
    abandoned = stage.ask()
    job = stage.job(abandoned, "abandoned")
    assert (stage.verdict().abandoned, stage.verdict().is_clean) == (1, True)
    stage.show(job)
    assert len(stage.verdict().never_accepted) == 1
    stage.show(99)
    assert len(stage.verdict().never_accepted) == 2


async def test_nobody_there_and_a_refusal_are_no_jobs(stage: Stage) -> None:
    stage.ask()
    refused = stage.ask()
    payload: Payload = {"type": int(Answer.MESSAGE), "data": {"content": "I can't draw that here."}}
    callback(stage.world, refused.id, refused.token, Submission(payload=payload, files={}))
    verdict = stage.verdict()
    assert (verdict.asked, verdict.unanswered, verdict.refused, verdict.accepted) == (2, 1, 1, 0)
    assert verdict.is_clean
