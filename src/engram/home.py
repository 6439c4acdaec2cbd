"""Where things lie: every path below one home, and the grammar of names that may become part of one.

Not here: reading or writing what lies there.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engram.errors import BadName, StorageError, UsageError

ENVIRONMENT_VARIABLE = "ENGRAM_HOME"

# Letters, digits, dot, dash, underscore; starts with a letter or digit; no dot at the end and no double
# dot, so that a name is one ordinary path component on every file system.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){0,63}\Z")
_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
)


def check_name(kind: str, name: str) -> str:
    """Return `name` if it may serve as one path component, else raise BadName. `kind` is for the message."""
    if _NAME.match(name) and name.split(".")[0].lower() not in _WINDOWS_DEVICES:
        return name
    shown = repr(name if len(name) <= 80 else name[:77] + "...")
    raise BadName(
        f"{shown} is not a valid {kind} name.",
        "Use 1-64 letters, digits, '-', '_' or single dots, beginning with a letter or digit.",
    )


def plain_name(text: str) -> str:
    """`text` for use inside an identifier: letters, digits, '-', '_' and '.', at most 80 of them, so that no
    tool can take it for a path. Everything else becomes '-'; several texts may become one."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:80] or "unnamed"


@dataclass(frozen=True, slots=True)
class Home:
    """One mind: its settings, ledger, adapters, runs and caches."""

    root: Path

    @classmethod
    def find(cls, explicit: Path | None = None) -> Home:
        """`--home`, else $ENGRAM_HOME, else the platform's data directory. Nothing is created."""
        if explicit is None and (from_environment := os.environ.get(ENVIRONMENT_VARIABLE)):
            explicit = Path(from_environment)
        if explicit is not None:
            try:
                return cls(explicit.expanduser().absolute())
            except RuntimeError:
                raise UsageError(
                    f"{explicit} names a user that is not here.", "Write the path out."
                ) from None
        return cls.default()

    @classmethod
    def default(cls) -> Home:
        """The one in the platform's data directory."""
        return cls(Path(platformdirs.user_data_dir("engram", appauthor=False)))

    def create(self) -> Home:
        """Make the folders, readable by their owner only. Raises StorageError if that is impossible."""
        try:
            for folder in (self.root, self.adapters, self.runs, self.cache):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The home folder {self.root} cannot be written: {error.strerror}.",
                f"Choose another with --home or {ENVIRONMENT_VARIABLE}.",
            ) from error
        return self

    @property
    def settings(self) -> Path:
        return self.root / "engram.toml"

    @property
    def database(self) -> Path:
        return self.root / "memory.db"

    @property
    def adapters(self) -> Path:
        return self.root / "adapters"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def lookup(self) -> Path:
        return self.root / "lookup"

    @property
    def cache(self) -> Path:
        """Derived files that can be deleted at any time."""
        return self.root / "cache"

    def adapter(self, version: str) -> Path:
        return self.adapters / check_name("adapter", version)

    def run(self, run_id: str) -> Path:
        return self.runs / check_name("run", run_id)
