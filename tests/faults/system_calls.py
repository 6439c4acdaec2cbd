"""A small process that publishes an adapter version, and strace to fail or kill it at any one system call.

Not here: what must hold afterwards (test_system_calls.py), and faults above the operating system (disks.py).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import engram as package

CHANGING = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2"),
    *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "openat", "symlink", "symlinkat"),
)
"""Every call that changes the disk. Some have another name, or none, on another processor."""

FAULTS = {"EIO": "error=EIO", "ENOSPC": "error=ENOSPC", "kill": "signal=SIGKILL"}
"""Instead of the call: an error, or the end of the process before the call takes effect."""

PUBLISH = """
import os, sys
from datetime import datetime
from pathlib import Path
import numpy as np
from engram.backends.base import AdapterWeights
from engram.errors import StorageError
from engram.home import Home
from engram.models.fake import fake_base
from engram.training.versions import publish_version

weights = AdapterWeights({"lora_B.weight": np.ones((3, 2), np.float32)}, {"peft_type": "LORA"})
home, base = Home(Path(sys.argv[1])), fake_base()
NOON = datetime(2026, 11, 21, 12)
os.write(1, b"begin ")
try:
    name = publish_version(home, base, weights, {}, {"report.md": b"x"}, clock=lambda: NOON).name
    os.write(1, name.encode())
except StorageError as error:
    os.write(1, b"refused")
    os._exit(7)
os._exit(0)
"""
REFUSED = 7
_LINE = re.compile(r"\d+ +(?P<name>\w+)\((?P<arguments>.*)")
_CREATES = re.compile(r"O_CREAT|O_RDWR|O_DIRECTORY")


@dataclass(frozen=True, slots=True)
class Call:
    """The `number`-th call of this name in the process (the first is 1), as strace counts."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is negative for a signal; `said` is the child's own word; `hit` says that the fault happened."""

    code: int
    said: str
    hit: bool
    errors: str


@cache
def why_not() -> str:
    """Why calls cannot be injected here, or "" where they can."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return "needs strace, which is for Linux"
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "strace may not trace here"


def publish(home: Path, call: Call | None = None, fault: str = "") -> tuple[Outcome, list[Call]]:
    """Publish a version in a process of its own, `fault` at `call`; also the calls from "begin" on."""
    return perform(PUBLISH, home, call, fault)


def perform(script: str, home: Path, call: Call | None = None, fault: str = "") -> tuple[Outcome, list[Call]]:
    """The same with any script that gets the home, and says "begin " and then its own word."""
    log = home.with_name(f"{home.name}.trace")
    inject = [f"--inject={call.name}:{FAULTS[fault]}:when={call.number}"] if call else []
    names = ",".join(f"?{name}" for name in CHANGING)
    strace = ["strace", "-f", "-y", "-o", str(log), "-e", f"trace={names}", *inject]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(package.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    command = [*strace, sys.executable, "-c", script, str(home)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    begun, _, rest = log.read_text(encoding="utf-8", errors="replace").partition('"begin "')
    hit = "(INJECTED)" in rest if fault != "kill" else done.returncode == -9 and bool(begun and rest)
    said = done.stdout.removeprefix("begin ")
    return Outcome(done.returncode, said, hit, done.stderr), _calls(begun, rest)


def _calls(before: str, after: str) -> list[Call]:
    """The calls in `after` that change the disk, each with its number in the whole process."""
    counts: dict[str, int] = {}
    found = []
    for part, wanted in ((before, False), (after, True)):
        for line in part.splitlines():
            if not (match := _LINE.match(line)):
                continue
            name, arguments = match["name"], match["arguments"]
            counts[name] = counts.get(name, 0) + 1
            reads = name == "openat" and not _CREATES.search(arguments)
            if wanted and not reads and not _is_speech(arguments):
                found.append(Call(name, counts[name]))
    return found


def _is_speech(arguments: str) -> bool:
    return bool(re.match(r"[12](<[^>]*>)?, ", arguments))
