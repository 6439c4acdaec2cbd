"""A base and its adapter for other programs: merged, in PEFT's or mlx-lm's folder, as GGUF, for Ollama.

Each format is one folder that appears whole or not at all, with a manifest.json that says what it was made
from. Not here: which adapter is meant (cli), and the formats themselves (the files beside this one).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram import __version__
from engram.errors import AdapterError, UsageError
from engram.formats.adapter import Adapter
from engram.formats.convert import FORMATS as ADAPTERS
from engram.formats.convert import adapter_files, format_of, origin, read_adapter
from engram.formats.files import CONFIG
from engram.formats.gguf_file import write_adapter, write_model
from engram.formats.merged import write_merged
from engram.formats.ollama import modelfile
from engram.formats.streamed import new_folder
from engram.models.base import Base

MODEL_GGUF, ADAPTER_GGUF = "model.gguf", "adapter.gguf"


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported: a base, and the folder of a version, its files checked (None: the bare base)."""

    base: Base
    folder: Path | None

    @property
    def name(self) -> str:
        return self.folder.name if self.folder else "none"

    def adapter(self) -> Adapter | None:
        """Raises AdapterError when it is more than other formats can express."""
        return read_adapter(self.folder, self.blocks) if self.folder else None

    def must_have(self) -> tuple[Path, Adapter]:
        """Folder and adapter. Raises as `version` and `adapter` do."""
        folder = self.version()
        return folder, read_adapter(folder, self.blocks)

    def version(self) -> Path:
        """The folder. Raises UsageError when there is none."""
        if self.folder is None:
            raise UsageError(
                f"{self.base.id} answers without an adapter, so there is none to export.",
                "Name a version; `engram adapters list` shows them.",
            )
        return self.folder

    @property
    def blocks(self) -> int | None:
        """How many the base has."""
        found = self.base.config.get("num_hidden_layers")
        return found if isinstance(found, int) else None


def export(source: Source, form: str, out: Path) -> list[str]:
    """Write `source` to the new folder `out` in one of FORMATS; remarks for the person who asked.

    Raises UsageError, ModelError, AdapterError, MissingBackend, StorageError; then nothing is to be seen.
    """
    base = source.base
    manifest: dict[str, Any] = {
        "format": form,
        "blocks": source.blocks,
        "engram": __version__,
        "base": {"id": base.id, "revision": base.revision, "renderer": base.renderer.digest},
    }
    if source.folder:
        manifest |= origin(source.folder, format_of(source.folder))
        if form not in ADAPTERS:
            _check_template(base, manifest["source"]["manifest"] or {}, source.name)
    with new_folder(out, manifest) as aside:
        return FORMATS[form](source, aside)


def _check_template(base: Base, trained: dict[str, Any], name: str) -> None:
    """Raises AdapterError when the version was trained in another template than would be exported with it."""
    if (trained.get("base") or {}).get("renderer", base.renderer.digest) != base.renderer.digest:
        raise AdapterError(
            f"{name} was trained with another chat template or tokenizer than {base.id} has here.",
            "Restore the base model's files, name the template with --template, or export the adapter alone.",
        )


def _peft(source: Source, aside: Path) -> list[str]:
    """A version is PEFT's format already: the very bytes, also of what no other format could express."""
    for name in (CONFIG, ADAPTERS["peft"].weights):
        shutil.copyfile(source.version() / name, aside / name)
    return []


def _mlx(source: Source, aside: Path) -> list[str]:
    folder, adapter = source.must_have()
    for name, data in adapter_files(adapter, "mlx", folder.name).items():
        (aside / name).write_bytes(data)
    return []


def _merged(source: Source, aside: Path) -> list[str]:
    folder, adapter = source.must_have()
    write_merged(source.base, adapter, folder.name, aside)
    return []


def _gguf(source: Source, aside: Path) -> list[str]:
    vocabulary = write_model(source.base, source.adapter(), source.name, aside / MODEL_GGUF)
    return [f"The tokenizer is written as llama.cpp's {vocabulary.rule!r}."]


def _gguf_lora(source: Source, aside: Path) -> list[str]:
    folder, adapter = source.must_have()
    write_adapter(source.base, adapter, folder.name, aside / ADAPTER_GGUF)
    return ["It goes beside a GGUF of the bare base: `engram export none --format gguf` writes one."]


def _ollama(source: Source, aside: Path) -> list[str]:
    vocabulary = write_model(source.base, source.adapter(), source.name, aside / MODEL_GGUF)
    text, frame = modelfile(source.base, vocabulary, MODEL_GGUF)
    (aside / "Modelfile").write_text(text, encoding="utf-8", newline="\n")
    return [f"The template was recognised as {frame}.", "In that folder: ollama create NAME -f Modelfile"]


FORMATS: dict[str, Callable[[Source, Path], list[str]]] = {
    "merged": _merged,
    "peft": _peft,
    "mlx": _mlx,
    "gguf": _gguf,
    "gguf-lora": _gguf_lora,
    "ollama": _ollama,
}
