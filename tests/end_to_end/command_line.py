"""`bot.py` as it is typed into a terminal: run to its end, with what it printed."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bot_process import ROOT

ENDS_S = 240.0  # importing torch alone takes half a minute on a machine that is short of memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A program that has ended."""

    status: int
    out: str
    err: str


async def run(
    *arguments: str,
    environment: dict[str, str],
    answers: str = "",
    program: Path = ROOT / "bot.py",
    cwd: Path = ROOT,
) -> Ran:
    """`bot.py` with these arguments and these answers to what it asks, to its end."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *arguments, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(answers.encode()), ENDS_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(status=process.returncode or 0, out=out.decode(), err=err.decode())
