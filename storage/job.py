"""What a job is: its states and its row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from sqlite3 import Row

from inference.request import Request, from_json

Fact = str | int | float | bool | None


class State(StrEnum):
    """Where a job stands."""

    ACCEPTING = "accepting"  # in the table, not yet acknowledged to the person
    QUEUED = "queued"  # acknowledged: from here on it may not be lost
    RUNNING = "running"  # a worker draws it; `lease` says for which start of the bot
    READY = "ready"  # its pictures are kept
    SENDING = "sending"  # its message is being turned into the card
    DONE = "done"  # Discord answered
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    ABANDONED = "abandoned"  # never acknowledged

    @property
    def is_open(self) -> bool:
        """Whether work remains to be done."""
        return self in OPEN


class Delivered(StrEnum):
    """How an ending reached its person."""

    MESSAGE = "message"  # in the job's own message
    CHANNEL = "channel"  # in a new message in the same channel
    DM = "dm"  # in private, though the job was not asked for there
    NOWHERE = "nowhere"  # not at all: it is kept, and offered at the next occasion


class Obstacle(StrEnum):
    """Why an ending could not be shown in the job's own message, or in the next best place."""

    MESSAGE_GONE = "message gone"
    CHANNEL_GONE = "channel gone"
    NO_ACCESS = "no access"  # the channel cannot be seen any more, or a permission is missing
    ARCHIVED = "archived"  # a thread that is closed
    TOO_LATE = "too late"  # only the person sees the message, and Discord lets nobody change it any more
    FILTERED = "filtered"  # a filter of the server or of Discord took it out
    REFUSED = "refused"  # Discord did not take the card as it is
    TOO_LARGE = "too large"  # even the smaller copies
    NO_DIRECT_MESSAGES = "no direct messages"  # the person takes none from us
    AWAY = "away"  # Discord could not be reached for hours
    UNSURE = "unsure"  # it may be there already, and nobody can find out


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the gate knew of a job when it let it in."""

    provenance: str  # "text", "ours" or "upload"
    evidence: Mapping[str, int]  # how much speaks for what in its words


OPEN: tuple[State, ...] = (State.ACCEPTING, State.QUEUED, State.RUNNING, State.READY, State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row as it was read; a move returns the new one. Secrets and prompts stay out of its repr, so out of logs."""

    id: int
    state: State
    requester_id: int
    guild_id: int | None
    channel_id: int
    message_id: int | None  # the message the job lives in
    interaction_id: int | None
    interaction_token: str | None = field(repr=False)  # a secret; gone when the job ends or after 15 minutes
    application_id: int | None
    private: bool
    locale: str
    context: Mapping[str, Fact]  # facts about the place that are needed later
    request: Request = field(repr=False)
    request_sha256: str
    parent_picture_id: int | None
    priority: int  # higher goes first; 0 is what people ask for, below it is background work
    cost_s: float  # estimated GPU-seconds
    lease: str | None  # the start of the bot (boot id) that runs it; set exactly while running
    attempt: int  # how often it was started
    deaths: int  # how often a worker died drawing it while the bot lived
    cancel_requested: bool
    error_kind: str | None  # a class name of inference.errors
    error_sentence: str | None  # its template, to be translated and filled with error_fields
    error_fields: Mapping[str, str | int | float]
    created_at: float
    updated_at: float
    started_at: float | None
    finished_at: float | None
    gpu_s: float | None
    source_message_id: int | None  # the message that asked for it; None: an interaction did
    delivered: Delivered | None  # how its ending was shown; None: it has not ended, or was not shown yet
    obstacle: Obstacle | None  # why not in its own message
    told_at: float | None  # when the person heard, at another occasion, of what could be shown nowhere
    provenance: str | None  # what it starts from: "text", "ours" or "upload"; None in rows of before there was a gate
    evidence: Mapping[str, int] | None  # how much spoke for what in its words when it was accepted


COLUMNS = ", ".join(column.name for column in fields(Job))


def from_row(row: Row) -> Job:
    """The job in a row of COLUMNS."""
    columns = dict(row)
    columns.update(
        state=State(row["state"]),
        private=bool(row["private"]),
        context=json.loads(row["context"]),
        request=from_json(row["request"]),
        cancel_requested=bool(row["cancel_requested"]),
        delivered=Delivered(row["delivered"]) if row["delivered"] else None,
        obstacle=Obstacle(row["obstacle"]) if row["obstacle"] else None,
        error_fields=json.loads(row["error_fields"]),
        evidence=json.loads(row["evidence"]) if row["evidence"] else None,
    )
    return Job(**columns)
