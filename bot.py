"""Start everything in order and stop it in reverse: config, database, GPU worker, Discord.

Until `main` has made sure of the packages, only the standard library may be imported here, in words that an older
Python can read: `--install` must be able to say what is missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from deploy import install

NEEDED = ("aiosqlite", "diffusers", "discord", "pydantic_settings", "torch")  # looked for, not imported


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status."""
    options = parse(arguments)
    if options.install:
        return install.main()
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        return start_in_own_environment()
    return copy_database(options) if options.backup or options.restore else start(options)


def start(options: argparse.Namespace) -> int:
    """What was asked for; with a token the bot itself, without one the playground, which starts a bot with one."""
    import config
    from inference import host
    from playground import cli
    from storage import token_file

    if options.command is not None:
        return cli.try_command(options.command, save=options.save, as_json=options.json)
    if options.with_parent is not None:
        host.die_with(options.with_parent)
    os.chdir(install.ROOT)  # relative paths in config.toml mean the checkout, wherever we are started from
    try:
        if options.setup:
            from deploy import setup

            return setup.run()
        if options.doctor:
            from deploy import doctor

            return doctor.run()
        folder = config.load().storage.folder
        if not token_file.is_set(folder):
            # Beside the real bot's data, which must not get invented people in it.
            return cli.serve(folder / "playground")
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    from cogs import _start  # the slow part: discord.py

    return _start.run()


def copy_database(options: argparse.Namespace) -> int:
    """Make a copy of the database, or put one back."""
    from deploy import rescue

    copy = options.restore and options.restore.resolve()
    os.chdir(install.ROOT)
    return rescue.run_restore(copy) if copy else rescue.run_backup()


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; a wrong one ends the program with a sentence."""
    parser = argparse.ArgumentParser(
        prog="bot.py",
        description="Genga draws anime pictures on Discord. Without options it starts: online with a token, "
        "otherwise in the playground, a small Discord on this machine.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--install", action="store_true", help="make .venv and install what Genga needs")
    what.add_argument("--setup", action="store_true", help="from nothing to a bot that can start, asking as it goes")
    what.add_argument(
        "--doctor", action="store_true", help="look at everything the bot needs; 1 if something is broken"
    )
    what.add_argument(
        "--try",
        dest="command",
        metavar="COMMAND",
        help="run one command, '/imagine prompt:1girl', as an ordinary member of a small Discord on this machine would "
        "(the playground's invented Aiko), print what the bot answers, and end; 1 if /imagine drew nothing or the "
        "command cannot be run, 0 for any other answer in words, a refusal too",
    )
    what.add_argument("--backup", action="store_true", help="copy the database, also while the bot runs")
    what.add_argument("--restore", type=Path, metavar="FILE", help="put a copy of the database in its place")
    parser.add_argument("--save", type=Path, metavar="DIR", help="with --try: keep the pictures in this folder")
    parser.add_argument("--with-parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="with --try: print the finished message as JSON")
    options = parser.parse_args(arguments)
    if options.command is None and (options.save is not None or options.json):
        parser.error("--save and --json go with --try")
    return options


def start_in_own_environment() -> int:
    """Run this same command line with `.venv`'s Python, which has the packages; return its exit status."""
    python = install.python_in(install.ROOT / ".venv")
    if Path(sys.prefix) == install.ROOT / ".venv" or not python.exists():
        print(f"The packages are missing. Run: {install.typed('--install')}", file=sys.stderr)
        return 1
    command = [str(python), *sys.argv]
    if os.name != "nt":
        os.execv(python, command)
    # Windows has no exec that keeps the console: it would be given back while the bot still runs.
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
