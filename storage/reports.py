"""Reports: what people told the operator about a picture."""

from dataclasses import dataclass

from storage.database import Database

MAX_REASON_CHARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One person's word on one job."""

    id: int
    job_id: int
    reporter_id: int
    reason: str
    created_at: float


async def file(db: Database, *, job_id: int, reporter_id: int, reason: str) -> Report:
    """Keep the report (reason cut to 1,000 characters); a second one by the same person replaces the first's reason."""
    raise NotImplementedError


async def of_job(db: Database, job_id: int) -> list[Report]:
    """Reports on a job, oldest first."""
    raise NotImplementedError


async def recent(db: Database, *, limit: int = 25) -> list[Report]:
    """The newest reports of all."""
    raise NotImplementedError
