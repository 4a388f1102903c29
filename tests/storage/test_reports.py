"""Reports: one of each person on a job, a few an hour, closed once."""

import pytest

from inference.errors import QuotaReached
from storage import reports
from storage.database import Database
from storage.reports import Category, Report, State
from tests.storage.making import draw_job


async def report(db: Database, job_id: int | None, reporter_id: int = 9, reason: str = "wrong hair") -> Report:
    return await reports.file(db, job_id=job_id, guild_id=10, reporter_id=reporter_id, reason=reason)


async def test_a_person_reports_a_job_once_and_may_correct_the_reason(db: Database) -> None:
    job = await draw_job(db, b"one")
    first = await report(db, job.id)
    await reports.close(db, first.id, State.ALLOWED)
    again = await report(db, job.id, reason="wrong eyes")
    other = await report(db, job.id, 8, "x" * 2000)
    assert (again.id, again.created_at, again.reason, again.state) == (
        first.id, first.created_at, "wrong eyes", State.OPEN,
    )  # fmt: skip
    assert len(other.reason) == 1000
    assert await reports.of_job(db, job.id) == [again, other]
    assert await reports.still_open(db, limit=1) == [other]


async def test_a_report_may_be_about_no_picture(db: Database) -> None:
    for _ in range(2):
        await reports.file(
            db, job_id=None, guild_id=None, reporter_id=9, reason="please look again", category=Category.APPEAL
        )
    assert await reports.count_open(db) == 2


async def test_whoever_reports_too_much_waits_and_others_do_not(db: Database) -> None:
    for number in range(reports.MOST_AN_HOUR):
        await report(db, None, reason=str(number))
    with pytest.raises(QuotaReached, match="5 reports within the hour"):
        await report(db, None)
    await report(db, None, 8)
    assert await reports.count_open(db) == reports.MOST_AN_HOUR + 1


async def test_a_report_is_closed_once(db: Database) -> None:
    job = await draw_job(db, b"one")
    filed = await report(db, job.id)
    await reports.told(db, filed.id, 77)
    assert await reports.close(db, filed.id, State.REMOVED)
    assert not await reports.close(db, filed.id, State.ALLOWED)
    kept = await reports.get(db, filed.id)
    assert kept is not None and (kept.state, kept.entry_message_id) == (State.REMOVED, 77)
    assert await reports.count_open(db) == 0
    assert await reports.get(db, 404) is None
