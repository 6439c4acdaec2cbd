"""What every job needs, in one value: where, by which settings, on which base and backend, watched by whom.

Not here: finding those things (cli), or the jobs (teach.py and the rooms beside it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engram.backends.base import Backend, LoadedModel
from engram.config import Settings
from engram.home import Home
from engram.models.base import Base


class Watcher(Protocol):
    """Told what is going on; a progress bar, or nobody."""

    def stage(self, name: str) -> None: ...

    def update(self, done: int, total: int, note: str = "") -> None: ...

    def note(self, sentence: str) -> None: ...


class Nobody:
    """A watcher that does not look."""

    def stage(self, name: str) -> None:
        pass

    def update(self, done: int, total: int, note: str = "") -> None:
        pass

    def note(self, sentence: str) -> None:
        pass


@dataclass(frozen=True)
class Job:
    """What every job needs: where, with what, on what, and who watches."""

    home: Home
    settings: Settings
    base: Base
    backend: Backend
    watcher: Watcher = field(default_factory=Nobody)

    def load(self, adapter: Path | None = None) -> LoadedModel:
        """The base, with an adapter or bare, in the quantization that the settings ask for."""
        return self.backend.load(self.base, adapter, "4bit" if self.settings.model.load_in_4bit else None)
