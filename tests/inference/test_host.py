"""What differs between operating systems, as far as this one goes: deaths, limits, locks, secrets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from inference import host
from inference.host import FolderInUse, child_environment, lock_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


def python(program: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


@posix
def test_a_child_dies_with_its_parent_even_when_that_is_killed(repository: Path) -> None:
    child = "import os, sys, time; from inference import host; host.die_with(int(sys.argv[1])); time.sleep(60)"
    parent = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}, str(os.getpid())], start_new_session=True)\n"
        "time.sleep(0.5); print(child.pid, flush=True); time.sleep(60)"
    )
    with python(parent, cwd=repository) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        assert psutil.pid_exists(pid)
        process.kill()
        process.wait()
        ended = psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)[1] == []
    assert ended


@posix
def test_a_child_whose_parent_is_already_gone_does_not_start(repository: Path) -> None:
    program = "from inference import host; host.die_with(1 << 22); print('alive')"
    ran = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")


@posix
def test_a_limited_process_gets_neither_memory_nor_files(repository: Path) -> None:
    program = (
        "from inference import host\n"
        "host.limit_this_process(memory_bytes=1 << 30, cpu_s=5)\n"
        "import os; os.close(0)  # makes room for a descriptor\n"
        "for what in (lambda: bytes(2 << 30), lambda: open('/etc/hostname')):\n"
        "    try: what(); print('allowed')\n"
        "    except (MemoryError, OSError) as error: print(type(error).__name__)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["MemoryError", "OSError"]


@posix
def test_a_group_is_ended_with_everything_in_it() -> None:
    inner = "import time; print(1, flush=True); time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with python(program, start_new_session=True) as process:
        assert process.stdout and process.stdout.readline() == "1\n"
        [grandchild] = psutil.Process(process.pid).children()
        host.end_group(process.pid, force=True)
        assert process.wait(30) == -signal.SIGKILL
        assert psutil.wait_procs([grandchild], timeout=30)[1] == []
    host.end_group(process.pid, force=True)  # a second time is no error


def test_a_folder_belongs_to_one_bot_until_it_lets_go_or_dies(tmp_path: Path, repository: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from inference.host import lock_folder\n"
        "with lock_folder(Path(sys.argv[1])): print('mine', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=repository, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "mine\n"
        with pytest.raises(FolderInUse, match="Another running bot"), lock_folder(tmp_path):
            pass
        other.kill()
        other.wait()
    with lock_folder(tmp_path):
        pass


def test_a_child_s_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "CIVITAI_TOKEN", "MY_API_KEY", "DB_PASSWORD", "GENGA_LOG__LEVEL"):
        monkeypatch.setenv(name, "canary")
    assert "canary" not in child_environment().values()
    assert child_environment()["PATH"] == os.environ["PATH"]


def test_memory_in_use_is_known() -> None:
    assert host.resident_bytes() > 1 << 20 or sys.platform == "win32"
