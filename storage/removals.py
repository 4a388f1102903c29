"""Messages of ours that have to go: noted as what they show is deleted, so that no restart forgets one."""

from dataclasses import dataclass

from storage.database import Database

DUE = "SELECT message_id, channel_id FROM removals ORDER BY message_id DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A message, and nothing about whose it was."""

    message_id: int
    channel_id: int


async def due(db: Database) -> list[Removal]:
    """What is still to be deleted, newest first."""
    return [Removal(**dict(row)) for row in await db.all(DUE)]


async def done(db: Database, message_id: int) -> None:
    """It is gone, or Discord will never let us."""
    async with db.transaction() as tx:
        await tx.run("DELETE FROM removals WHERE message_id = ?", (message_id,))
