"""`bot.py --setup`: from nothing to a bot that can start, in five short steps; also with answers from a pipe.

Nothing is kept before the token was accepted, and what is kept is written whole or not at all: Ctrl-C is always safe.
"""

import asyncio
import getpass
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config import DEFAULT_FILE, Config, load
from deploy import check_discord, check_gpu, check_machine, check_storage, first_model, reason
from deploy.finding import broken, good, show, worth_knowing
from deploy.install import ROOT, typed
from deploy.portal import Application, NotAccepted, NotReached, Portal
from storage import token_file

TRIES = 3
NEXT_STEP = "Check the network, a proxy, and the setting discord.api_url, then run this again."
APPLICATIONS = "https://discord.com/developers/applications"
CREATE = f"""\
  1. Open {APPLICATIONS}, press “New Application” and name it.
  2. Under “Bot”, switch on “Message Content Intent”. It is recommended: everything but
     reading other people's replies works without it. The other two intents stay off.
  3. Under “Bot”, press “Reset Token” and copy the token. It is as good as a password."""
OWN_ENVIRONMENT = f"""\
  Set it wherever the bot is started, and in no file that others can read:
    Linux, macOS:  export {token_file.VARIABLE}=…
    Windows:       $env:{token_file.VARIABLE}="…"
    systemd, Docker: see deploy/README.md"""


class GaveUp(Exception):
    """The set-up ends here; the message says why."""


def run() -> int:
    """Lead through the set-up; the exit status."""
    try:
        _lead(load(DEFAULT_FILE))
    except GaveUp as gave_up:
        print(f"\nNot set up. {gave_up} Nothing was changed.", file=sys.stderr)
        return 1
    except EOFError:
        print("\nNot set up: there are no more answers. Nothing was changed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run this again to go on; nothing is half done.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"\nNot set up: {reason.sentences(error)}", file=sys.stderr)
        return 1
    return 0


def _lead(config: Config) -> None:
    folder = config.storage.folder.absolute()
    _step(1, "This machine")
    cards = _look_around(config)
    _step(2, "Discord's application")
    token, application = _token(config)
    _step(3, "Where the token is kept")
    keep(folder, token, ask=_ask)
    _step(4, "Into a server")
    _invite(application)
    _step(5, "A model")
    first_model.offer(config, cards, ask=_ask)
    print(f"\nDone. The one command that starts the bot:\n  {_start_command()}")


def _step(number: int, title: str) -> None:
    print(f"\n{number} of 5 · {title}")


def _look_around(config: Config) -> Sequence[check_gpu.Card]:
    """What the doctor would say of this machine, as far as it is quick; its graphics cards."""
    show(check_machine.check_python(sys.version_info[:2]))
    for finding in (
        *check_storage.check_folder(config.storage.folder),
        *check_storage.check_room(config.storage.folder),
    ):
        show(finding)
    print("  Looking for a GPU; this takes some seconds …", flush=True)
    seen = check_gpu.observe()
    for finding in check_gpu.conclude(seen):
        show(finding)
    try:
        show(check_discord.clock(asyncio.run(_reach(config)), config.discord.api_url))
    except NotReached as error:
        why = f"Discord cannot be reached at {config.discord.api_url}: {error}. {NEXT_STEP}"
        raise GaveUp(f"{why} {_meanwhile(config.storage.folder)}") from error
    return seen.driver.cards


def _meanwhile(folder: Path) -> str:
    """What works without Discord."""
    steps = f"Meanwhile {typed('--doctor')} looks at the rest of this machine"
    if token_file.is_set(folder):
        return f"{steps}."
    return f"{steps}, and {_start_command()} starts the playground, a small Discord of its own."


async def _reach(config: Config) -> float | None:
    async with Portal(config.discord.api_url, "") as portal:
        return await portal.reach()


def _token(config: Config) -> tuple[str, Application]:
    """A token that Discord accepts, the one that is set already or a new one, and whose it is."""
    current = _current(config.storage.folder)
    if current:
        print("  A token is set already. Press Enter to keep it.")
    else:
        print(CREATE)
    for _ in range(TRIES):
        typed = _ask_secret("  Token (it is not shown): ").strip().removeprefix("Bot ").strip() or current
        if not typed:
            print("  Please paste the token.")
            continue
        try:
            application = asyncio.run(_application(config, typed))
        except NotAccepted:
            show(broken("Discord does not accept this token.", "Copy the whole token once more, or reset it again."))
            current = ""
            continue
        except NotReached as error:
            raise GaveUp(f"Discord cannot be reached: {error}. {NEXT_STEP}") from error
        for finding in check_discord.of_application(application, wants_content=config.discord.message_content):
            show(finding)
        return typed, application
    raise GaveUp("No token was accepted.")


def _current(folder: Path) -> str:
    """The token that is set, however open to others it lies: it is written anew."""
    try:
        return os.environ.get(token_file.VARIABLE) or token_file.read(folder) or ""
    except token_file.OpenToOthers:
        return token_file.path_in(folder).read_text(encoding="utf-8").strip()


async def _application(config: Config, token: str) -> Application:
    async with Portal(config.discord.api_url, token) as portal:
        return await portal.application()


def keep(folder: Path, token: str, *, ask: Callable[[str], str]) -> None:
    """Into a file that only its owner may read, or nowhere."""
    if os.environ.get(token_file.VARIABLE) == token:
        show(good(f"{token_file.VARIABLE} in the environment has it, and wins over any file; nothing is written."))
        return
    print(f"  1  in the file {token_file.path_in(folder)}, which only you may read (recommended)")
    print(f"  2  nowhere: I set {token_file.VARIABLE} in the environment myself")
    while (choice := ask("  Your choice [1]: ")) not in {"", "1", "2"}:
        print("  Please type 1 or 2.")
    if choice == "2":
        _remove_earlier(token_file.path_in(folder), ask)
        print(OWN_ENVIRONMENT)
        return
    path = token_file.write(folder, token)
    show(good(f"The token lies in {path}, readable by you alone."))
    if os.environ.get(token_file.VARIABLE):
        show(worth_knowing(f"{token_file.VARIABLE} in the environment is another one, and wins.", "Take it away."))


def _remove_earlier(path: Path, ask: Callable[[str], str]) -> None:
    """Offer to take away the file of an earlier set-up, which a start would read."""
    if not path.exists():
        return
    question = f"  A token of an earlier set-up lies in {path}; remove it? [Y/n]: "
    while (answer := ask(question).casefold()) not in {"", "y", "yes", "n", "no"}:
        print("  Please type y or n.")
    if answer in {"n", "no"}:
        show(worth_knowing("It stays there: a start without the variable reads it."))
        return
    path.unlink()
    show(good("It is removed."))


def _invite(application: Application) -> None:
    print("  Open this link and choose a server of yours:")
    print(f"    {application.invitation}")
    print(f"  It asks for exactly what the bot needs: {check_discord.needed()}.")
    if not application.bot_public:
        print("  “Public Bot” is off: only you can invite it.")
    if application.can_be_installed_by_people:
        print("  The application also allows “User Install”; Genga does not use that yet.")


def _start_command() -> str:
    if os.name == "nt":
        return r".venv\Scripts\python bot.py"
    return "make run" if shutil.which("make") and Path.cwd() == ROOT else f"{sys.executable} bot.py"


def _ask(question: str) -> str:
    """One line of an answer; EOFError when there are no more."""
    return input(question).strip()


def _ask_secret(question: str) -> str:
    """The same without showing what is typed; from a pipe it is read as it comes."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    print(question)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
