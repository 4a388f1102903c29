"""What is remembered of new messages, so that none is sent twice."""

from storage import sendings
from storage.database import Database
from storage.sendings import Kind
from tests.storage.making import accept_job


async def test_a_second_attempt_keeps_the_time_of_the_first_unless_it_begins_anew(db: Database) -> None:
    job = await accept_job(db)
    assert await sendings.get(db, job.id, Kind.CARD, 20) is None
    await sendings.tried(db, job.id, Kind.CARD, 20)
    first = await sendings.get(db, job.id, Kind.CARD, 20)
    await sendings.tried(db, job.id, Kind.CARD, 20)
    second = await sendings.get(db, job.id, Kind.CARD, 20)
    await sendings.tried(db, job.id, Kind.CARD, 20, anew=True)
    third = await sendings.get(db, job.id, Kind.CARD, 20)
    assert first and second and third
    assert first.first_at == second.first_at < second.last_at
    assert third.first_at == third.last_at >= second.last_at


async def test_a_confirmed_message_is_remembered_by_job_kind_and_channel(db: Database) -> None:
    job = await accept_job(db)
    await sendings.tried(db, job.id, Kind.CARD, 20)
    await sendings.tried(db, job.id, Kind.CARD, 21)
    await sendings.sent(db, job.id, Kind.CARD, 21, 400)
    assert [sending.message_id for sending in await sendings.of_job(db, job.id, Kind.CARD)] == [None, 400]
    assert await sendings.of_job(db, job.id, Kind.PING) == []
