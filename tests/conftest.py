"""What every test may ask for, Ctrl-C as people have it, one thread for every library that would take more, and the
order in which files of tests are given out to several processes.
"""

import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest

# A shell starts what it runs in the background with Ctrl-C ignored, and every process started from there inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Our tensors are tiny, and other tests run on the other cores: threads would only wait for each other, and by spinning.
# Read by the libraries when they are loaded, here and in every child.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Tests of these folders mostly wait for processes of their own; the others compute.
WAITING = {"benchmarks", "end_to_end", "page", "playground", "referee"}
# Far longer than their number of tests tells.
LONG = {"test_canaries.py", "test_policy.py", "test_restart.py", "test_unet.py", "test_worker.py"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three processes on two cores: in one of them a test waits as a rule."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests wait and files whose tests compute take turns, and none that takes long comes last."""
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    ends: dict[Path, float] = {}
    for waits in (True, False):
        kind = [path for path in files if (path.parent.name in WAITING) is waits]
        kind.sort(key=lambda path: _length(path.name, files[path]), reverse=True)
        ends |= {path: place / len(kind) for place, path in enumerate(kind, start=1)}
    items[:] = [item for path in sorted(ends, key=lambda path: ends[path]) for item in files[path]]


def _length(name: str, tests: list[pytest.Item]) -> float:
    """About how many seconds a file takes."""
    slow = sum(test.get_closest_marker("slow") is not None for test in tests)
    return 4 * slow + 0.1 * len(tests) + (60 if name in LONG else 0)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds bot.py."""
    return Path(__file__).resolve().parent.parent
