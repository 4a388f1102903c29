"""Everything that differs between operating systems: how a child dies with us, its limits, who owns a folder.

Linux is what the tests run on. The macOS branches (no parent-death signal: the child watches its parent's id instead)
and the Windows branches (a job object that ends its processes with us, `msvcrt` locks) follow the platforms'
documentation and were not run there.
"""

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.glusterfs", "fuse.sshfs", "lustre"})
# Names whose values a child has no business to know.
_SECRET = ("TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "API_KEY")


class FolderInUse(Exception):
    """Another running bot owns the folder; the message is one sentence for the operator."""


async def start_child(*command: str, folder: Path, environment: Mapping[str, str], stderr: int) -> Process:
    """Start a child with pipes, in a session (Windows: process group) of its own, its life tied to ours.

    On Windows the tie is made here; elsewhere the child makes it itself, by calling `die_with` first thing.
    """
    pipe = asyncio.subprocess.PIPE
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        child = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=stderr, cwd=folder, env=environment, creationflags=flags
        )
        _assign_to_job(child.pid)
        return child
    return await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=stderr, cwd=folder, env=environment, start_new_session=True
    )


def child_environment() -> dict[str, str]:
    """Our environment without secrets and without the bot's own settings, with the model hub switched off."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("GENGA_") and not any(word in name.upper() for word in _SECRET)
    }
    return kept | {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DIFFUSERS_VERBOSITY": "error",
        "TRANSFORMERS_VERBOSITY": "error",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it CUDA's matrix products are not reproducible
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait by spinning starve each other on a busy machine
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def die_with(parent: int) -> None:
    """Called first thing in a child: end this process as soon as the process `parent` ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    elif sys.platform != "win32":  # on Windows the job object does it
        threading.Thread(target=_watch, args=(parent,), name="parent watch", daemon=True).start()
    # The parent may have died before the signal was asked for; then nobody would ever send it.
    if sys.platform != "win32" and os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def end_group(pid: int, *, force: bool) -> None:
    """Ask the child `pid` and everything it started to end, or kill them; already gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            # Windows has no polite signal that a process without a console would hear: both rungs end it.
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
        else:
            os.killpg(pid, signal.SIGKILL if force else signal.SIGTERM)


def limit_this_process(*, memory_bytes: int, cpu_s: int | None) -> None:
    """Called in a child that handles what strangers sent: bound memory and CPU, allow no new file, socket or process.

    `cpu_s` is of the process's whole life, so None for one that goes on and on.

    macOS refuses a limit of the address space below what is mapped already, so memory is not bounded there; Windows
    has no such limits at all, only the parent's deadline holds.
    """
    if sys.platform != "win32":
        import resource

        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        if cpu_s is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # which the superuser need not obey
        # Zero: any more would let it close one of its own descriptors and open something else. Open ones go on working.
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def lower_priority() -> None:
    """Let the bot's own process go first when both want the processor."""
    if sys.platform == "win32":
        below_normal = 0x4000
        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), below_normal)
    else:
        os.nice(5)


def resident_bytes() -> int:
    """Memory this process occupies now; its peak where the system tells no more, 0 where it tells nothing."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory_bytes() -> int:
    """All the memory this process could have: the machine's, or what its container allows; 0 where unknown."""
    if sys.platform == "win32":
        status = _MemoryStatus()
        status.dwLength = ctypes.sizeof(status)
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.ullTotalPhys) if known else 0
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    allowed = Path("/sys/fs/cgroup/memory.max")
    text = allowed.read_text(encoding="ascii").strip() if allowed.exists() else "max"
    return min(machine, int(text)) if text.isdecimal() else machine


def mapped_bytes() -> int:
    """The address space this process has taken, which is what a limit of memory counts; 0 where it cannot be told."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Own `folder` until the block ends; FolderInUse if another process does. The system frees it when we die."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bot.lock").open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            sentence = f"Another running bot uses the folder {folder}. Stop it, or set storage.folder to another one."
            raise FolderInUse(sentence) from None
        yield


def network_file_system(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The kind of network file system that `folder` (or the nearest folder above that exists) lies on, else "".

    SQLite's locks are not to be trusted there. macOS is not asked.
    """
    place = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists()).resolve()
    if sys.platform == "win32":
        remote = 4  # DRIVE_REMOTE
        return "a network drive" if ctypes.windll.kernel32.GetDriveTypeW(place.anchor) == remote else ""
    if not mounts.exists():
        return ""
    found = (0, "")
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        # "... mount point ... - kind source options"; spaces in it are written as \040. The longest one, the last of
        # several on the same folder, is where the file lies.
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        kind = fields[fields.index("-") + 1]
        if place.is_relative_to(point) and len(point) >= found[0]:
            found = (len(point), kind)
    return found[1] if found[1] in _NETWORK else ""


def _lock(file: IO[bytes]) -> None:
    """Take the system's lock on `file` without waiting; OSError if somebody has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


if sys.platform == "win32":
    from ctypes import wintypes

    class _MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX of sysinfoapi.h."""

        _fields_ = (
            ("dwLength", wintypes.DWORD),
            ("dwMemoryLoad", wintypes.DWORD),
            ("ullTotalPhys", ctypes.c_uint64),
            ("ullAvailPhys", ctypes.c_uint64),
            ("ullTotalPageFile", ctypes.c_uint64),
            ("ullAvailPageFile", ctypes.c_uint64),
            ("ullTotalVirtual", ctypes.c_uint64),
            ("ullAvailVirtual", ctypes.c_uint64),
            ("ullAvailExtendedVirtual", ctypes.c_uint64),
        )

    class _BasicLimits(ctypes.Structure):
        """JOBOBJECT_BASIC_LIMIT_INFORMATION of winnt.h."""

        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h."""

        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _jobs: list[int] = []  # one job object for all children; its last handle closes with us, and that ends them

    def _assign_to_job(pid: int) -> None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = kernel.OpenProcess.restype = wintypes.HANDLE
        if not _jobs:
            job = kernel.CreateJobObjectW(None, None)
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
            extended = 9  # JobObjectExtendedLimitInformation
            size = ctypes.sizeof(limits)
            kernel.SetInformationJobObject(wintypes.HANDLE(job), extended, ctypes.byref(limits), size)
            _jobs.append(job)
        set_quota_and_terminate = 0x0101
        process = kernel.OpenProcess(set_quota_and_terminate, False, pid)
        kernel.AssignProcessToJobObject(wintypes.HANDLE(_jobs[0]), wintypes.HANDLE(process))
        kernel.CloseHandle(wintypes.HANDLE(process))
