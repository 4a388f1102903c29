"""Models that people asked the operator for; each request is open until the model is there or the operator declines."""

import time
from enum import StrEnum

from inference.errors import N_, QuotaReached
from storage.database import Database

MOST_A_DAY = 3
DAY_S = 86_400.0

COUNT_RECENT = "SELECT count(*) FROM model_requests WHERE person_id = ? AND created_at > ?"
OPEN = "SELECT person_id FROM model_requests WHERE model = ? AND state = 'open' ORDER BY id"
ASK = "INSERT INTO model_requests (model, person_id, state, created_at) VALUES (?, ?, 'open', ?)"
CLOSE = "UPDATE model_requests SET state = ? WHERE model = ? AND state = 'open'"
MANY = N_("You have asked for {limit} models within a day. Please wait a little before the next.")


class State(StrEnum):
    """What became of a request."""

    OPEN = "open"
    INSTALLED = "installed"
    DECLINED = "declined"


async def ask(db: Database, model: str, person_id: int) -> bool:
    """Keep the request; whether nobody waits for this model yet, so that the operator has to hear of it.

    Whoever waits for it already is not counted again. QuotaReached for whoever asks too much.
    """
    now = time.time()
    async with db.transaction() as tx:
        waiting = [row["person_id"] for row in await tx.all(OPEN, (model,))]
        if person_id in waiting:
            return False
        [count] = await tx.all(COUNT_RECENT, (person_id, now - DAY_S))
        if count[0] >= MOST_A_DAY:
            raise QuotaReached(template=MANY, limit=MOST_A_DAY)
        await tx.run(ASK, (model, person_id, now))
    return not waiting


async def close(db: Database, model: str, state: State) -> list[int]:
    """Nobody waits for it any more; who did, in the order in which they asked."""
    async with db.transaction() as tx:
        waiting = [row["person_id"] for row in await tx.all(OPEN, (model,))]
        await tx.run(CLOSE, (state, model))
    return waiting
