"""Tokens and links are hidden from the log, whoever writes them; what says all itself costs one line."""

import logging
from collections.abc import Iterator

import pytest

from cogs import _log, _start
from inference.errors import LoadFailed, StorageFull, WorkerDied

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhYkLm.abcdefghijklmnopqrstuvwxyz0"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "PATCH https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb24/messages/@original responded with 429",
            "PATCH https://discord.com/api/v10/webhooks/123/…/messages/@original responded with 429",
        ),
        ("POST /interactions/55/aW50ZXI.x-y_z/callback", "POST /interactions/55/…/callback"),
        ("{'Authorization': 'Bot abc.def'}", "{'Authorization': 'Bot …'}"),
        ("authorization: Bearer", "authorization: …"),
        (
            "404, message='', url='https://cdn.discordapp.com/attachments/1/2/me.png?ex=6&is=5&hm=0a1b2c3d&'",
            "404, message='', url='(a link)'",
        ),
        ("http://127.0.0.1:9/ephemeral-attachments/1/2/my%20cat.png gone", "(a link) gone"),
        ("?ex=65f0aa11&is=65e0aa11&hm=00ff00ff00", "?ex=…&is=…&hm=…"),
        (f"the token {TOKEN} is wrong", "the token … is wrong"),
        ("job 7 done: model=genga-mini wait_s=0.1", "job 7 done: model=genga-mini wait_s=0.1"),
        ("at /srv/genga/inference/worker.py:2", "at /srv/genga/inference/worker.py:2"),
    ],
)  # fmt: skip
def test_a_line_keeps_everything_but_tokens_and_links(text: str, shown: str) -> None:
    assert _log.redacted(text) == shown


def test_the_bots_own_token_is_hidden_whatever_it_looks_like() -> None:
    assert _log.redacted("it is not-a-real-token!", "not-a-real-token!") == "it is …"
    assert _log.redacted("a bot in the playground", "bot") == "a bot in the playground", "too short to be one"
    assert _log.redacted("an earlier playground", "playground") == "an earlier playground", "a word"


@pytest.fixture
def clean_log() -> Iterator[None]:
    """The log as it was before."""
    root = logging.getLogger()
    before, handlers = root.level, root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in _log.OURS}
    yield
    root.setLevel(before)
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_tracebacks_are_hidden_too_and_other_peoples_details_are_not_asked_for(
    clean_log: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _log.begin("DEBUG", "the-token-of-this-bot")
    try:
        raise ValueError("refused: the-token-of-this-bot at /webhooks/1/c2VjcmV0")
    except ValueError:
        logging.getLogger("cogs._session").exception("job 1 failed")
    logging.getLogger("inference.gpu").debug("ours is written")
    logging.getLogger("aiosqlite").debug("executing INSERT with a prompt")
    logging.getLogger("discord.http").debug("a body")
    said = capsys.readouterr().err
    assert "ValueError: refused: … at /webhooks/1/…" in said
    assert "ours is written" in said
    assert "with a prompt" not in said and "a body" not in said


def test_only_what_does_not_say_all_itself_has_a_traceback() -> None:
    assert [_log.trace(error) for error in (StorageFull("full"), WorkerDied())] == [None, None]
    odd = ZeroDivisionError("odd"), LoadFailed(model="x")
    assert [_log.trace(error) for error in odd] == [*odd]


async def test_housekeeping_says_in_one_line_that_the_disk_is_full(caplog: pytest.LogCaptureFixture) -> None:
    async def full() -> None:
        raise StorageFull("database or disk is full")

    async def odd() -> None:
        raise ZeroDivisionError("odd")

    await _start.tidied("old tokens", full())
    assert [record.getMessage() for record in caplog.records] == [
        "housekeeping, old tokens: StorageFull: database or disk is full"
    ]
    assert caplog.records[0].exc_info is None
    await _start.tidied("old tokens", odd())
    assert caplog.records[1].exc_info
