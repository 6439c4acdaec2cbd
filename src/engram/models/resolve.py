"""From what a user calls a model to a `Base` on this machine; nothing is ever downloaded here.

A name is, in this order: `seedling`, `fake`, a catalogue key, a local folder, a Hub id. Not here: reading
the folder (folder.py), downloading one (pull.py).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from pathlib import Path

from engram.errors import ModelError
from engram.home import plain_name
from engram.lessons.frames import OWN
from engram.models.base import Base
from engram.models.catalogue import CATALOGUE, DEFAULT, hub_id_of
from engram.models.fake import fake_base
from engram.models.files import weight_files
from engram.models.folder import base_from_folder

FAKE = "fake"
SEEDLING = Path(__file__).with_name("seedling")

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\Z")


def resolve(name: str, cache: Path | None = None, template: str = OWN) -> Base:
    """Find a base model. `cache` is the Hub's local cache; None is the user's own ($HF_HOME). `template` is
    the model's own, or one to use instead (lessons/frames.py).

    A catalogue key's base has the Hub id as its id, so that one model has one id however it is called. A
    folder's base is called by its name and a digest of its weights, such as "tiny@1f2e3d4c", so that neither
    two folders of one name nor a folder called like a known model are taken for each other.
    Raises ModelError that says how to download it and what is available without.
    """
    if name == DEFAULT:
        return _seedling(template)
    if name == FAKE:
        return fake_base(template=template)
    if name not in CATALOGUE and (folder := _local_folder(name)) is not None:
        return _seedling(template) if folder == SEEDLING.resolve() else _named_by_weights(folder, template)
    hub_id = hub_id_of(name)
    if not is_hub_id(hub_id):
        raise _unknown(name, cache)
    snapshot = cached_snapshot(hub_id, cache)
    if snapshot is None:
        raise _not_here(name, cache)
    return base_from_folder(snapshot, hub_id, snapshot.name, template)


def is_hub_id(name: str) -> bool:
    """`owner/name` in the Hub's grammar; never a path that leaves its folder."""
    return bool(_HUB_ID.match(name)) and ".." not in name


def cached_snapshot(hub_id: str, cache: Path | None = None) -> Path | None:
    """The folder of a downloaded model, named after its commit; None if there is none."""
    from huggingface_hub import try_to_load_from_cache  # slow to import, and often not needed

    found = try_to_load_from_cache(hub_id, "config.json", cache_dir=cache)
    return Path(found).parent if isinstance(found, str) else None


def available_offline(cache: Path | None = None) -> list[str]:
    """Names that `resolve` finds without a network: seedling, then downloaded models by key or Hub id."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repos = scan_cache_dir(cache).repos
    except (CacheNotFound, ValueError):  # ValueError: there is a file in its place
        repos = frozenset()
    keys = {entry.hub_id: key for key, entry in CATALOGUE.items()}
    ids = (repo.repo_id for repo in repos if repo.repo_type == "model")
    downloaded = sorted(keys.get(hub_id, hub_id) for hub_id in ids if _is_whole(hub_id, cache))
    return ([DEFAULT] if _seedling_is_there() else []) + downloaded


def _is_whole(hub_id: str, cache: Path | None) -> bool:
    snapshot = cached_snapshot(hub_id, cache)
    try:
        return snapshot is not None and bool(weight_files(snapshot))
    except ModelError:
        return False


def _seedling_is_there() -> bool:
    return (SEEDLING / "model.safetensors").is_file()


def _seedling(template: str) -> Base:
    if not _seedling_is_there():
        raise ModelError(
            "The embedded model seedling is not in this installation.",
            "Install Engram again, or name another model with --model.",
        )
    return base_from_folder(SEEDLING, DEFAULT, template=template)


def _named_by_weights(folder: Path, template: str) -> Base:
    name = plain_name(folder.name)
    base = base_from_folder(folder, name, template=template)
    return replace(base, id=f"{name}@{base.revision[:8]}")


def _local_folder(name: str) -> Path | None:
    """The folder that `name` is a path to, if there is one."""
    try:
        folder = Path(name).expanduser().resolve()
        return folder if folder.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, no such user's home
        return None


def _unknown(name: str, cache: Path | None) -> ModelError:
    close = difflib.get_close_matches(name, CATALOGUE, n=2)
    guess = f"Did you mean {' or '.join(close)}? " if close else ""
    return ModelError(
        f"{_short(name)} is no folder here, no key of the catalogue ({', '.join(CATALOGUE)}) and no Hub id "
        "of the form owner/name.",
        f"{guess}{_offline(cache)}",
    )


def _not_here(name: str, cache: Path | None) -> ModelError:
    return ModelError(
        f"The model {_short(name)} is not on this machine.",
        f"`engram models pull {name}` downloads it. {_offline(cache)}",
    )


def _offline(cache: Path | None) -> str:
    names = ", ".join(available_offline(cache)) or "no model yet"
    return f"Available without a download: {names}."


def _short(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:77] + "...")
