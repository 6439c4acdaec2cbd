"""`engram adapters verify`: are versions, or folders of adapters, what they were when they were trained?

Files against their digests, golden conversations against their token ids, and the change that the adapter
makes, on whichever backend is at hand. Not here: the checks (training/certified.py, training/publish.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engram.artifacts import read_object
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.config import Settings
from engram.errors import EngramError, ModelError, UsageError
from engram.home import Home
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.training.certified import Replayed, load_certified
from engram.training.publish import verify_adapter
from engram.training.versions import find_version

if TYPE_CHECKING:
    from engram.job import Job


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one adapter. `files` match their digests; it is None for a folder without a manifest.
    `replayed` is None without a certificate, and `problem` "" where nothing is wrong."""

    name: str
    base: str
    files: int | None = None
    backend: str = ""
    replayed: Replayed | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"ok": not self.problem}


@with_settings("model")
def command(
    settings: Settings,
    home: Home,
    names: Annotated[list[str] | None, typer.Argument(help="Versions, such as v1.")] = None,
    all: Annotated[
        bool, typer.Option("--all", help="Every version of the home.", rich_help_panel="General")
    ] = False,
    folder: Annotated[
        list[Path] | None,
        typer.Option(help="A PEFT folder from elsewhere; may be repeated.", rich_help_panel="General"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Replay the certificates of adapters: same files, same tokens, same change. Exit code 1 if one differs.

    Each version is loaded on the base it was trained on; --model says where that lies if it is a folder.
    """
    versions = _versions(home, names or [], all)
    if not versions and not folder and not all:
        raise UsageError("There is nothing to verify.", "Name versions, or give --all or --folder.")
    found = [_verify_version(settings, home, version) for version in versions]
    found += [_verify_folder(settings, home, place) for place in folder or []]
    if json:
        print_json([one.to_json() for one in found])
    elif not found:
        out.print("No adapter yet. `engram teach` makes one.")
    for one in () if json else found:
        out.print(_sentence(one), soft_wrap=True)
    if any(one.problem for one in found):
        raise typer.Exit(1)


def _versions(home: Home, names: Sequence[str], all: bool) -> list[AdapterVersion]:
    """Raises BadName, UnknownName."""
    if not home.database.exists() and not names:
        return []
    with Database.open(home.create().database) as database:
        versions = AdapterVersions(database)
        return versions.list_versions() if all else [versions.get(name) for name in names]


def _verify_version(settings: Settings, home: Home, version: AdapterVersion) -> Verified:
    found = Verified(version.name, version.base_id)
    try:
        job = _job(settings, home, version.base_id, _manifest(home.adapter(version.name)))
        folder = find_version(home, job.base, version.name)  # its files are checked
        return _load(job, folder, replace(found, files=_count(folder))) if folder else found
    except EngramError as error:
        return replace(found, problem=str(error))


def _verify_folder(settings: Settings, home: Home, folder: Path) -> Verified:
    found = Verified(folder.name, "")
    try:
        manifest = _manifest(folder)
        if manifest:
            verify_adapter(folder)
            found = replace(found, files=_count(folder))
        config = read_object(folder / "adapter_config.json") or {}
        base_id = str(config.get("base_model_name_or_path") or settings.model.model)
        return _load(_job(settings, home, base_id, manifest), folder, replace(found, base=base_id))
    except EngramError as error:
        return replace(found, problem=str(error))


def _load(job: Job, folder: Path, found: Verified) -> Verified:
    """Load it, which replays its certificate if it has one."""
    _, replayed = load_certified(job.backend, job.base, folder, job.quantization)
    return replace(found, backend=job.backend.name, replayed=replayed)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


def _job(settings: Settings, home: Home, base_id: str, manifest: Mapping[str, Any]) -> Job:
    """A job on the base of that id and the template that the adapter was trained with: the base that --model
    names if it is that one, else the one that the id itself names."""
    from engram.api import assemble  # only here: the other commands of this family are quick without it

    certificate = manifest.get("certificate")
    template = certificate.get("template") if isinstance(certificate, dict) else None
    if template and not settings.model.template:
        settings = _with_model(settings, template=str(template))
    job = assemble(settings, home)
    if job.base.id == base_id:
        return job
    if "@" in base_id:  # the name of a folder, and a digest: it does not say where that lies
        raise ModelError(f"Its base {base_id} is a folder, and not {job.base.id}.", "Name it with --model.")
    return assemble(_with_model(settings, model=base_id), home)


def _with_model(settings: Settings, **changes: str) -> Settings:
    return settings.model_copy(update={"model": settings.model.model_copy(update=changes)})


def _manifest(folder: Path) -> dict[str, Any]:
    return read_object(folder / "manifest.json") or {}


def _sentence(found: Verified) -> str:
    if found.problem:
        return f"{found.name}: FAILED. {found.problem}"
    files = "" if found.files is None else f" {found.files} files are unchanged;"
    if found.replayed is None:
        return f"{found.name}: ok.{files} it fits {found.base} ({found.backend}); no certificate to replay."
    replayed = found.replayed
    unseen = "" if replayed.seen else ", too small to be seen in this number type"
    return (
        f"{found.name}: ok.{files} {replayed.conversations} conversations have the tokens of training; the "
        f"probe is {replayed.deviation:.2g} nats off (at most {replayed.tolerance:g} in "
        f"{replayed.number_type}, {found.backend}), the adapter's change {replayed.change:.2g}{unseen}."
    )
