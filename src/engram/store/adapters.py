"""Adapter versions: which exist, and which one answers for each base model.

A version's files are published first (training/publish.py), its row is registered second, and one more row
points to what is in service; so a reader sees the old version or the new one, whenever the power goes.
Not here: the files themselves, beyond asking whether they are there.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import astuple, dataclass
from pathlib import Path

from engram.errors import UnknownName, UsageError
from engram.home import check_name
from engram.store.database import Database

_COLUMNS = "v.name, v.base_id, v.base_revision, v.created_at, v.digest, v.manifest_digest, v.parent"


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """`created_at` is UTC in ISO 8601; `digest` is the one stated in its manifest, `manifest_digest` the
    sha256 of manifest.json; `parent` is the version that was in service when this one was trained."""

    name: str
    base_id: str
    base_revision: str
    created_at: str
    digest: str
    manifest_digest: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where table and folders disagree: `broken` as (name, what is wrong), `orphans` as folder names."""

    broken: tuple[tuple[str, str], ...]
    orphans: tuple[str, ...]


class AdapterVersions:
    """The table of versions in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_version_name(self, adapters_folder: Path) -> str:
        """`v1`, `v2`, ...: not given out before, not registered, and no folder that a lost run left."""
        with self._database.write():
            ((number,),) = self._database.rows("SELECT last FROM adapter_number")
            number += 1
            while self._find(f"v{number}") or (adapters_folder / f"v{number}").exists():
                number += 1
            self._database.rows("UPDATE adapter_number SET last = ?", (number,))
        return f"v{number}"

    def register(self, version: AdapterVersion) -> None:
        """Add a version whose files are in place. Raises UsageError if the name is taken, BadName."""
        check_name("adapter", version.name)
        with self._database.write():
            if self._find(version.name):
                raise UsageError(
                    f"There is already an adapter {version.name!r}.",
                    "Versions are never replaced: choose another.",
                )
            if version.parent is not None:
                self._must_find(version.parent)
            self._database.rows("INSERT INTO adapter_version VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(version))

    def list_versions(self, base_id: str | None = None) -> list[AdapterVersion]:
        """In the order of registration; of one base, if `base_id` is given."""
        where, bindings = ("WHERE v.base_id = ?", (base_id,)) if base_id is not None else ("", ())
        found = self._database.rows(
            f"SELECT {_COLUMNS} FROM adapter_version v {where} ORDER BY v.rowid", bindings
        )
        return [AdapterVersion(*row) for row in found]

    def get(self, name: str) -> AdapterVersion:
        """Raises BadName, or UnknownName with names that are close and names that exist."""
        check_name("adapter", name)
        return self._must_find(name)

    def in_service(self, base_id: str) -> AdapterVersion | None:
        """What answers for this base; None is the bare base."""
        found = self._database.rows(
            f"SELECT {_COLUMNS} FROM adapter_in_service s JOIN adapter_version v ON v.name = s.name "
            "WHERE s.base_id = ?",
            (base_id,),
        )
        return AdapterVersion(*found[0]) if found else None

    def use(self, name: str) -> AdapterVersion:
        """Put a version in service for the base it was trained on. Raises BadName, UnknownName."""
        check_name("adapter", name)
        with self._database.write():
            version = self._must_find(name)
            self._database.rows(
                "INSERT INTO adapter_in_service (base_id, name) VALUES (?, ?) "
                "ON CONFLICT (base_id) DO UPDATE SET name = excluded.name",
                (version.base_id, version.name),
            )
        return version

    def use_bare(self, base_id: str) -> None:
        """Put the bare base in service; its versions stay."""
        with self._database.write():
            self._database.rows("DELETE FROM adapter_in_service WHERE base_id = ?", (base_id,))

    def reconcile(self, adapters_folder: Path) -> Reconciliation:
        """Compare table and folders. Nothing is changed or deleted."""
        versions = self.list_versions()
        problems = ((v.name, _problem(adapters_folder / v.name, v.manifest_digest)) for v in versions)
        known = {version.name for version in versions}
        there = (item.name for item in adapters_folder.glob("*") if item.is_dir())
        return Reconciliation(
            broken=tuple((name, problem) for name, problem in problems if problem),
            orphans=tuple(sorted(name for name in there if name not in known)),
        )

    def _find(self, name: str) -> AdapterVersion | None:
        found = self._database.rows(f"SELECT {_COLUMNS} FROM adapter_version v WHERE v.name = ?", (name,))
        return AdapterVersion(*found[0]) if found else None

    def _must_find(self, name: str) -> AdapterVersion:
        if version := self._find(name):
            return version
        names = [version.name for version in self.list_versions()]
        raise UnknownName(f"There is no adapter {name!r}.", _suggestion(name, names))


def _suggestion(name: str, names: list[str]) -> str:
    if not names:
        return "None has been made yet: `engram teach` makes one."
    close = difflib.get_close_matches(name, names, n=3)
    latest = ", ".join(names[-10:])
    shown = f"There are {len(names)}, the latest: {latest}." if len(names) > 10 else f"There are: {latest}."
    return (f"Did you mean {' or '.join(close)}? " if close else "") + shown


def _problem(folder: Path, manifest_digest: str) -> str:
    """What is wrong with a version's folder, or "" if nothing is."""
    if not folder.is_dir():
        return "its folder is missing"
    try:
        content = (folder / "manifest.json").read_bytes()
    except FileNotFoundError:
        return "its folder has no manifest.json"
    except OSError as error:
        return f"its manifest.json cannot be read: {error.strerror}"
    if hashlib.sha256(content).hexdigest() != manifest_digest:
        return "its manifest.json is not the one that was registered"
    return ""
