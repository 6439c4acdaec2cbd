"""Which nights there were: a folder for each under runs/, with what it started from and how it ended.

A night that was broken off is gone on with as long as it is about the same base, the same adapter in service
and the same comparison; else it is cleared away, and a new one begins. Not here: what happens in a night.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engram.disk import MANIFEST, Files, disk_errors, sha256, to_json, write_file
from engram.home import Home
from engram.job import Job, close_run
from engram.sleep.bundle import BUNDLE
from engram.sleep.sealing import seal
from engram.sleep.trend_lines import read_trends
from engram.sleep.wishes import Wishes
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.ledger import Clock
from engram.store.service import rebuild_due
from engram.training.versions import find_version

BEGUN, VERDICT = "night.json", "verdict.json"
"""What a night started from, and how it ended."""
PREFIX = "night-"
_NAME = re.compile(rf"{PREFIX}\d{{8}}-\d+")


@dataclass(frozen=True, slots=True)
class Night:
    """What one night starts from. `through` is the last entry that it looks at, `service` the adapter in
    service when it began ("" for the bare base). `rebuild` says that what is there already is trained again,
    so that nothing new is asked for; `tries` counts nights that ended on the same entries, and this one.
    `beside` is another version ("" for the bare base) that the user wants tonight's compared with. `base` is
    the revision of the base, `model` its name."""

    name: str
    through: int
    service: str
    base: str
    rebuild: bool = False
    tries: int = 1
    beside: str | None = None
    model: str = ""

    @property
    def rival(self) -> str:
        """What tonight's adapter is compared with, "" for the bare base: what serves, unless the user said
        otherwise."""
        return self.service if self.beside is None else self.beside


def nights(home: Home) -> list[Path]:
    """The folders of all nights, oldest first."""
    found = [file.parent for file in home.runs.glob(f"{PREFIX}*/{BEGUN}")]
    return sorted(found, key=lambda folder: (folder.name.split("-")[1], len(folder.name), folder.name))


def read_night(folder: Path) -> Night | None:
    """What a night started from; None where that cannot be read."""
    try:
        return Night(**json.loads((folder / BEGUN).read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def read_verdict(folder: Path) -> Mapping[str, Any] | None:
    """How a night ended: outcome, checks and version; None while it has not, or where it cannot be read."""
    try:
        verdict = json.loads((folder / VERDICT).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return verdict if isinstance(verdict, dict) else None


def begin(job: Job, clock: Clock, wishes: Wishes = Wishes()) -> Night:
    """The night that was broken off, if it can be gone on with and is not to be `reset`; else a new one.

    With `rebuild`, after a reset, and where something was forgotten that the adapter in service then was
    trained on, it is a rebuild, also if it began as none: what it has trained so far is the same. A night
    that was broken off after its adapter became a version is over. Raises StorageError, UnknownName,
    AdapterError.
    """
    with disk_errors(job.home.runs):
        made = _clear_up(job.home)
        fresh = would_begin(job, clock, wishes)
        for folder in unfinished(job.home):
            night = read_night(folder)
            if version := made.get(folder.name):
                job.watcher.note(f"{folder.name} was broken off when {version} was made already: it is over.")
                _end(job.home, folder, version)
            elif night and not wishes.reset and _is_about(night, fresh, wishes):
                return _as_rebuild(job.home, night) if fresh.rebuild else night
            else:
                shutil.rmtree(folder)
        job.home.run(fresh.name).mkdir(mode=0o700)
        write_file(job.home.run(fresh.name) / BEGUN, to_json(asdict(fresh)))
    return fresh


def would_begin(job: Job, clock: Clock, wishes: Wishes = Wishes()) -> Night:
    """The night that would begin now, if none was broken off. Nothing is written. Raises UnknownName and
    AdapterError for a version that it cannot be compared with."""
    with Database.open(job.home.database) as database:
        in_service = AdapterVersions(database).in_service(job.base.id)
        ((through,),) = database.rows("SELECT entries FROM ledger_head")
        due = rebuild_due(database, job.base.id)
    night = Night(_name(job.home, clock), through, in_service.name if in_service else "", job.base.revision)
    beside = _named(job, wishes.beside)
    night = replace(night, beside=None if beside == night.service else beside, model=job.base.id)
    return replace(
        night,
        rebuild=wishes.rebuild or due or (wishes.reset and bool(night.rival)),
        tries=1 + sum(1 for _ in _tried(job.home, night)),
    )


def _named(job: Job, version: str | None) -> str | None:
    """A version in full, once it is known to be whole and of this base; "" and None stay."""
    folder = find_version(job.home, job.base, version) if version else None
    return folder.name if folder else version


def _is_about(night: Night, fresh: Night, wishes: Wishes) -> bool:
    """Whether a broken-off night is the one that would begin now, but for what was said since. Without a wish
    it is compared with what was wished for when it began."""
    same = (night.service, night.base) == (fresh.service, fresh.base)
    return same and (wishes.beside is None or night.rival == fresh.rival)


def _as_rebuild(home: Home, night: Night) -> Night:
    if not night.rebuild:
        night = replace(night, rebuild=True)
        write_file(home.run(night.name) / BEGUN, to_json(asdict(night)))
    return night


def close(home: Home, night: Night) -> None:
    """A night that came to nothing leaves nothing."""
    shutil.rmtree(home.run(night.name), ignore_errors=True)


def _clear_up(home: Home) -> dict[str, str]:
    """Remove what a killed night may have left that no other night finds: a folder that says nothing of what
    it began from, checkpoints of one that is over, and an adapter that did not become a version. Returns the
    versions by their nights."""
    for folder in home.runs.glob(f"{PREFIX}*"):
        if (folder / VERDICT).exists():
            close_run(folder)
        elif _NAME.fullmatch(folder.name) and not (folder / BEGUN).exists():
            shutil.rmtree(folder)
    with Database.open(home.database) as database:
        versions = AdapterVersions(database)
        known = [version.name for version in versions.list_versions()]
        lost = [name for name in versions.reconcile(home.adapters).orphans if _night_of(home, name)]
    for name in lost:
        Files().remove(home.adapters / name)
    return {night: name for name in known if (night := _night_of(home, name))}


def _night_of(home: Home, version: str) -> str:
    """The night that made what lies in this folder of adapters, "" where none did or it cannot be read."""
    try:
        return str(json.loads((home.adapters / version / MANIFEST).read_bytes())["night"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _end(home: Home, folder: Path, version: str) -> None:
    """Write the verdict that a kill kept from being written; where what it follows from is lost, the night
    leaves nothing but its version."""
    try:
        manifest = json.loads((home.adapter(version) / MANIFEST).read_bytes())
        bundle = (home.adapter(version) / BUNDLE).read_bytes()
        verdict = seal(manifest["decision"], bundle, version)
        if sha256(bundle) != manifest["files"][BUNDLE]:
            raise ValueError("the bundle is another one")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        shutil.rmtree(folder)
        return
    write_file(folder / BUNDLE, bundle)
    write_file(folder / VERDICT, verdict)
    close_run(folder)


def unfinished(home: Home) -> list[Path]:
    """The folders of nights that were broken off."""
    return [folder for folder in nights(home) if not (folder / VERDICT).exists()]


def _tried(home: Home, begun: Night) -> Iterator[Path]:
    """Nights whose candidate was refused on the same entries, beside the same adapter."""
    for folder in nights(home):
        night, verdict = read_night(folder), read_verdict(folder)
        same = night and (night.through, night.rival) == (begun.through, begun.rival)
        if same and verdict and verdict.get("outcome") == "reject":
            yield folder


def _name(home: Home, clock: Clock) -> str:
    """A name that no night ever had, also none whose folder forgetting took away."""
    day = f"{PREFIX}{clock().astimezone():%Y%m%d}"
    told = {line.night for line in read_trends(home)}
    number = 1
    while (name := f"{day}-{number}") in told or home.run(name).exists():
        number += 1
    return name
