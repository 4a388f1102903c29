"""What every test may ask for, Ctrl-C as people have it, and one thread for every library that would take more."""

import os
import signal
from pathlib import Path

import pytest

# A shell starts what it runs in the background with Ctrl-C ignored, and every process started from there inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Our tensors are tiny, and other tests run on the other cores: threads would only wait for each other, and by spinning.
# Read by the libraries when they are loaded, here and in every child.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds bot.py."""
    return Path(__file__).resolve().parent.parent
