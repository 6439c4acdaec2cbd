"""Vectors that know meanings: a static sentence embedding model in model2vec's format (extra `embed`).

Such a model is a folder of safetensors and JSON, a table of token vectors; it needs no tensor library. It is
read from a folder, or from the Hub's cache; nothing is downloaded here. Not here: our own vectors, which need
no model (embedders.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.answer.embedders import unit_rows
from engram.errors import MissingBackend, ModelError

_FILES = ("config.json", "model.safetensors", "tokenizer.json")


class StaticVectors:
    """An Embedder around a model2vec model. Its id holds the digest of the model's files."""

    def __init__(self, model: Any, id: str) -> None:
        self._model = model
        self._id = id

    @classmethod
    def open(cls, name: str) -> StaticVectors:
        """A folder, or a Hub id that was downloaded before. Raises MissingBackend, ModelError."""
        try:
            from model2vec import StaticModel
        except ImportError as error:
            raise MissingBackend(
                f"The embedder {name!r} needs model2vec.", "Install it with: pip install 'engram[embed]'"
            ) from error
        folder = _folder(name)
        digest = _digest(folder)
        try:
            model = StaticModel.from_pretrained(str(folder))
        except Exception as error:  # model2vec raises many kinds, none of its own
            raise ModelError(
                f"{name} is not a model2vec model: {error}", "Choose another embedder."
            ) from error
        return cls(model, f"model2vec-{digest[:16]}")

    @property
    def id(self) -> str:
        return self._id

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 [n, d], rows of length 1, or 0 where no token is known."""
        rows = np.asarray(self._model.encode(list(texts)), dtype=np.float32).reshape(len(texts), -1)
        return unit_rows(rows)


def _folder(name: str) -> Path:
    """Where the model lies. Raises ModelError if it is nowhere on this machine."""
    if (folder := Path(name).expanduser()).is_dir():
        return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:  # a malformed name and a missing one alike
        raise ModelError(
            f"There is no embedder {name!r} on this machine.",
            f"Download it first (hf download {name}), or set recall.embedder to hashed.",
        ) from error


def _digest(folder: Path) -> str:
    """sha256 over the model's files. Raises ModelError if one is missing."""
    digest = hashlib.sha256()
    for file in _FILES:
        try:
            digest.update(hashlib.sha256((folder / file).read_bytes()).digest())
        except OSError as error:
            raise ModelError(
                f"The embedder in {folder} has no readable {file}.", "Choose a model in model2vec's format."
            ) from error
    return digest.hexdigest()
