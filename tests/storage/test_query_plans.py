"""The queries that run at every click use an index and sort nothing."""

import pytest

from storage import (
    agreements,
    favourites,
    history,
    jobs,
    model_requests,
    people,
    pictures,
    posts,
    presets,
    reports,
    servers,
)
from storage.database import Database
from storage.history import Show

PLANS = {
    jobs.GET: "INTEGER PRIMARY KEY",
    jobs.BY_MESSAGE: "INDEX jobs_message",
    jobs.OPEN_JOBS: "INDEX jobs_open",
    jobs.OPEN_OF: "INDEX jobs_open_of",
    jobs.RECENT_OF: "INDEX jobs_finished_of",
    jobs.COUNT_OPEN_OF: "INDEX jobs_open_of",
    jobs.COUNT_OPEN: "INDEX jobs_open",
    jobs.OPEN_IN: "INDEX jobs_open_of",
    jobs.PICTURES_IN: "INDEX jobs_finished_of",
    jobs.OPEN_PICTURES_IN: "INDEX jobs_open_of",
    agreements.OF_PERSON: "PRIMARY KEY (person_id=?)",
    jobs.FORGET_TOKENS: "INDEX jobs_token",
    pictures.GET: "INTEGER PRIMARY KEY",
    pictures.OF_JOB: "INDEX sqlite_autoindex_pictures_1 (job_id=?)",
    pictures.UPLOAD: "INDEX pictures_living",
    pictures.LIVES: "INDEX pictures_living",
    posts.BY_MESSAGE: "PRIMARY KEY (message_id=?)",
    presets.OF_OWNER: "PRIMARY KEY (owner_id=?)",
    presets.GET: "PRIMARY KEY (owner_id=? AND name=?)",
    people.GET: "INTEGER PRIMARY KEY",
    servers.GET: "INTEGER PRIMARY KEY",
    servers.RULES: "INTEGER PRIMARY KEY",
    reports.GET: "INTEGER PRIMARY KEY",
    model_requests.COUNT_RECENT: "INDEX model_requests_person",
    reports.COUNT_RECENT: "INDEX reports_reporter",
    **dict.fromkeys(history.COUNT.values(), "INDEX jobs_finished_of"),
    **dict.fromkeys(history.PAGE.values(), "INDEX jobs_finished_of"),
    history.COUNT[Show.FAVOURITES]: "(person_id=?)",
    history.PAGE[Show.FAVOURITES]: "INDEX favourites_newest",
    favourites.GET: "PRIMARY KEY (person_id=? AND job_id=?)",
}


@pytest.mark.parametrize("query", PLANS)
async def test_a_hot_query_uses_its_index_and_sorts_nothing(db: Database, query: str) -> None:
    async with db.transaction() as tx:
        rows = await tx.all(f"EXPLAIN QUERY PLAN {query}", (1,) * query.count("?"))
    plan = " · ".join(row["detail"] for row in rows)
    assert PLANS[query] in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (pictures.BY_SHA256, "INDEX pictures_living"),
        (posts.OF_JOB, "INDEX posts_job"),
        (model_requests.OPEN, "INDEX model_requests_open (model=?)"),
        (reports.OF_JOB, "INDEX sqlite_autoindex_reports_1 (job_id=?)"),
    ],
)
async def test_a_query_that_sorts_a_handful_of_rows_finds_them_by_index(db: Database, query: str, index: str) -> None:
    rows = await db.all(f"EXPLAIN QUERY PLAN {query}", (1,))
    assert index in rows[0]["detail"]
