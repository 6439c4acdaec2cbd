"""What this machine is, as far as the standard library can tell: processor, memory, library versions.

Not here: what a tensor library sees of it (backends), or free disk space (disk.py and those who need it).
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
MEMORY_INFO = Path("/proc/meminfo")
OWN_STATUS = Path("/proc/self/status")
# Number types and vector widths that decide how fast training is, by the kernel's names for them.
_TELLING = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "i8mm", "sve")

PROCESSOR_TIMES = Path("/proc/stat")
_WATCHED_SECONDS = 0.3
_BUSY_NOW, _BUSY_LOAD = 0.3, 0.7  # shares of all processors


def cpu_name() -> str:
    """As its maker calls it, or only its architecture."""
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string") or platform.machine()
    return _cpu_info("model name") or platform.processor() or platform.machine()


def cpu_features() -> tuple[str, ...]:
    """Instruction sets that matter for training; empty where the system does not say."""
    flags = set((_cpu_info("flags") or _cpu_info("Features")).split())
    if sys.platform == "darwin":
        flags = {"asimd", *(("bf16",) if _sysctl("hw.optional.arm.FEAT_BF16") == "1" else ())}
    return tuple(name for name in _TELLING if name in flags)


def usable_cores() -> int:
    """Processors that this process may use, which can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def total_memory() -> int | None:
    """Bytes of main memory, None where the system does not say."""
    if hasattr(os, "sysconf") and {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(os.sysconf_names):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def available_memory() -> int | None:
    """Bytes that a new process could use without swapping; None where the system does not say."""
    for line in _lines(MEMORY_INFO):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def peak_memory() -> int:
    """Bytes of main memory that this process had at most at any time; 0 where the system does not say.

    Linux's `ru_maxrss` also counts what the process was a copy of before it became itself, so the high-water
    mark of its own memory is read there. Source: proc(5), VmHWM.
    """
    for line in _lines(OWN_STATUS):
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    if sys.platform == "win32":
        return 0
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def is_busy() -> bool:
    """Whether other programs use much of the processors just now; False where the system does not say.

    On Linux the next moments are watched; elsewhere the load of the last minute has to do, of which this
    program's own work may be a part.
    """
    before = _processor_times()
    if before is not None:
        time.sleep(_WATCHED_SECONDS)
        after = _processor_times() or before
        passed = after[1] - before[1]
        return passed > 0 and (after[0] - before[0]) / passed > _BUSY_NOW
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > _BUSY_LOAD * usable_cores()


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of those packages that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor_times() -> tuple[int, int] | None:
    """Ticks of all processors that were worked, and all of them. Source: proc(5), the first line of stat."""
    for line in _lines(PROCESSOR_TIMES)[:1]:
        ticks = [int(number) for number in line.split()[1:9]]
        return sum(ticks) - sum(ticks[3:5]), sum(ticks)  # idle, and waiting for a disk
    return None


def _cpu_info(key: str) -> str:
    """The value of the first line of that name, or ""."""
    for line in _lines(CPU_INFO):
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _sysctl(name: str) -> str:
    """One value of macOS's table of itself, or ""."""
    try:
        done = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
