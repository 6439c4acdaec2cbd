"""Download a base model from the Hugging Face Hub, when a user asks for exactly that.

The only place in Engram that downloads. Only weights as safetensors, JSON and the chat template are
fetched, from the top of the repository. Not here: finding what is there already (resolve.py).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from engram.disk import FULL
from engram.errors import ModelError, UsageError
from engram.models.base import Base
from engram.models.catalogue import CATALOGUE, DEFAULT, check_backend, hub_id_of, needs_mlx
from engram.models.folder import base_from_folder
from engram.models.resolve import is_hub_id

WANTED = ("*.safetensors", "*.json", "chat_template.jinja")
NOT_WANTED = ("*/*",)  # copies in other formats lie in subfolders

Download = Callable[[str], str]
"""Fetches a Hub id's files and returns the local folder, named after the commit."""


def pull(name: str, progress: Callable[[str], None], download: Download | None = None) -> Base:
    """Download a catalogue key or Hub id and read it. `progress` is told each step as a sentence.

    Raises UsageError for a name that is neither, ModelError when no backend here could read the model, and
    when the download or the model fails.
    """
    if name == DEFAULT:
        raise UsageError(f"{DEFAULT} is part of Engram; there is nothing to download.")
    hub_id = hub_id_of(name)
    if not is_hub_id(hub_id):
        raise UsageError(
            f"{name[:80]!r} is neither a key of the catalogue nor a Hub id of the form owner/name.",
            f"The keys are {', '.join(key for key in CATALOGUE if key != DEFAULT)}.",
        )
    if needs_mlx(name) and find_spec("mlx") is None:
        check_backend(name, "torch")
    if entry := CATALOGUE.get(name):
        progress(f"Downloading {hub_id} ({entry.parameters / 1e6:,.0f} M parameters, {entry.licence}).")
    else:
        progress(f"Downloading {hub_id}; read its licence on its Hub page.")
    try:
        folder = Path((download or hub_download)(hub_id))
    except Exception as error:  # the HTTP library below the Hub's differs by version, and so do its errors
        raise _explain(hub_id, error) from error
    base = base_from_folder(folder, hub_id, folder.name)
    progress(f"{hub_id} is ready, revision {base.revision[:12]}.")
    return base


def hub_download(hub_id: str) -> str:
    """The real download; goes on where an interrupted one stopped."""
    from huggingface_hub import constants, snapshot_download  # slow to import, and often not needed
    from huggingface_hub.errors import OfflineModeIsEnabled

    if constants.HF_HUB_OFFLINE:
        raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set")
    return snapshot_download(hub_id, allow_patterns=list(WANTED), ignore_patterns=list(NOT_WANTED))


def _explain(hub_id: str, error: Exception) -> ModelError:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return ModelError(
            f"{hub_id} is gated: its owner wants its licence accepted first.",
            f"Accept it at https://huggingface.co/{hub_id}, then set HF_TOKEN to a token of that account.",
        )
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return ModelError(
            f"The Hub has no model {hub_id}, or it is private.",
            "Check the spelling; for a private model set HF_TOKEN.",
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return ModelError(f"{hub_id} was not downloaded: HF_HUB_OFFLINE is set.", "Unset it and try again.")
    if isinstance(error, OSError) and error.errno in FULL:
        return ModelError(
            f"The disk is full; {hub_id} is only partly there.",
            "Free some space, or point HF_HOME at another disk, and pull again: it goes on where it stopped.",
        )
    if isinstance(error, PermissionError):
        return ModelError(f"{hub_id} cannot be stored: {error}.", "Point HF_HOME at a folder of yours.")
    return ModelError(
        f"{hub_id} could not be downloaded: {_first_line(error)}",
        "Check the connection and pull again: it goes on where it stopped.",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__ + "."
