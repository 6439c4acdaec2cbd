"""The exact memory of a home: the facts of its ledger, looked up word for word with one base's tokens.

The ledger is the truth. The folder `lookup/exact` is made from it, names its entries, and is made anew when
the facts are not those it was made from. It is written while the database's write lock is held, so that no
forgetting comes between reading a fact and writing it there. Not here: which keys match (lookup), which
questions ask for one (asked.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from engram.answer.asked import asks_for
from engram.answer.fact_table import change, facts_of
from engram.backends.base import Ids, LogitsProcessor
from engram.backends.lookup import lookup_processor
from engram.config import LookupSettings
from engram.disk import disk_errors, read_folder, write_folder
from engram.errors import ArtifactError, StorageError
from engram.home import Home
from engram.lookup.cursor import Match
from engram.lookup.file import load, to_bytes
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.store import derived, facts
from engram.store.entries import Entry
from engram.store.ledger import Ledger
from engram.types import Renderer

FOLDER = "exact"
FILE = "facts.safetensors"


class ExactMemory:
    """Facts that answer for one base. What is told, tagged or forgotten counts from the next question on."""

    def __init__(
        self, ledger: Ledger, home: Home, renderer: Renderer, backend: str, settings: LookupSettings
    ) -> None:
        self._ledger = ledger
        self._folder = home.lookup / FOLDER
        self._renderer = renderer
        self._backend = backend
        self._settings = settings
        self._table = FactTable()
        self._generation: int | None = None

    def find(self, prompt: Ids, question: str) -> Match | None:
        """What answers the last question of a prompt; None where the model is to answer by itself. Raises
        StorageError."""
        self.refresh()
        if not len(self._table):
            return None
        match = self._lookup.match(prompt.tolist())
        return match if match and asks_for(question, match.name, self._settings) else None

    @cached_property
    def processor(self) -> LogitsProcessor:
        """What makes a model answer as `find` says."""
        return lookup_processor(self._lookup, self._backend)

    def refresh(self) -> None:
        """See what was told or forgotten since, here or in another program. Raises StorageError."""
        generation = facts.generation(self._ledger)
        if generation == self._generation:
            return
        entries = facts.looked_up(self._ledger)
        made_from = {
            "facts": facts.digest(self._ledger, entries),
            "tokenizer": self._renderer.tokenizer.digest,
        }
        if self._generation is not None or not self._load(made_from):
            change(self._table, facts_of(entries))
            with suppress(StorageError):  # the file saves time; where there is no room for it, none is saved
                self._write(generation, entries, made_from)
        self._generation = generation

    @cached_property
    def _lookup(self) -> Lookup:
        """On the table that the first refresh found."""
        settings = self._settings
        return Lookup(
            self._table,
            self._renderer,
            namespaces=settings.namespaces or None,
            contains=settings.when == "contains",
        )

    def _load(self, made_from: Mapping[str, str]) -> bool:
        """Whether the folder is whole and made from these facts; then the table is its."""
        try:
            if read_folder(self._folder).get("made_from") != made_from:
                return False
            self._table = load(self._folder / FILE, self._renderer.tokenizer)
        except (StorageError, ArtifactError):
            return False
        return True

    def _write(self, generation: int, entries: Sequence[Entry], made_from: Mapping[str, str]) -> None:
        """Make the folder, unless the facts have changed meanwhile. Raises StorageError."""
        contents = {
            FILE: to_bytes(self._table, self._renderer.tokenizer),
            derived.ENTRIES: derived.named(entry.id for entry in entries),
        }
        with self._ledger.database.write():
            if facts.generation(self._ledger) != generation:
                return
            derived.remove([self._folder])
            if entries:
                with disk_errors(self._folder):
                    self._folder.parent.mkdir(mode=0o700, exist_ok=True)
                write_folder(self._folder, contents, {"made_from": dict(made_from)})
