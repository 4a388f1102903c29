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
from pathlib import Path

from deploy import reason
from playground import Playground
from playground.bot_process import FOLDER, TOLD_WHY, BotEnded, bot_in, online
from playground.people import Person
from playground.plain import plain
from playground.seen import Seen
from playground.sent import DidNotRespond, Sent
from playground.typed import NotOffered, near_misses
from playground.world import World

PLACE = "#gallery"
PERSON = "Aiko"
PORT = 8420  # of the page; taken by somebody else, any free one
FINISHED_S = 15 * 60.0  # as long as Discord would let the message change
PREFIX, LEFT_BEHIND_S = "genga-try-", 3600.0
TOLD_TO_END = {getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")}
FORGETS = "The chat is forgotten when it ends; /history keeps the pictures."
ACCEPT = "Accept"
NOT_KEPT = "(not kept: add --save DIR for that)"
DRAWING = ("imagine",)  # words alone from these are a refusal
ON_THE_PAGE = "on the page of make run (without a token)"
OPENS_FORM = f"This opens a form, which --try cannot fill in. Use it {ON_THE_PAGE}."
WHO = f"--try is {PERSON}, an ordinary member; {ON_THE_PAGE} you can be others too."


def try_command(command: str, *, save: Path | None, as_json: bool) -> int:
    """Run `command` as a person would type it, print the finished message; 1 when nothing came of it."""
    # However we are told to end, the bot is ended and the folder removed first; what nohup ignores stays ignored.
    for number in signal.valid_signals() & TOLD_TO_END:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        if save is not None:
            _refuse_unless_writable(save)
        return asyncio.run(_try(command, save, as_json))
    except (DidNotRespond, TimeoutError) as error:  # before OSError, which a TimeoutError is too
        said = str(error) or "The bot did not finish in time."
        return _print({"state": "failed", "content": said, "attachments": [], "buttons": []}, as_json)
    except BotEnded as error:
        if not as_json:
            return _ended(error)
        return _print({"state": "failed", "content": str(error), "attachments": [], "buttons": []}, as_json)
    except (ValueError, OSError) as error:  # what Discord's own client would not have sent
        said = reason.sentences(error) if isinstance(error, OSError) else str(error)
        return _print({"state": "rejected", "content": said, "attachments": [], "buttons": []}, as_json)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


def _refuse_unless_writable(save: Path) -> None:
    """ValueError before anything is drawn, if nothing could be kept in `save`; a folder is made only for a picture."""
    if save.exists() and not save.is_dir():
        raise ValueError(f"--save names a folder, and {save} is a file.")
    place = next(each for each in (save.absolute(), *save.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        why = reason.why(error, save.absolute())
        raise ValueError(f"Nothing can be saved in {save}: {why}. Name another folder.") from error


def serve(folder: Path) -> int:
    """The playground, its page and the bot in it, until Ctrl-C; the bot's data lies in `folder`."""
    try:
        return asyncio.run(_serve(folder))
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except BotEnded as error:
        return _ended(error)
    except TimeoutError:
        sys.stderr.write("The bot was not online in time.\n")
        return 1


def _ended(error: BotEnded) -> int:
    """Say how the bot ended, unless it has said so itself."""
    if error.status != TOLD_WHY:
        sys.stderr.write(f"{error}\n")
    return 1


async def _serve(folder: Path) -> int:
    async with Playground(port=_free(PORT)) as playground, bot_in(playground, str(folder)) as bot:
        await online(playground, bot)
        print(f"Open {playground.url}/   (Ctrl-C ends it. {FORGETS})", flush=True)
        status = await bot.wait()
        if status:
            raise BotEnded(status)
        return 0


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
        folder = os.environ.get(FOLDER) or temporary
        async with Playground(port=0) as playground, bot_in(playground, folder) as bot:
            await online(playground, bot)
            aiko, world = playground.person(PERSON), playground.world
            for word, option in _near_misses(aiko, command):
                sys.stderr.write(_hint(word, option))
            shown = await _answer(world, aiko, await aiko.slash(PLACE, command), draws=_draws(command))
            report = _report(command, shown, _saved(shown, save))
            if not as_json:
                names = {user.id: user.name for user in world.users.values()}
                report["content"] = plain(shown.content, names, world.clock.now())
                if report["attachments"] and save is None:
                    report["attachments"] = [*report["attachments"], NOT_KEPT]
            return _print(report, as_json)


def _hint(word: str, option: str) -> str:
    if word == option:
        return f"“{word}:” is there twice; the second stays part of the text.\n"
    return f"“{word}” names no option and stays part of the text. Did you mean {option}: ?\n"


def _near_misses(aiko: Person, command: str) -> list[tuple[str, str]]:
    try:
        return near_misses(command, aiko.commands(PLACE))
    except NotOffered as error:
        raise ValueError(f"{error}. {WHO}") from error


async def _answer(world: World, aiko: Person, sent: Sent, *, draws: bool) -> Seen:
    """The message in its last state. Nobody is there to be asked whether they accept the terms: to draw, she does."""
    shown = await world.until(lambda: _finished(sent), FINISHED_S)
    if draws and not shown.pictures and [button.label for button in shown.buttons] == [ACCEPT]:
        again = await aiko.press(shown, ACCEPT)
        shown = await world.until(lambda: _finished(again), FINISHED_S)
    return shown


def _sweep() -> None:
    """Remove what killed runs left behind; none lives for an hour."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)


def _finished(sent: Sent) -> Seen | None:
    """The message in its last state: nothing left to cancel. An error after "thinking..." comes as a followup."""
    if sent.failed:
        raise DidNotRespond(sent.failed)
    if sent.answer == "modal":
        raise ValueError(OPENS_FORM)
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


def _draws(command: str) -> bool:
    return command.strip().removeprefix("/").split()[0] in DRAWING


def _report(command: str, shown: Seen, files: list[str]) -> dict[str, str | list[str]]:
    answered = files or not _draws(command)
    state = "done" if answered else "refused" if shown.ephemeral else "failed"
    labels = [button.label for button in shown.buttons]
    return {"state": state, "content": shown.content, "attachments": files, "buttons": labels}


def _print(report: dict[str, str | list[str]], as_json: bool) -> int:
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        print(report["content"], *report["attachments"], sep="\n")
    return 0 if report["state"] == "done" else 1
