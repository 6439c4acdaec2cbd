"""A trained adapter becomes a version of the home: its folder first, then its row in the database.

Not here: whether it serves (the user says so, or the night's gate).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from engram import __version__
from engram.backends.base import AdapterWeights
from engram.disk import MANIFEST, Files, sha256_of_file
from engram.errors import AdapterError
from engram.home import Home
from engram.lessons.frames import OWN, asked_for, described
from engram.models.base import Base
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import Clock, now
from engram.training.publish import publish_adapter, verify_adapter


def publish_version(
    home: Home,
    base: Base,
    weights: AdapterWeights,
    provenance: Mapping[str, Any],
    beside: Mapping[str, bytes] | None = None,
    *,
    tag: str = "",
    entries: Sequence[int] = (),
    promote: bool = False,
    aside: Path | None = None,
    clock: Clock = now,
) -> AdapterVersion:
    """Publish `weights` under the next free name of this day; a crash half-way leaves at most a folder
    without a row.

    `provenance` goes into manifest.json, next to base, renderer, time and program version. `entries` are
    those of the ledger that it was trained on; `promote` puts it in service too; `aside` is where the folder
    lies until it is whole, see write_folder. Raises BadName for a tag that is none, StorageError, and
    AdapterError, leaving nothing, where an entry is forgotten by now.
    """
    made = clock()
    with Database.open(home.database) as database:
        versions = AdapterVersions(database)
        name = versions.next_version_name(home.adapters, day_of(made), tag)
        manifest = {
            "format": 1,
            "version": name,
            "base": {"id": base.id, "revision": base.revision, "renderer": base.renderer.digest},
            "created_at": stamp(made),
            "engram": __version__,
            **provenance,
        }
        digest = publish_adapter(weights, manifest, home.adapter(name), beside=beside, aside=aside)
        parent = versions.in_service(base.id)
        version = AdapterVersion(
            *(name, base.id, base.revision, stamp(made), digest),
            manifest_digest=sha256_of_file(home.adapter(name) / MANIFEST),
            parent=parent.name if parent else None,
        )
        try:
            versions.register(version, entries, promote=promote)
        except AdapterError:
            Files().remove(home.adapter(name))
            raise
    return version


def day_of(moment: datetime) -> str:
    """The day by which a version is called, as this machine's calendar has it."""
    return f"{moment.astimezone():%Y-%m-%d}"


def verify_version(home: Home, version: AdapterVersion) -> dict[str, Any]:
    """The manifest, once every file matches it and it is the one that was registered. Raises AdapterError."""
    folder = home.adapter(version.name)
    manifest = verify_adapter(folder)
    if sha256_of_file(folder / MANIFEST) != version.manifest_digest:
        raise AdapterError(
            f"{version.name}/{MANIFEST} is not the one that was registered when {version.name} was made.",
            "Restore the folder from a copy, or train it again.",
        )
    return manifest


def find_version(home: Home, base: Base, name: str | None) -> Path | None:
    """The folder of a version, every file checked: the one named, or for None the one in service, if any.

    Raises UnknownName, and AdapterError when it belongs to another base or template, or is broken.
    """
    if name is None and not home.database.exists():
        return None
    with Database.open(home.create().database) as database:
        versions = AdapterVersions(database)
        version = versions.in_service(base.id) if name is None else versions.get(name)
    if version is None:
        return None
    if version.base_id != base.id:
        raise AdapterError(
            f"Adapter {version.name} was trained on {version.base_id}, not on {base.id}.",
            "Name its base with --model, or answer without an adapter: --adapter none.",
        )
    if version.base_revision != base.revision:
        raise AdapterError(
            f"Adapter {version.name} was trained on another revision of {base.id} "
            f"({version.base_revision[:12]}, and this is {base.revision[:12]}).",
            "Teach this revision, or answer without an adapter: --adapter none, engram adapters use none.",
        )
    _check_template(verify_version(home, version), base, version.name)
    return home.adapter(version.name)


def _check_template(manifest: Mapping[str, Any], base: Base, name: str) -> None:
    """Raises AdapterError when the adapter was trained with another chat template than the base has here.
    Where both are called the same and there is a certificate, that says more precisely what differs."""
    trained = manifest.get("base", {}).get("renderer", base.renderer.digest)
    then = manifest.get("model_settings", {}).get("template", OWN)
    if trained == base.renderer.digest or (then == base.template and "certificate" in manifest):
        return
    if then == base.template:
        raise AdapterError(
            f"Adapter {name} was trained with another chat template or tokenizer than {base.id} has here.",
            "Restore the base model's files, or teach it again.",
        )
    raise AdapterError(
        f"Adapter {name} was trained with {described(then)}, and this is {described(base.template)}.",
        f"Load it with {asked_for(then)}.",
    )
