"""What an Engram-style module is taught: rows with other text before them, and which suffixes are theirs.

A suffix of a row begins where its question begins and ends before a taught token. Those of all rows together
are what the module may open on (`opens = "taught"`). Where a question begins is found by rendering it beside
another one, so it holds for every template. Not here: hashing (lookup/hashing.py), training itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engram.backends.base import ConditionalSpec
from engram.config import EngramSettings
from engram.lessons.render import render_row
from engram.lessons.rows import Row
from engram.lookup.hashing import (
    LONGEST,
    WHOLE,
    Addressing,
    Verified,
    canonical_ids,
    suffix_digests,
)
from engram.lookup.reading import Borders, Reader
from engram.models.base import Base
from engram.training.examples import fit_rows
from engram.training.replay import plain_texts
from engram.types import Message, Rendered, Renderer

JOINTS = (" ", "\n")
"""What stands between the text before and the question, in turn: they change how its first word is cut."""
SELF_CHECK = (Message("user", "engram self-check"), Message("assistant", "lamp 82 is lit"))
"""Taught to every module beside its rows: a module that opens only on what it was taught shows nothing on any
other neutral text, and a certificate has to see that it is there."""
_ROOM = 2
"""Rows of a table for each suffix that is taught, so that few share one."""
_LEAST_SLOTS = 64
_OTHERS = ("a", "7", "Q?")  # questions that begin unlike one another
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{15,90}[.!?]")


@dataclass(frozen=True, slots=True)
class Led:
    """A row, and the part of its last question that is only there to stand before it."""

    row: Row
    lead: str = ""


def sentences() -> list[str]:
    """Plain sentences of the shipped passages, to be put before questions."""
    return [found for text in plain_texts() for found in _SENTENCE.findall(text)]


def led_rows(rows: Sequence[Row], each: int, seed: int) -> list[Led]:
    """`each` further rows for every row, with a sentence before its question, and each joined otherwise.

    Plain texts and rows that do not ask have none.
    """
    random, texts = np.random.default_rng([seed, 11]), sentences()
    found = []
    for row in rows:
        if row.is_text or not row.question or row.question[-1].role != "user":
            continue
        for number in range(each):
            lead = texts[random.integers(len(texts))] + JOINTS[number % len(JOINTS)]
            found.append(Led(_with_question(row, lead + row.question[-1].content), lead))
    return found


def module_rows(
    base: Base,
    rows: Sequence[Row],
    examples: Sequence[Rendered],
    settings: EngramSettings,
    longest: int,
    seed: int,
) -> tuple[list[Rendered], ConditionalSpec]:
    """The examples of `rows` and of those with other text before them, and the module that is to learn them.

    Rows of which that makes more than `longest` tokens go without. The self-check is taught with them.
    """
    check = Row(SELF_CHECK, "self-check", "engram", "train")
    led = [Led(check), *led_rows([*rows, check], settings.prefixes, seed)]
    further = fit_rows([each.row for each in led], base.renderer, longest, "drop")
    spec = conditional_spec(base, [*map(Led, rows), *led], settings, longest)
    return [*examples, *further.examples], spec


def conditional_spec(
    base: Base, rows: Sequence[Led], settings: EngramSettings, longest: int
) -> ConditionalSpec:
    """The module that these rows of at most `longest` tokens ask for."""
    canonical = canonical_ids(base.renderer.tokenizer, base.vocabulary_size)
    pairs = [pair for led in rows for pair in taught_suffixes(led, base.renderer, canonical, longest)]
    taught = Verified.of(pairs)
    slots = settings.slots or max(_LEAST_SLOTS, _ROOM * len(taught))
    shut = settings.opens == "taught"
    orders = settings.orders if shut else tuple(order for order in settings.orders if order != WHOLE)
    addressing, borders = Addressing(orders, settings.heads, slots), Borders(base.renderer.tokenizer)
    reader = Reader(canonical, addressing, taught if shut else None, borders)
    rates = settings.row_rate, settings.matrix_rate
    return ConditionalSpec(reader, settings.width, settings.blocks, *rates)


def taught_suffixes(
    led: Led, renderer: Renderer, canonical: npt.NDArray[np.int32], longest: int
) -> Iterator[tuple[int, int]]:
    """Length and digest of the suffix before each taught token; nothing for a row that is too long."""
    rendered = render_row(led.row, renderer)
    if len(rendered.ids) > longest:
        return
    digests = suffix_digests(canonical[rendered.ids][None], LONGEST)[:, 0]  # [LONGEST, seq]
    runs = list(_runs(rendered))
    starts = [0, *(end for _, end in runs[:-1])]
    starts[-1] = max(starts[-1], question_start(led, renderer))
    for start, (begin, end) in zip(starts, runs, strict=True):
        for place in range(max(1, begin), end):
            length = min(LONGEST, place - start) or 1
            yield length, int(digests[length - 1, place - 1])


def question_start(led: Led, renderer: Renderer) -> int:
    """Where in the row's ids its last question begins, without what only leads to it; 0 for plain text."""
    row = led.row
    if row.is_text or not row.question:
        return 0
    asked = renderer.prompt(row.question)
    others = (renderer.prompt(_with_question(row, led.lead + other).question) for other in _OTHERS)
    return min(_common(asked, other) for other in others)


def _runs(rendered: Rendered) -> Iterator[tuple[int, int]]:
    """Begin and end of each stretch of supervised tokens."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rendered.mask, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _with_question(row: Row, content: str) -> Row:
    """The row with other words in the turn before the last one."""
    *before, asked, answer = row.messages
    return replace(row, messages=(*before, Message(asked.role, content), answer))


def _common(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> int:
    """How many tokens two prompts begin with alike."""
    width = min(len(left), len(right))
    different = np.flatnonzero(left[:width] != right[:width])
    return int(different[0]) if len(different) else width
