"""All facts of the exact memory, by canonical key: a dictionary, whose string equality is the verification.

A name is a key or an alias; within a namespace a key goes before an alias, and of two facts with one alias
the newer before the older. Nothing that is put is lost to another fact's alias, so that deleting a fact
leaves the table as if it had never been there. Not here: files (file.py), token ids (matching.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.lookup.canonical import canonical
from engram.lookup.facts import Fact
from engram.types import Tokenizer

Ids = Sequence[int] | npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Put:
    """What putting a fact changed.

    `replaced`: the fact that had the same canonical key. `merged`: pairs of different spellings, the earlier
    first, that the canonical form makes one key. `shadowed`: aliases that do not lead to their fact, because
    another fact has that key, or a newer one that alias.
    """

    replaced: tuple[Fact, ...] = ()
    merged: tuple[tuple[str, str], ...] = ()
    shadowed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Space:
    """One namespace: facts by canonical key, and which of them have an alias."""

    facts: dict[str, Fact] = field(default_factory=dict)
    aliases: dict[str, list[Fact]] = field(default_factory=dict)

    def find(self, name: str) -> Fact | None:
        fact = self.facts.get(name)
        if fact is None and self.aliases and (owners := self.aliases.get(name)):
            fact = max(owners, key=lambda owner: (owner.since, owner.key))
        return fact


class FactTable:
    """Changes are seen at once by everyone who looks things up in it. One writer at a time."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._spaces: dict[str, _Space] = {}
        # How many names have this length, and how many end with this character: most texts are no key's end.
        self.lengths: Counter[int] = Counter()
        self.endings: Counter[str] = Counter()
        self.longest = 0  # characters of the longest canonical name
        self._encoded: dict[tuple[str, str], Ids] = {}
        self._encoded_by = ""
        for fact in facts:
            self.put(fact)

    def __len__(self) -> int:
        return sum(len(space.facts) for space in self._spaces.values())

    def put(self, fact: Fact) -> Put:
        """Add a fact; one with the same canonical key in the same namespace is replaced."""
        key = canonical(fact.key)
        old = self._drop(key, fact.namespace)
        space = self._spaces.setdefault(fact.namespace, _Space())
        merged = _merged(space, fact, key, old)
        space.facts[key] = fact
        self._count(key, 1)
        for alias in _other_names(fact, key):
            space.aliases.setdefault(alias, []).append(fact)
            self._count(alias, 1)
        return Put((old,) if old else (), merged, _shadowed(space, fact, key))

    def delete(self, key: str, namespace: str = "") -> Fact | None:
        """Take out the fact with this key (not alias); None when there is none."""
        return self._drop(canonical(key), namespace)

    def get(self, key: str, namespace: str = "") -> Fact | None:
        """The fact that this key or alias leads to."""
        return self.find(canonical(key), (namespace,))

    def find(self, name: str, namespaces: Iterable[str]) -> Fact | None:
        """The fact that a canonical name leads to, in the first namespace that has it."""
        for namespace in namespaces:
            space = self._spaces.get(namespace)
            if space is not None and (fact := space.find(name)) is not None:
                return fact
        return None

    def facts(self) -> list[Fact]:
        """All of them, sorted by namespace and canonical key."""
        return [
            fact
            for namespace in self.namespaces()
            for _, fact in sorted(self._spaces[namespace].facts.items())
        ]

    def namespaces(self) -> tuple[str, ...]:
        """Sorted: the one without a name, if there is one, comes first."""
        return tuple(sorted(self._spaces))

    def encoded(self, fact: Fact, tokenizer: Tokenizer) -> Ids:
        """The ids that `tokenizer` gives the answer by itself, kept as long as the fact stays."""
        if self._encoded_by != tokenizer.digest:
            self._encoded, self._encoded_by = {}, tokenizer.digest
        place = fact.namespace, canonical(fact.key)
        if place not in self._encoded:
            self._encoded[place] = tokenizer.encode(fact.answer)
        return self._encoded[place]

    def take_encoded(self, ids: Iterable[tuple[Fact, Ids]], tokenizer: Tokenizer) -> None:
        """Answers of facts in this table as `tokenizer` gave them earlier."""
        self._encoded_by = tokenizer.digest
        self._encoded = {(fact.namespace, canonical(fact.key)): tokens for fact, tokens in ids}

    def _drop(self, key: str, namespace: str) -> Fact | None:
        space = self._spaces.get(namespace)
        fact = space.facts.pop(key, None) if space else None
        if space is None or fact is None:
            return None
        self._count(key, -1)
        for alias in _other_names(fact, key):
            owners = space.aliases[alias]
            owners.remove(fact)
            if not owners:
                del space.aliases[alias]
            self._count(alias, -1)
        self._encoded.pop((namespace, key), None)
        if not space.facts:
            del self._spaces[namespace]
        return fact

    def _count(self, name: str, change: int) -> None:
        """One name more (1) or less (-1)."""
        length, ending = len(name), name[-1]
        self.lengths[length] += change
        self.endings[ending] += change
        if not self.endings[ending]:
            del self.endings[ending]
        if not self.lengths[length]:
            del self.lengths[length]
            self.longest = max(self.lengths, default=0)
        elif length > self.longest:
            self.longest = length


def _other_names(fact: Fact, key: str) -> list[str]:
    """Canonical aliases, each once, without the key's own form."""
    return sorted({canonical(alias) for alias in fact.aliases} - {key})


def _merged(space: _Space, fact: Fact, key: str, old: Fact | None) -> tuple[tuple[str, str], ...]:
    """Spellings that were told apart until the canonical form was taken."""
    pairs = [(old.key, fact.key)] if old is not None and old.key != fact.key else []
    spellings: dict[str, str] = {}
    for name in fact.names():
        first = spellings.setdefault(canonical(name), name)
        if first != name:
            pairs.append((first, name))
    return tuple(pairs)


def _shadowed(space: _Space, fact: Fact, key: str) -> tuple[str, ...]:
    mine = [alias for alias in _other_names(fact, key) if space.find(alias) is not fact]
    taken = [key] if key in space.aliases else []
    return (*mine, *taken)
