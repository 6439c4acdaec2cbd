"""Which versions are kept: pins, and deleting the files of old versions that nobody asked to keep.

First one transaction takes the versions out of the table, so that nothing can be put in service that is about
to go; then their folders go. If that is interrupted, the next pruning finishes it. Names are never given out
again. Not here: what is in service (service.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from engram.disk import Files, disk_errors, half_written
from engram.errors import UsageError
from engram.home import Home
from engram.store import provenance
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import Clock, now

KEEP = 5
"""Versions of each base that are kept unasked, the newest."""


def pin(database: Database, name: str) -> AdapterVersion:
    """Keep a version for good. Raises BadName, UnknownName."""
    version = AdapterVersions(database).get(name)
    with database.write():
        database.rows("INSERT OR IGNORE INTO adapter_pin VALUES (?)", (version.name,))
    return version


def unpin(database: Database, name: str) -> AdapterVersion:
    """Keep it no longer than others. Raises BadName, UnknownName."""
    version = AdapterVersions(database).get(name)
    with database.write():
        database.rows("DELETE FROM adapter_pin WHERE name = ?", (version.name,))
    return version


def pinned(database: Database) -> set[str]:
    """The versions that are pinned."""
    return {name for (name,) in database.rows("SELECT name FROM adapter_pin")}


def chosen(
    versions: Sequence[AdapterVersion],
    kept: Collection[str],
    keep: int,
    forgotten: Collection[str] = frozenset(),
) -> list[str]:
    """Which of these versions, oldest first, may go: all but `kept` and the newest `keep` of each base; of
    the newest also those that are `forgotten`."""
    newest: dict[str, list[str]] = {}
    for version in versions:
        newest.setdefault(version.base_id, []).append(version.name)
    spared = {name for names in newest.values() for name in names[len(names) - min(keep, len(names)) :]}
    return [
        version.name
        for version in versions
        if version.name not in kept and (version.name not in spared or version.name in forgotten)
    ]


def prune(
    home: Home, keep: int = KEEP, *, forgotten: bool = False, dry_run: bool = False, clock: Clock = now
) -> list[str]:
    """Delete all versions but the newest `keep` of each base, the pinned ones and those in service; with
    `forgotten`, also newer ones that were trained on something forgotten since. Returns their names, oldest
    first; a dry run deletes nothing.

    Raises UsageError for a negative number, StorageError if the disk refuses (the next pruning goes on).
    """
    if keep < 0:
        raise UsageError(f"{keep} versions cannot be kept.", "Give 0 or more.")
    if not home.database.exists():
        return []
    with Database.open(home.database) as database:
        with database.write():
            going = _going(database, keep, forgotten)
            if dry_run:
                return going
            for name in going:
                _strike(database, name, stamp(clock()))
        for folder in _struck(database, home):
            _remove(folder)
    return going


def _going(database: Database, keep: int, forgotten: bool) -> list[str]:
    serving = {name for (name,) in database.rows("SELECT name FROM adapter_in_service")}
    flagged = provenance.forgotten_in(database) if forgotten else {}
    versions = AdapterVersions(database).list_versions()
    return chosen(versions, serving | pinned(database), keep, flagged)


def _strike(database: Database, name: str, at: str) -> None:
    """Take a version out of every table but that of names; what was trained after it has its parent now."""
    heir = "SELECT parent FROM adapter_version WHERE name = :name"
    for sql in (
        f"UPDATE adapter_version SET parent = ({heir}) WHERE parent = :name",
        "DELETE FROM adapter_entry WHERE adapter = :name",
        "DELETE FROM adapter_flag WHERE adapter = :name",
        "DELETE FROM adapter_served WHERE name = :name",
        "DELETE FROM adapter_version WHERE name = :name",
    ):
        database.rows(sql, {"name": name})
    database.rows("UPDATE adapter_name SET pruned_at = ? WHERE name = ?", (at, name))


def _struck(database: Database, home: Home) -> Iterator[Path]:
    """Folders of versions that were taken out, also by a pruning that was interrupted."""
    for (name,) in database.rows("SELECT name FROM adapter_name WHERE pruned_at <> '' ORDER BY name"):
        if (folder := home.adapter(name)).is_dir() or half_written(folder).is_dir():
            yield folder


def _remove(folder: Path) -> None:
    """Renamed first, so that nobody sees a half of it under its name."""
    with disk_errors(folder, "Check who owns it, then run engram adapters prune again."):
        files, aside = Files(), half_written(folder)
        files.remove(aside)
        if folder.is_dir():
            files.rename(folder, aside)
            files.sync(folder.parent)
            files.remove(aside)
