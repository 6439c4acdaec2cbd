"""Probes: questions with a known answer, from a data set's test rows or from a shipped suite.

Not here: asking them (measurement.py) or making them (lessons/, suites/).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, cast, get_args

from engram.errors import LessonError, UnknownName
from engram.lessons.rows import Row
from engram.lessons.schema import fold
from engram.types import Message

ProbeSplit = Literal["recall", "rephrased", "unseen", "retention"]
Match = Literal["prefix", "exact"]
SPLITS: tuple[ProbeSplit, ...] = get_args(ProbeSplit)
TEXTS = "heldout_text"
"""A shipped file beside the suites that holds texts, not questions."""
TAUGHT: tuple[ProbeSplit, ...] = ("recall", "rephrased")


@dataclass(frozen=True, slots=True)
class Probe:
    """One question. `match` says what counts as right: the answer begins with, or equals, `expected`.

    `category` is the pattern's category, or the skill where `split` is retention; probes of one `cluster`
    (one pattern) are not independent of each other.
    """

    id: str
    split: ProbeSplit
    category: str
    messages: tuple[Message, ...]
    expected: str
    match: Match
    cluster: str


def probes_from_rows(rows: Iterable[Row]) -> tuple[Probe, ...]:
    """One probe for each test row, in order; training and validation rows are left out."""
    probes = []
    for number, row in enumerate(rows):
        if row.split in ("train", "valid"):
            continue
        split = cast(ProbeSplit, row.split)
        name = f"{split}-{number:05d}"
        probes.append(Probe(name, split, row.category, row.question, row.expected, "prefix", row.source))
    return tuple(probes)


def load_suite(name: str) -> tuple[Probe, ...]:
    """The retention probes of a shipped suite, such as "skills". Raises UnknownName, LessonError."""
    if name not in suite_names():
        raise UnknownName(f"There is no suite called {name!r}.", f"There are: {', '.join(suite_names())}.")
    return parse_suite(_shipped()[name].read_text(encoding="utf-8"), f"{name}.jsonl")


def load_texts() -> tuple[str, ...]:
    """Shipped texts that no one trains on, for loss and perplexity: rows with a `text` each."""
    rows = _read_lines(_shipped()[TEXTS].read_text(encoding="utf-8"), f"{TEXTS}.jsonl", ("text",))
    return tuple(str(row["text"]) for row in rows)


def suite_names() -> list[str]:
    """The shipped suites, by name."""
    return sorted(set(_shipped()) - {TEXTS})


def parse_suite(text: str, where: str) -> tuple[Probe, ...]:
    """JSONL with id, skill, messages, expected, match. Raises LessonError naming every bad line."""
    rows = _read_lines(text, where, ("id", "skill", "messages", "expected", "match"))
    problems, probes, seen = [], [], set()
    for number, row in enumerate(rows, 1):
        if row["match"] not in get_args(Match):
            problems.append(f"{where}:{number}: match must be one of {', '.join(get_args(Match))}")
        elif not _is_suite_row(row):
            problems.append(f"{where}:{number}: id, skill, expected, and each role and content must be text")
        elif row["id"] in seen:
            problems.append(f"{where}:{number}: the id {row['id']!r} is used twice")
        else:
            seen.add(row["id"])
            probes.append(_suite_probe(row))
    if problems:
        raise LessonError(problems)
    return tuple(probes)


def subset(probes: Sequence[Probe], n: int, seed: int = 0) -> tuple[Probe, ...]:
    """About the same share of every split and category, `n` in all, in the original order.

    Places are shared out by largest remainder, so strata keep their proportions to within one probe.
    """
    if n >= len(probes):
        return tuple(probes)
    strata: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, probe in enumerate(probes):
        strata[probe.split, probe.category].append(index)
    draw = random.Random(seed)
    places = _share_out({key: len(members) * n / len(probes) for key, members in strata.items()}, n, draw)
    chosen = {index for key, members in strata.items() for index in draw.sample(members, places[key])}
    return tuple(probe for index, probe in enumerate(probes) if index in chosen)


def overlap(rows: Iterable[Row], probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """The probes whose whole question is also that of a row, but for case and white space.

    For what trains against a suite. Punctuation counts: "3 + 4" and "3 - 4" are different questions.
    """
    asked: dict[str, list[int]] = defaultdict(list)
    for place, probe in enumerate(probes):
        asked[_folded(probe.messages)].append(place)
    found = {place for row in rows for place in asked.get(_folded(row.question), ())}
    return tuple(probes[place] for place in sorted(found))


def _folded(messages: Sequence[Message]) -> str:
    return fold("\n".join(message.content for message in messages))


def probe_digest(probes: Sequence[Probe]) -> str:
    """sha256 over every field of every probe, in order: equal digests mean equal exams."""
    fields = [
        [p.id, p.split, p.category, [[m.role, m.content] for m in p.messages], p.expected, p.match, p.cluster]
        for p in probes
    ]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _share_out(wanted: Mapping[Any, float], n: int, draw: random.Random) -> dict[Any, int]:
    places = {key: int(share) for key, share in wanted.items()}
    order = sorted(wanted, key=lambda key: (places[key] - wanted[key], draw.random()))
    for key in order[: n - sum(places.values())]:
        places[key] += 1
    return places


def _is_suite_row(row: Mapping[str, Any]) -> bool:
    turns = row["messages"]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        return False
    texts = [
        row["id"],
        row["skill"],
        row["expected"],
        *(t.get(key) for t in turns for key in ("role", "content")),
    ]
    return all(isinstance(text, str) for text in texts)


def _suite_probe(row: Mapping[str, Any]) -> Probe:
    messages = tuple(Message(m["role"], m["content"]) for m in row["messages"])
    return Probe(row["id"], "retention", row["skill"], messages, row["expected"], row["match"], row["id"])


def _shipped() -> dict[str, Any]:
    folder = resources.files("engram.measure") / "suites"
    return {
        item.name.removesuffix(".jsonl"): item for item in folder.iterdir() if item.name.endswith(".jsonl")
    }


def _read_lines(text: str, where: str, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    rows, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            problems.append(f"{where}:{number}: not a JSON object")
            continue
        missing = [key for key in keys if key not in row]
        if missing:
            problems.append(f"{where}:{number}: without {', '.join(missing)}")
        rows.append(row)
    if problems:
        raise LessonError(problems)
    return rows
