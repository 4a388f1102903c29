"""The playground from the command line: `--try` runs one command through the whole bot, `serve` keeps it running."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from playground import Playground
from playground.seen import Seen
from playground.sent import DidNotRespond, Sent

ROOT = Path(__file__).resolve().parents[1]
PLACE = "#gallery"
PERSON = "Aiko"
PORT = 8420  # of the page; taken by somebody else, any free one
LOGIN_S = 60.0
FINISHED_S = 15 * 60.0  # as long as Discord would let the message change
GOODBYE_S = 10.0
FOLDER = "GENGA_STORAGE__FOLDER"
PREFIX, LEFT_BEHIND_S = "genga-try-", 3600.0
TOLD_TO_END = {getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")}
DRAWING = ("/imagine",)  # words alone from these are a refusal


def try_command(command: str, *, save: Path | None, as_json: bool) -> int:
    """Run `command` as a person would type it, print the finished message; 1 when nothing came of it."""
    # However we are told to end, the bot is ended and the folder removed first; what nohup ignores stays ignored.
    for number in signal.valid_signals() & TOLD_TO_END:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        if save is not None and save.exists() and not save.is_dir():
            raise ValueError(f"--save names a folder, and {save} is a file.")
        return asyncio.run(_try(command, save, as_json))
    except (DidNotRespond, TimeoutError) as error:  # before OSError, which a TimeoutError is too
        said = str(error) or "The bot did not finish in time."
        return _print({"state": "failed", "content": said, "attachments": [], "buttons": []}, as_json)
    except (ValueError, OSError) as error:  # what Discord's own client would not have sent
        return _print({"state": "rejected", "content": str(error), "attachments": [], "buttons": []}, as_json)
    except KeyboardInterrupt:
        return 130


def serve() -> int:
    """The playground, its page and the bot in it, until Ctrl-C."""
    try:
        return asyncio.run(_serve())
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except (ValueError, TimeoutError) as error:
        sys.stderr.write(f"{str(error) or 'The bot was not online in time.'}\n")
        return 1


async def _serve() -> int:
    # Beside the real bot's, which must not find invented people in its own.
    folder = os.environ.get(FOLDER, str(ROOT / "data" / "playground"))
    async with Playground(port=_free(PORT)) as playground, _bot(playground, folder, quiet=True) as bot:
        await _online(playground, bot)
        print(f"Open {playground.url}/   (Ctrl-C ends it)", flush=True)
        return await bot.wait()


def _free(port: int) -> int:
    """`port`, or 0, which takes any free one, when somebody else has it."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return 0
    return port


async def _try(command: str, save: Path | None, as_json: bool) -> int:
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as temporary:
        folder = os.environ.get(FOLDER, temporary)
        async with Playground(port=0) as playground, _bot(playground, folder, quiet=True) as bot:
            await _online(playground, bot)
            sent = await playground.person(PERSON).slash(PLACE, command)
            shown = await playground.world.until(lambda: _finished(sent), FINISHED_S)
            return _print(_report(command, shown, _saved(shown, save)), as_json)


def _sweep() -> None:
    """Remove what killed runs left behind; none lives for an hour."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)


async def _online(playground: Playground, bot: asyncio.subprocess.Process) -> None:
    """Wait for the bot's commands; ValueError at once when its process ended instead."""
    ended = asyncio.create_task(bot.wait())
    online = asyncio.create_task(playground.wait_for_bot(timeout_s=LOGIN_S))
    await asyncio.wait([ended, online], return_when=asyncio.FIRST_COMPLETED)
    if online.done():
        ended.cancel()
        await online
        return
    online.cancel()
    raise ValueError("The bot ended before it was online; its last words stand above.")


def _finished(sent: Sent) -> Seen | None:
    """The message in its last state: nothing left to cancel. An error after "thinking..." comes as a followup."""
    if sent.failed:
        raise DidNotRespond(sent.failed)
    if sent.followups:
        return sent.followups[-1]
    shown = sent.shown
    if shown is None or shown.thinking or shown.deleted or any(button.label == "Cancel" for button in shown.buttons):
        return None
    # A sentence in the place of "thinking..." is taken away again, and follows as a message of its own.
    return None if sent.answer == "deferred" and not shown.buttons else shown


def _saved(shown: Seen, save: Path | None) -> list[str]:
    """Write the pictures into `save`, beside what lies there, and say where; without `save`, say their names."""
    if save is None:
        return [picture.name for picture in shown.pictures]
    paths: list[str] = []
    for picture in shown.pictures:
        save.mkdir(parents=True, exist_ok=True)
        path = _unused(save / picture.name)
        path.write_bytes(picture.data)
        paths.append(str(path))
    return paths


def _unused(path: Path) -> Path:
    """`path`, or the first of `name-2.png`, `name-3.png`, … that is not there yet."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], others) if not each.exists())


def _report(command: str, shown: Seen, files: list[str]) -> dict[str, str | list[str]]:
    answered = files or command.split()[0] not in DRAWING
    state = "done" if answered else "refused" if shown.ephemeral else "failed"
    labels = [button.label for button in shown.buttons]
    return {"state": state, "content": shown.content, "attachments": files, "buttons": labels}


def _print(report: dict[str, str | list[str]], as_json: bool) -> int:
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        print(report["content"])
        print("\n".join(report["attachments"]))
    return 0 if report["state"] == "done" else 1


@contextlib.asynccontextmanager
async def _bot(playground: Playground, folder: str, *, quiet: bool) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The real bot as a process of its own, logged in to `playground`; ended with us."""
    environment = {
        **os.environ,
        "DISCORD_TOKEN": "playground",
        "GENGA_DISCORD__API_URL": playground.api_url,
        FOLDER: folder,
        "GENGA_QUEUE__DRAIN_S": "0",  # this world ends with us: nobody would see what is finished
    }
    if quiet:
        environment.setdefault("GENGA_LOG__LEVEL", "WARNING")
    command = [sys.executable, str(ROOT / "bot.py"), "--with-parent", str(os.getpid())]
    bot = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bot.wait(), GOODBYE_S)
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
