"""One row of a file of facts, from cells of text or from JSON: what it may hold, and what is wrong with it.

Not here: the files (fact_files.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engram.errors import UsageError
from engram.lessons.schema import Found, Problems, shorten, text_problem
from engram.store.entries import clean, moment, stamp
from engram.store.fact_options import ENDS, FactOptions, check_options
from engram.store.facts import Told, identity
from engram.store.tags import check_tags, may_store, parse_tags

FIELDS = ("key", "value", "aliases", "probability", "end", "namespace", "tags", "said_at")
TextRow = Mapping[str, Any]
"""Cells by column; "" holds what stands beyond the last one."""


def from_text(cells: TextRow, file: Path, line: int, problems: Problems) -> Told | None:
    """A row of a table. An empty cell is as if its column were not there."""
    if "" in cells:
        problems.add(str(file), line, "this row has more cells than there are columns.")
        return None
    given: dict[str, Any] = {
        name: text for name, text in cells.items() if text.strip() or name in ("key", "value")
    }
    if "aliases" in given:
        given["aliases"] = [alias for alias in given["aliases"].splitlines() if alias.strip()]
    if "tags" in given:
        given["tags"] = given["tags"].replace(",", " ").split()
    if "probability" in given:
        try:
            given["probability"] = float(given["probability"])
        except ValueError:
            problems.add(str(file), line, f"the probability {shorten(given['probability'])} is no number.")
            return None
    return from_json(given, file, line, problems)


def from_json(given: Any, file: Path, line: int, problems: Problems) -> Told | None:
    """A row as JSON values; None if something is wrong with it, which `problems` then says."""
    before = problems.count
    for sentence in _wrong(given):
        problems.add(str(file), line, sentence)
    if problems.count > before:
        return None
    with _problems_of(file, line, problems):
        return _told(given, f"{file.name}:{line}")
    return None


def told_twice(told: Iterable[Told]) -> Iterator[tuple[Told, Told]]:
    """Each fact whose key comes again, with the next one of that key."""
    last: dict[tuple[str, str], Told] = {}
    for fact in told:
        place = identity(fact.key, fact.namespace)
        if place in last:
            yield last[place], fact
        last[place] = fact


def _told(given: Mapping[str, Any], place: str) -> Told:
    """Raises UsageError for what only a rule of the store forbids."""
    value, written = parse_tags(given["value"])
    tags = written | check_tags(given.get("tags") or ())
    if not may_store(tags):
        raise UsageError("what is tagged #private is never written down", "take the row out.")
    if not identity(given["key"], "")[1] or not value.strip():
        raise UsageError("nothing is left of its key or value", "take the row out.")
    aliases, share = given.get("aliases"), given.get("probability")
    told = Told(
        key=given["key"],
        value=value,
        aliases=None if aliases is None else tuple(aliases),
        probability=share,
        end=given.get("end"),
        namespace=given.get("namespace") or "",
        tags=tags,
        said_at=stamp(moment(given["said_at"])) if given.get("said_at") else None,
        place=place,
    )
    check_options(FactOptions(told.aliases or (), None if share == 1 else share, "stop", told.namespace))
    return told


@contextmanager
def _problems_of(file: Path, line: int, problems: Problems) -> Iterator[None]:
    """What a rule forbids, as a problem of this line."""
    try:
        yield
    except UsageError as error:
        sentence = f"{error.message.rstrip('.')}: {error.hint}" if error.hint else error.message
        problems.add(str(file), line, sentence[:1].lower() + sentence[1:])


def _wrong(given: Any) -> Iterator[str]:
    """What is wrong with the kinds of the values, a sentence each."""
    if not isinstance(given, dict):
        yield "this is no JSON object; a fact has at least a key and a value."
        return
    for name in (name for name in given if name not in FIELDS):
        yield f"{shorten(str(name))} is not a known key; a fact has {', '.join(FIELDS)}."
    for name in ("key", "value"):
        if sentence := _text_problem(name, given.get(name)):
            yield sentence
    for name in ("aliases", "tags"):
        texts = given.get(name)
        if texts is not None and not (isinstance(texts, list) and all(map(_is_text, texts))):
            yield f"'{name}' must be a list of texts."
    share = given.get("probability")
    if share is not None and (isinstance(share, bool) or not isinstance(share, (int, float))):
        yield "'probability' must be a number."
    for name in ("namespace", "said_at"):
        if given.get(name) is not None and not _is_text(given[name]):
            yield f"'{name}' must be text."
    if given.get("end") not in (None, *ENDS):
        yield f"'end' must be {' or '.join(ENDS)}."


def _text_problem(name: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"this fact has no '{name}'." if value is None else f"'{name}' must be text: quote it."
    return text_problem(name, Found("text", value, 0))


def _is_text(value: Any) -> bool:
    """A text that UTF-8 can hold."""
    return isinstance(value, str) and clean(value) == value
