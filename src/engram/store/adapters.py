"""Adapter versions: which exist, and which one answers for each base model.

A version's files are published first (training/publish.py), its row is registered second, and one more row
points to what is in service; so a reader sees the old version or the new one, whenever the power goes.
Not here: the files themselves, beyond asking whether they are there.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from engram.errors import AdapterError, BadName, UnknownName, UsageError
from engram.home import Home, check_name
from engram.store import provenance, service
from engram.store.current import CURRENT, link_current
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import now

_COLUMNS = "v.name, v.base_id, v.base_revision, v.created_at, v.digest, v.manifest_digest, v.parent"
LONGEST_TAG = 40
"""Characters; a name has at most 64, and a day and a number are in it as well."""


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

    def next_version_name(self, adapters_folder: Path, day: str, tag: str = "") -> str:
        """`2026-11-21-1`, `2026-11-21-2`, or with a tag `2026-11-21-TAG`, `2026-11-21-TAG-2`: not given out
        before, not registered, and no folder that a lost run left. Raises BadName for a tag that is none."""
        stem = f"{day}-{check_tag(tag)}" if tag else day
        with self._database.write():
            count = 1
            while self._is_taken(name := _numbered(stem, count, bool(tag)), adapters_folder):
                count += 1
            ((number,),) = self._database.rows("SELECT last FROM adapter_number")
            number += 1
            while self._find(f"v{number}"):  # of a home in which versions were called so
                number += 1
            self._database.rows("UPDATE adapter_number SET last = ?", (number,))
            self._database.rows("INSERT INTO adapter_name (name, number) VALUES (?, ?)", (name, number))
        return name

    def register(
        self, version: AdapterVersion, entries: Iterable[int] = (), *, promote: bool = False
    ) -> None:
        """Add a version whose files are in place, trained on these entries of the ledger, and put it in
        service too if that is to be: both or neither.

        Raises UsageError if the name is taken, BadName, and AdapterError if one of the entries is forgotten:
        then it must not be kept.
        """
        check_name("adapter", version.name)
        with self._database.write():
            if self._find(version.name) or version.name.lower() == CURRENT:
                raise UsageError(
                    f"There is already an adapter {version.name!r}.",
                    "Versions are never replaced: choose another.",
                )
            if version.parent is not None:
                self._must_find(version.parent)
            provenance.check_there(self._database, entries := sorted(entries))
            self._database.rows("INSERT INTO adapter_version VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(version))
            self._database.rows("INSERT OR IGNORE INTO adapter_name (name) VALUES (?)", (version.name,))
            provenance.record_entries(self._database, version.name, entries)
            if promote:
                service.switch(self._database, version.base_id, version.name, service.NIGHT, stamp(now()))
        self._link()

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

    def short_names(self) -> dict[str, str]:
        """For each version that has one, the short form of its name: `v3` for the third that was made."""
        rows = self._database.rows("SELECT name, number FROM adapter_name WHERE number IS NOT NULL")
        return {name: f"v{number}" for name, number in rows}

    def use(self, name: str, *, why: str = service.CHOSEN, even_forgotten: bool = False) -> AdapterVersion:
        """Put a version in service for the base it was trained on. Raises BadName, UnknownName, and
        AdapterError if it was trained on something forgotten since, unless that is `even_forgotten`."""
        check_name("adapter", name)
        with self._database.write():
            version = self._must_find(name)
            if not even_forgotten and (number := provenance.forgotten_in(self._database).get(version.name)):
                raise AdapterError(
                    f"{version.name} was trained on entries that were forgotten since ({number}).",
                    "Use another, or sleep, which trains it again without them: engram sleep.",
                )
            service.switch(self._database, version.base_id, version.name, why, stamp(now()))
        self._link()
        return version

    def use_bare(self, base_id: str) -> None:
        """Put the bare base in service; its versions stay."""
        service.switch(self._database, base_id, None, service.CHOSEN, stamp(now()))
        self._link()

    def _link(self) -> None:
        link_current(self._database, Home(self._database.file.parent).adapters)

    def reconcile(self, adapters_folder: Path) -> Reconciliation:
        """Compare table and folders. Nothing is changed or deleted."""
        versions = self.list_versions()
        problems = ((v.name, problem_of(adapters_folder, v)) for v in versions)
        known = {version.name for version in versions}
        there = (i.name for i in adapters_folder.glob("*") if i.is_dir() and not i.is_symlink())
        return Reconciliation(
            broken=tuple((name, problem) for name, problem in problems if problem),
            orphans=tuple(sorted(name for name in there if name not in known)),
        )

    def _find(self, name: str) -> AdapterVersion | None:
        found = self._database.rows(f"SELECT {_COLUMNS} FROM adapter_version v WHERE v.name = ?", (name,))
        return AdapterVersion(*found[0]) if found else None

    def _must_find(self, name: str) -> AdapterVersion:
        """By its name or, where none is called so, by its short form."""
        if version := self._find(name):
            return version
        short = re.fullmatch(r"[vV]([0-9]{1,9})", name)
        known = self._database.rows(
            "SELECT name, pruned_at FROM adapter_name WHERE name = ? OR number = ?",
            (name, int(short[1]) if short else None),
        )
        for full, pruned_at in known:
            if pruned_at:
                raise UnknownName(f"Adapter {full} was pruned on {pruned_at[:10]}.", self._others(name))
            if version := self._find(full):
                return version
        raise UnknownName(f"There is no adapter {name!r}.", self._others(name))

    def _others(self, name: str) -> str:
        return _suggestion(name, [version.name for version in self.list_versions()])

    def _is_taken(self, name: str, adapters_folder: Path) -> bool:
        given_out = self._database.rows("SELECT 1 FROM adapter_name WHERE name = ?", (name,))
        return bool(given_out) or (adapters_folder / name).exists()


def check_tag(tag: str) -> str:
    """Return a tag that may be part of a version's name, else raise BadName."""
    if len(tag) > LONGEST_TAG:
        raise BadName(f"A tag of {len(tag)} characters is too long.", f"Use at most {LONGEST_TAG}.")
    return check_name("tag", tag)


def problem_of(adapters_folder: Path, version: AdapterVersion) -> str:
    """What is wrong with a version's folder, or "": it is there, with the manifest that was registered. The
    other files are not read."""
    return _problem(adapters_folder / version.name, version.manifest_digest)


def _numbered(stem: str, count: int, tagged: bool) -> str:
    return stem if tagged and count == 1 else f"{stem}-{count}"


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
