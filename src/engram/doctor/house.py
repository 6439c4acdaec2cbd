"""Whether a home is whole: settings, database, versions and their digests, and what was left unfinished.

Only `remove_leftovers` changes anything. Not here: mending a version (train it again, or restore a copy).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engram.doctor.findings import Finding
from engram.errors import AdapterError, StorageError
from engram.home import Home
from engram.settings_file import read_settings
from engram.sleep.nights import BEGUN
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.training.versions import verify_version

OLD_SECONDS = 24 * 3600
"""A leftover that nothing has touched for this long belongs to no process that still runs."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something half written. `idle` in seconds since anything in it was changed."""

    path: Path
    idle: float

    @property
    def old(self) -> bool:
        return self.idle >= OLD_SECONDS


def home(place: Home) -> Iterator[Finding]:
    """The folder itself, and its settings file."""
    if not place.root.exists():
        yield Finding("home", "note", f"there is none yet at {place.root}", "The first teaching makes it.")
        return
    yield Finding("home", "ok", f"{place.root}")
    if place.settings.exists():
        read_settings(place.settings)  # raises SettingsError that names every wrong key
        yield Finding("settings", "ok", f"{place.settings.name} is valid")


def database(place: Home) -> Iterator[Finding]:
    """Whether the engine finds its file whole."""
    if not place.database.exists():
        return
    with Database.open(place.database) as opened:
        problems = [str(row[0]) for row in opened.rows("PRAGMA integrity_check")]
        problems += ["a row refers to one that is not there" for _ in opened.rows("PRAGMA foreign_key_check")]
    if problems not in (["ok"],):
        found = [problem for problem in problems if problem != "ok"]
        raise StorageError(
            f"{place.database.name} is damaged: {found[0]}"
            + (f" (and {len(found) - 1} more)" * (len(found) > 1)),
            "Move it away and restore a copy. The adapters' folders are not touched by this.",
        )
    yield Finding("database", "ok", f"{place.database.name} passes its integrity check")


def versions(place: Home) -> Iterator[Finding]:
    """Whether table and folders agree, and every file has its digest."""
    if not place.database.exists():
        return
    with Database.open(place.database) as opened:
        table = AdapterVersions(opened)
        known, apart = table.list_versions(), table.reconcile(place.adapters)
        serving = [v.name for base in sorted({v.base_id for v in known}) if (v := table.in_service(base))]
    broken = dict(apart.broken)
    for version in known:
        if version.name not in broken:
            try:
                verify_version(place, version)
            except AdapterError as error:
                broken[version.name] = error.message
    for name, problem in broken.items():
        used = " (in service)" if name in serving else ""
        do = "Restore its folder from a copy, or use another: engram adapters list, engram adapters use NAME."
        yield Finding("versions", "broken", f"{name}{used}: {problem}", do)
    for name in (name for name in apart.orphans if not name.startswith(".")):
        do = "A run that was interrupted left it. Nothing uses it: delete the folder, or keep it as a copy."
        yield Finding("versions", "note", f"{name}: a folder that no version belongs to", do)
    whole, wear = len(known) - len(broken), ", ".join(serving) or "none"
    yield Finding("versions", "ok", f"{whole} of {len(known)} whole; in service: {wear}")


def unfinished(place: Home, now: float | None = None) -> Iterator[Finding]:
    """Runs that can be gone on with, and what was half written when a process ended."""
    for run in sorted(place.runs.glob("*/checkpoints")):
        name = run.parent.name
        do = f"Go on with --run {name} --resume, everything else as before; or delete {run.parent}."
        if (run.parent / BEGUN).exists():
            do = "engram sleep goes on with it."
        yield Finding("runs", "note", f"{name} is not finished", do)
    for leftover in leftovers(place, now):
        size = f"{leftover.path.relative_to(place.root)}, half written"
        if leftover.old:
            yield Finding("leftovers", "note", size, "engram doctor --fix removes it.")
        else:
            yield Finding("leftovers", "note", f"{size} lately", "Perhaps something is just writing it.")


def leftovers(place: Home, now: float | None = None) -> list[Leftover]:
    """What writers in this program leave aside when they are killed: names that begin with a dot and end in
    `.partial`, and the copies of cached data sets that were being replaced."""
    if not place.root.is_dir():
        return []
    moment = time.time() if now is None else now
    found = {*place.root.rglob(".*.partial"), *place.cache.rglob(".*.earlier")}
    outer = sorted(path for path in found if not found & set(path.parents))
    return [Leftover(path, moment - _last_change(path)) for path in outer]


def remove_leftovers(place: Home, now: float | None = None) -> list[Path]:
    """Delete the old ones; says which. Raises StorageError when the disk refuses."""
    removed = []
    for leftover in leftovers(place, now):
        if not leftover.old:
            continue
        try:
            if leftover.path.is_dir() and not leftover.path.is_symlink():
                shutil.rmtree(leftover.path)
            else:
                leftover.path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{leftover.path} cannot be removed: {error.strerror}.", "Check who owns it."
            ) from error
        removed.append(leftover.path)
    return removed


def _last_change(path: Path) -> float:
    """When anything in it was last written or renamed, seconds since 1970."""
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return max(float(item.lstat().st_mtime) for item in (path, *inside))
