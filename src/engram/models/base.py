"""What a base model is to everyone else: an identity, a folder, a renderer and a few numbers.

Not here: finding one (`resolve.py`), or loading its weights (`backends`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram.types import Renderer


@dataclass(frozen=True, slots=True)
class Base:
    """A base model that lies on this machine.

    `id` is "seedling", a Hub id, or a folder's name with a digest of its weights; never a local path;
    `revision` is a Hub commit or a sha256 over the weights; `config` is the parsed config.json;
    `context` is the longest sequence in tokens; `digest` names id, revision and renderer in one string.
    `template` is the name of a chosen chat template, "" for the model's own; `notes` says how that was fitted
    to the model, for a person.
    """

    id: str
    revision: str
    folder: Path
    config: Mapping[str, Any]
    renderer: Renderer
    context: int
    template: str = ""
    notes: tuple[str, ...] = ()

    @property
    def architecture(self) -> str:
        """Transformers class name, such as LlamaForCausalLM."""
        names = self.config.get("architectures") or ["unknown"]
        return str(names[0])

    @property
    def digest(self) -> str:
        return f"{self.id}@{self.revision}+{self.renderer.digest}"

    @property
    def vocabulary_size(self) -> int:
        return int(self.config["vocab_size"])
