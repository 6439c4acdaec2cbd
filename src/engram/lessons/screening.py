"""The guard over rows: the last look at what is trained and measured, whatever it was made from.

What the guard masks is masked in the row; a row with what may not be kept, or with unsafe content, is left
out, and both are counted. Not here: the guard itself, which is handed in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from engram.lessons.build import Lessons
from engram.lessons.rows import Row
from engram.types import Guard, Guarded, Message

MOST_REMEMBERED = 20_000
"""Texts whose outcome is remembered: rows of one pattern share question or answer."""


@dataclass
class Screening:
    """One pass of a guard over rows. `id` changes when the guard would do otherwise.

    `found` counts what was masked, by type, in texts that differ; `dropped` and `flagged` count rows that
    were left out.
    """

    guard: Guard
    id: str = ""
    found: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    _known: dict[str, Guarded] = field(default_factory=dict, repr=False)

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they may be trained; those that may not are left out."""
        for row in rows:
            done = [self._guarded(message.content) for message in row.messages]
            if kinds := {kind for one in done for kind in one.unsafe}:
                self.flagged.update(kinds)
                continue
            kept = [one.text for one in done if one.text is not None]
            if len(kept) == len(done):
                yield self._row(row, kept)
            else:
                self.dropped.update({kind for one in done if one.text is None for kind in one.found})

    def text(self, text: str, allowed: bool = False) -> str | None:
        """One text as it may be trained; None if it may not. `allowed` says that the user took its flags
        off."""
        done = self._guarded(text)
        flagged = () if allowed else done.unsafe
        self.flagged.update(flagged)
        if done.text is None:
            self.dropped.update(done.found)
        return None if flagged else done.text

    def _row(self, row: Row, texts: list[str]) -> Row:
        said = zip(row.messages, texts, strict=True)
        return replace(row, messages=tuple(Message(message.role, text) for message, text in said))

    def _guarded(self, text: str) -> Guarded:
        if text not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[text] = done = self.guard(text)
            if done.text is not None:
                self.found.update(done.found)
        return self._known[text]

    @property
    def outcomes(self) -> tuple[Guarded, ...]:
        """For the audit: what was masked, dropped and flagged, without any text."""
        masked = Guarded("", dict(self.found), {}, tuple(sorted(self.flagged)))
        return tuple(one for one in (masked, Guarded(None, dict(self.dropped))) if one.found or one.unsafe)

    def notes(self) -> tuple[str, ...]:
        """In sentences, for people."""
        told = []
        if self.found:
            told.append(f"Masked before training: {_listed(self.found)}. See engram privacy report.")
        if self.dropped:
            told.append(f"Rows left out, as the privacy settings say: {_listed(self.dropped)}.")
        if self.flagged:
            told.append(f"Rows left out as unsafe: {_listed(self.flagged)}.")
        return tuple(told)


def screen_lessons(lessons: Lessons, screening: Screening) -> Lessons:
    """The lessons as they may be trained and asked. Untouched ones keep their digest."""
    given = lessons.train, lessons.valid, lessons.test
    train, valid, test = (tuple(screening.rows(rows)) for rows in given)
    if (train, valid, test) == given:
        return lessons
    total = hashlib.sha256(f"screened\0{lessons.digest}".encode())
    for row in (*train, *valid, *test):
        total.update(f"\0{row.to_json()}".encode())
    notes = (*lessons.notes, *screening.notes())
    return Lessons(train, valid, test, lessons.settings, total.hexdigest(), notes)


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in sorted(found.items()))
