"""Facts told on purpose: a key and its value. A newer value supersedes the older one, which stays as history.

Not here: the table (ledger.py), looking facts up (lookup, answer/exact.py), or facts found in free talk.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from engram.errors import UsageError, Withheld
from engram.store.entries import REMEMBER, Entry, NewEntry, clean
from engram.store.fact_options import DEFAULT, End, FactOptions, check_options
from engram.store.ledger import Ledger
from engram.store.redactions import screen
from engram.store.tags import may_retrieve
from engram.types import Guard

Identity = tuple[str, str]
"""Namespace and normal key: what a newer fact replaces the older one by."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact to be remembered. What is None stays as the current fact of that key has it; without one there
    are no aliases, the answer is always the fact, and stops after it. A probability of 1 is "always".

    `said_at`: UTC in ISO 8601; None is now. `place` names it in messages, such as "ports.csv:12".
    """

    key: str
    value: str
    aliases: tuple[str, ...] | None = None
    probability: float | None = None
    end: End | None = None
    namespace: str = ""
    tags: frozenset[str] = frozenset()
    said_at: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of it: its entry, and the one that counted before (the same one if nothing was new)."""

    entry: Entry
    before: Entry | None

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def changed(self) -> bool:
        return self.entry != self.before


def unwatched(done: int) -> None:
    """Where progress goes when nobody looks."""


def normal_key(key: str) -> str:
    """What counts as the same key: without case, width and surplus spaces, and without a final ? . ! or :"""
    return " ".join(unicodedata.normalize("NFKC", key).casefold().split()).rstrip("?.!: ")


def remember(
    ledger: Ledger,
    key: str,
    value: str,
    *,
    source: str = REMEMBER,
    tags: frozenset[str] = frozenset(),
    session: int | None = None,
    said_at: str | None = None,
) -> Entry:
    """Write a fact down, in place of the current one of that key; the same value again changes nothing,
    and keeps the tags that it has.

    Raises UsageError if key or value is empty or it is #private, Withheld, StorageError.
    """
    told = Told(key, value, tags=tags, said_at=said_at)
    return remember_all(ledger, [told], source=source, session=session)[0].entry


def remember_all(
    ledger: Ledger,
    told: Sequence[Told],
    *,
    source: str = REMEMBER,
    session: int | None = None,
    progress: Callable[[int], None] = unwatched,
) -> list[Remembered]:
    """Write facts down in their order, all or none of them, in one transaction; of one key the last counts.

    `progress` is told how many the guard has seen. Raises as `remember` does.
    """
    new = _screened(ledger.guard, told, source, session, progress)
    with ledger.database.write():  # so that no other process remembers something in between
        return _follow(told, new, ledger.entries(kind="fact"), lambda entry: ledger.append(entry)[0])


def foresee(
    known: Iterable[Entry],
    told: Sequence[Told],
    guard: Guard | None,
    *,
    source: str = REMEMBER,
    progress: Callable[[int], None] = unwatched,
) -> list[Remembered]:
    """What `remember_all` would do in a ledger with these facts. Nothing is written: new entries have the
    number 0. Raises UsageError, Withheld."""
    return _follow(told, _screened(guard, told, source, None, progress), known, _unwritten)


def current(ledger: Ledger, key: str, namespace: str = "") -> Entry | None:
    """The newest fact of this key that is not forgotten."""
    return next(reversed(history(ledger, key, namespace)), None)


def history(ledger: Ledger, key: str, namespace: str = "") -> list[Entry]:
    """Every value of this key that is not forgotten, oldest first."""
    wanted = identity(key, namespace)
    return [entry for entry in ledger.entries(kind="fact") if identity_of(entry) == wanted]


def all_current(ledger: Ledger) -> list[Entry]:
    """The newest fact of each key, in the order in which they were told."""
    return sorted(_newest(ledger.entries(kind="fact")).values(), key=lambda entry: entry.id)


def looked_up(ledger: Ledger) -> list[Entry]:
    """Those of the current facts that may answer a question word for word, in the order told."""
    return [entry for entry in all_current(ledger) if may_look_up(entry)]


def may_look_up(entry: Entry) -> bool:
    """Not where a tag keeps it from being shown again, or a flag says that it is unsafe."""
    return may_retrieve(entry.tags) and not entry.flags


def digest(ledger: Ledger, entries: Iterable[Entry]) -> str:
    """sha256, in hex, over the numbers and digests of these facts: what is made from them carries it."""
    digests = dict(ledger.database.rows("SELECT id, digest FROM entry WHERE kind = 'fact'"))
    whole = hashlib.sha256()
    for entry in entries:
        whole.update(entry.id.to_bytes(8, "big") + digests[entry.id])
    return whole.hexdigest()


def generation(ledger: Ledger) -> int:
    """A number that grows with every change of a fact: told, tagged, unflagged or forgotten."""
    ((number,),) = ledger.database.rows("SELECT generation FROM fact_state")
    return int(number)


def identity(key: str, namespace: str) -> Identity:
    return namespace, normal_key(key)


def identity_of(entry: Entry) -> Identity:
    return identity(entry.key, entry.options.namespace)


def _newest(entries: Iterable[Entry]) -> dict[Identity, Entry]:
    return {identity_of(entry): entry for entry in entries}


def _screened(
    guard: Guard | None,
    told: Sequence[Told],
    source: str,
    session: int | None,
    progress: Callable[[int], None],
) -> list[NewEntry]:
    """As they may be written; before any transaction, since the guard takes longer than writing."""
    found = []
    for wish in told:
        try:
            found.append(screen(guard, _new(wish, source, session)))
        except Withheld as error:
            where = f"{wish.place}: " if wish.place else ""
            raise Withheld(f"{where}{error.message}", error.hint) from None
        progress(len(found))
    return found


def _new(wish: Told, source: str, session: int | None) -> NewEntry:
    """As it was told. Raises UsageError."""
    if not normal_key(wish.key) or not wish.value.strip():
        raise UsageError(
            "A fact needs a key and a value.", 'For instance: engram remember "dog\'s name" Rufo'
        )
    share = None if wish.probability == 1 else wish.probability
    return NewEntry(
        kind="fact",
        speaker="user",
        source=source,
        text=wish.value.strip(),
        key=" ".join(wish.key.split()),
        session=session,
        tags=wish.tags,
        said_at=wish.said_at,
        options=check_options(FactOptions(wish.aliases or (), share, wish.end or "stop", wish.namespace)),
    )


def _follow(
    told: Sequence[Told],
    new: Sequence[NewEntry],
    known: Iterable[Entry],
    write: Callable[[NewEntry], Entry],
) -> list[Remembered]:
    """One after the other, each after the current fact of its key."""
    newest, found = _newest(known), []
    for wish, entry in zip(told, new, strict=True):
        place = identity(entry.key, wish.namespace)
        before = newest.get(place)
        wanted = replace(entry, options=_options(wish, entry, before), replaces=before.id if before else None)
        if before is None or not _says(before, wanted):
            newest[place] = write(wanted)
        found.append(Remembered(newest[place], before))
    return found


def _options(wish: Told, new: NewEntry, before: Entry | None) -> FactOptions:
    """Those given, and the rest from the fact before it."""
    kept = before.options if before else DEFAULT
    return FactOptions(
        kept.aliases if wish.aliases is None else new.options.aliases,
        kept.probability if wish.probability is None else new.options.probability,
        wish.end or kept.end,
        wish.namespace,
    )


def _says(before: Entry, new: NewEntry) -> bool:
    """Whether a fact says all of a newer one already."""
    same = before.text == clean(new.text) and before.options == new.options
    return same and new.tags <= before.tags


def _unwritten(new: NewEntry) -> Entry:
    """An entry as it would be, but for number and time."""
    return Entry(
        0, "fact", "user", new.source, "", new.text, new.key, None, "", "", new.tags, 0, None,
        options=new.options,
    )  # fmt: skip
