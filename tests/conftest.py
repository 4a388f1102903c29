"""What every test may ask for, and Ctrl-C as people have it."""

import signal
from pathlib import Path

import pytest

# A shell starts what it runs in the background with Ctrl-C ignored, and every process started from there inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds bot.py."""
    return Path(__file__).resolve().parent.parent
