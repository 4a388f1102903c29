"""What became of everything that people asked for, judged by what they see, with the job table beside it.

An asking is *accepted* once its person sees the bot's answer to it. Each accepted one must end in exactly one way: its
pictures in one message, or one sentence. Pictures of anything else must not exist.
"""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from playground.component_rules import walk
from playground.state import Body, Interaction, Message
from playground.world import World

_RESULT = re.compile(r"genga-(?P<job>[0-9a-z]+)-\d+\.\w+")
_CONTROL = re.compile(r"v1:[a-z]+:(?P<job>[0-9a-z]+):")
OPEN = {"accepting", "queued", "running", "ready", "sending"}
# Jobs of which something is still to be seen: the work itself, the sentence it ended with, or the call to its owner.
UNSETTLED = (
    "SELECT id FROM jobs WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending')"
    " OR (state IN ('failed', 'cancelled', 'refused') AND delivered IS NULL) OR ping = 'due'"
)


@dataclass(slots=True)
class Verdict:
    """The counts, and every job that went wrong, by its number and in words."""

    asked: int = 0
    unanswered: int = 0  # nobody was there: neither accepted nor written down
    refused: int = 0  # answered by a sentence and nothing else
    abandoned: int = 0  # written down, but the person never saw an answer
    accepted: int = 0
    delivered: int = 0
    with_a_sentence: int = 0
    called: int = 0  # cards whose owner was called, as is done after a long wait
    lost: list[str] = field(default_factory=list[str])
    duplicated: list[str] = field(default_factory=list[str])
    never_accepted: list[str] = field(default_factory=list[str])

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, nothing came twice and nothing came unasked."""
        return not (self.lost or self.duplicated or self.never_accepted)


def judge(world: World, asked: Sequence[Interaction | Message], rows: Sequence[sqlite3.Row]) -> Verdict:
    """The verdict once everything has come to rest; `asked` are commands and, in private, plain messages."""
    verdict = Verdict(asked=len(asked))
    ours = [message for message in world.messages.values() if message.author_id == world.bot.id]
    replies = {message.reply_to[1]: message for message in ours if message.reply_to and not message.interaction}
    pictures, endings = _by_job(ours, _pictured), _by_job(ours, _ended)
    calls = Counter(message.reply_to[1] for message in ours if message.reply_to and message.mentions.users)
    jobs = _jobs_by_asking(rows)
    accepted: set[int] = set()
    for asking in asked:
        job = jobs.get(asking.id)
        answer = asking.original if isinstance(asking, Interaction) else replies.get(asking.id)
        if job is None:
            _judge_without_a_job(verdict, answer, asking)
        elif answer is None:
            verdict.abandoned += 1
        else:
            accepted.add(job["id"])
            _judge_accepted(verdict, job, pictures[job["id"]], endings[job["id"]])
    verdict.called = len(calls)
    for message_id, times in calls.items():
        if times > 1:
            verdict.duplicated.append(f"message {message_id}: its owner was called {times} times")
    for job_id in pictures.keys() - accepted:
        verdict.never_accepted.append(f"job {job_id}: its pictures are shown, its person never saw an answer")
    return verdict


def _judge_without_a_job(verdict: Verdict, answer: Message | None, asking: Interaction | Message) -> None:
    if answer is None:
        verdict.unanswered += 1
    elif _promises(answer):
        verdict.lost.append(f"asking {asking.id}: a place in the queue was announced, and no job exists")
    else:
        verdict.refused += 1


def _judge_accepted(verdict: Verdict, job: sqlite3.Row, pictured: Sequence[Message], ended: Sequence[Message]) -> None:
    verdict.accepted += 1
    about = f"job {job['id']} ({job['state']})"
    if len(pictured) > 1 or (not pictured and len(ended) > 1):
        seen = {message.id for message in (*pictured, *ended)}
        verdict.duplicated.append(f"{about}: it ended in the messages {sorted(seen)}")
    elif pictured:
        verdict.delivered += 1
    elif ended and job["state"] not in OPEN | {"abandoned"}:
        verdict.with_a_sentence += 1
    else:
        verdict.lost.append(f"{about}: it never came to an end")


def _jobs_by_asking(rows: Iterable[sqlite3.Row]) -> dict[int, sqlite3.Row]:
    """By the interaction or the message that asked for it."""
    return {row["interaction_id"] or row["source_message_id"]: row for row in rows}


def _by_job(ours: Sequence[Message], jobs_in: Callable[[Message], set[int]]) -> dict[int, list[Message]]:
    """Job -> the messages in which `jobs_in` finds it."""
    found: dict[int, list[Message]] = defaultdict(list)
    for message in ours:
        for job_id in jobs_in(message):
            found[job_id].append(message)
    return found


def _pictured(message: Message) -> set[int]:
    """The jobs whose pictures the message shows, or ever showed."""
    bodies: Iterable[Body] = (*message.past, message.body)
    names = (_RESULT.fullmatch(file.filename) for body in bodies for file in body.attachments)
    return {int(name["job"], 36) for name in names if name}


def _ended(message: Message) -> set[int]:
    """The jobs that the message, as it stands, says the last word about: it has controls, and none of them cancels."""
    if message.deleted or _promises(message):
        return set()
    found = (_CONTROL.match(control) for control in _controls(message))
    return {int(control["job"], 36) for control in found if control}


def _promises(message: Message) -> bool:
    """Whether the message, as it stands, says that something is still to come."""
    return message.thinking or any(control.startswith("v1:cancel:") for control in _controls(message))


def _controls(message: Message) -> list[str]:
    return [str(component.get("custom_id", "")) for _, component in walk(message.body.components)]


def table(verdict: Verdict, circumstances: Mapping[str, object]) -> str:
    """The verdict as lines of name and figure below the circumstances; what went wrong comes last."""
    figures = {
        **circumstances,
        "asked": verdict.asked,
        "  nobody there to answer": verdict.unanswered,
        "  answered with a refusal": verdict.refused,
        "  abandoned before the answer": verdict.abandoned,
        "accepted": verdict.accepted,
        "  delivered": verdict.delivered,
        "  ended with a sentence": verdict.with_a_sentence,
        "  owners called after a long wait": verdict.called,
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "delivered but never accepted": len(verdict.never_accepted),
    }
    lines = [f"{name:<34}{figure!s:>10}" for name, figure in figures.items()]
    return "\n".join([*lines, *verdict.lost, *verdict.duplicated, *verdict.never_accepted])


def states(rows: Iterable[sqlite3.Row]) -> str:
    """How many jobs ended how, as the table has it."""
    return ", ".join(f"{state} {count}" for state, count in sorted(Counter(row["state"] for row in rows).items()))
