"""Putting a plan's files where a system looks for them, and telling it; and taking them away again.

Commands go through a `Run`, so that tests hand in one that only listens. If a command fails, the files are as
they were. Not here: what is in the files (texts.py), or which home sleeps when (tonight.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from engram.disk import disk_errors, write_file
from engram.errors import EngramError, UsageError
from engram.schedule import texts
from engram.schedule.plan import Plan

Kind = Literal["launchd", "systemd", "cron"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said; `code` is 127 where it is not there."""

    code: int
    out: str = ""
    err: str = ""


Run = Callable[[Sequence[str], str], Said]
"""Runs a command with this text as its input."""


def run(words: Sequence[str], given: str = "") -> Said:
    """The real one."""
    try:
        done = subprocess.run(list(words), input=given, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return Said(127, err=f"{words[0]} is not installed")
    except (OSError, subprocess.SubprocessError) as error:
        return Said(126, err=str(error))
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class System:
    """Where a user's own units and agents lie, and how commands are run."""

    units: Path
    agents: Path
    run: Run = run

    @classmethod
    def mine(cls) -> System:
        """Of whoever runs this. Sources: systemd.unit(5), launchd.plist(5)."""
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return cls(config / "systemd" / "user", Path.home() / "Library" / "LaunchAgents")

    def files(self, plan: Plan, kind: Kind) -> dict[Path, bytes]:
        """The files of a plan; for cron none, its lines go into the crontab."""
        if kind == "launchd":
            return {self.agents / f"{plan.name}.plist": texts.launchd_plist(plan)}
        if kind == "cron":
            return {}
        return {
            self.units / f"{plan.name}.service": texts.systemd_service(plan).encode(),
            self.units / f"{plan.name}.timer": texts.systemd_timer(plan).encode(),
        }


def choose_kind(system: System, platform: str = sys.platform) -> Kind:
    """What this machine has. Raises UsageError where it is none of the three."""
    if platform == "darwin":
        return "launchd"
    if system.run(["systemctl", "--user", "show-environment"], "").code == 0:
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise UsageError(
        "Neither launchd nor a systemd for users nor cron is here to wake the night up.",
        "Let whatever starts programs here run: engram sleep --scheduled",
    )


def install(system: System, plan: Plan, kind: Kind) -> None:
    """Put the files in place, over earlier ones, and tell the system. Raises EngramError, StorageError; then
    everything is as it was."""
    if kind == "cron":
        _write_crontab(system, plan.name, texts.cron_lines(plan))
        return
    files = system.files(plan, kind)
    earlier = {file: file.read_bytes() if file.exists() else None for file in files}
    if kind == "launchd":
        _unload(system, plan.name)
    try:
        for file, content in files.items():
            with disk_errors(file.parent):
                file.parent.mkdir(parents=True, exist_ok=True)
            write_file(file, content)
        for words in _loading(plan.name, kind, files):
            _must(system, words)
    except BaseException:
        _take_back(system, plan.name, kind, earlier)
        raise


def remove(system: System, name: str, kind: Kind) -> None:
    """Take it out of the system and delete the files; nothing where it is not there. Raises EngramError."""
    if kind == "cron":
        _write_crontab(system, name, "")
        return
    if kind == "launchd":
        _unload(system, name)
        _delete(system.agents / f"{name}.plist")
        return
    system.run(["systemctl", "--user", "disable", "--now", f"{name}.timer"], "")
    _delete(system.units / f"{name}.timer", system.units / f"{name}.service")
    _must(system, ["systemctl", "--user", "daemon-reload"])


def is_loaded(system: System, name: str, kind: Kind) -> bool:
    """Whether the system knows of it."""
    if kind == "cron":
        return texts.cron_marks(name)[0] in system.run(["crontab", "-l"], "").out.splitlines()
    if kind == "launchd":
        return system.run(["launchctl", "print", f"gui/{os.getuid()}/{name}"], "").code == 0
    return system.run(["systemctl", "--user", "is-enabled", f"{name}.timer"], "").code == 0


def check(system: System, plan: Plan, kind: Kind) -> None:
    """Let the system's own tool read the files, where it is there. Raises EngramError with what it says."""
    with TemporaryDirectory() as place:
        for file, content in system.files(plan, kind).items():
            (Path(place) / file.name).write_bytes(content)
        written = sorted(map(str, Path(place).iterdir()))
        if kind == "systemd":
            _agrees(system.run(["systemd-analyze", "--user", "verify", *written], ""))
        elif kind == "launchd":
            _agrees(system.run(["plutil", "-lint", *written], ""))


def _loading(name: str, kind: Kind, files: Iterable[Path]) -> list[list[str]]:
    if kind == "launchd":
        return [["launchctl", "bootstrap", f"gui/{os.getuid()}", str(file)] for file in files]
    return [
        ["systemctl", "--user", "daemon-reload"],
        ["systemctl", "--user", "enable", f"{name}.timer"],
        ["systemctl", "--user", "restart", f"{name}.timer"],  # so that another time counts at once
    ]


def _unload(system: System, name: str) -> None:
    """launchd refuses what is loaded already."""
    system.run(["launchctl", "bootout", f"gui/{os.getuid()}/{name}"], "")


def _write_crontab(system: System, name: str, lines: str) -> None:
    """Without a crontab, `crontab -l` fails: that is an empty one."""
    before = system.run(["crontab", "-l"], "")
    if before.code == 127:
        raise EngramError("cron is not installed.", "Choose another way: --with systemd or --with launchd.")
    wanted = texts.with_lines(before.out if before.code == 0 else "", name, lines)
    if wanted != before.out:
        _must(system, ["crontab", "-"], wanted)


def _must(system: System, words: Sequence[str], given: str = "") -> None:
    said = system.run(words, given)
    if said.code:
        what = (said.err or said.out).strip() or f"exit code {said.code}"
        raise EngramError(f"{' '.join(words)} failed: {what}", "Nothing was changed. engram schedule status")


def _agrees(said: Said) -> None:
    asked = said.code not in (126, 127) and "Failed to initialize manager" not in said.err
    if asked and said.code:
        raise EngramError(f"The system does not accept its files: {(said.err or said.out).strip()}")


def _take_back(system: System, name: str, kind: Kind, earlier: Mapping[Path, bytes | None]) -> None:
    """What was there before, as far as system and disk allow."""
    if kind == "systemd":
        system.run(["systemctl", "--user", "disable", "--now", f"{name}.timer"], "")
    for file, content in earlier.items():
        with suppress(OSError, EngramError):
            if content is None:
                file.unlink(missing_ok=True)
            else:
                write_file(file, content)
    if any(content is not None for content in earlier.values()):
        for words in _loading(name, kind, earlier):
            system.run(words, "")


def _delete(*files: Path) -> None:
    for file in files:
        with disk_errors(file):
            file.unlink(missing_ok=True)
