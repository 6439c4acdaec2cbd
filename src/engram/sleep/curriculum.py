"""What a night teaches and asks: memories as lessons, and probes in wordings that are never trained.

Each night teaches everything that is remembered, new and old, so that adapters do not pile up on adapters.
Not here: where memories come from (memories.py), training, or asking.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from engram.config import DataSettings
from engram.lessons.build import Lessons, build_lessons
from engram.lessons.schema import Pattern
from engram.measure.probes import Probe, probes_from_rows, subset
from engram.sleep.augment import Variant, add_variants
from engram.sleep.memories import Memory

SET = "memories"
MOST_OLD = 600
"""Questions about earlier nights, at most: a few hundred, or chance alone would fail the gate's 5 points."""


@dataclass(frozen=True, slots=True)
class Curriculum:
    """Rows to train, and rephrased questions about what is new and what the adapter in service was taught.

    `entries` are all that the rows are made from. Probes are clustered by a memory's first entry and its
    place among those of that entry, so that results hold no text.
    """

    lessons: Lessons
    new: tuple[Probe, ...]
    old: tuple[Probe, ...]
    entries: tuple[int, ...]


def curriculum(
    remembered: Sequence[Memory],
    taught: Collection[int],
    settings: DataSettings,
    variants: Sequence[Variant] = (),
) -> Curriculum:
    """Lessons from memories; `taught` are the entries that the adapter in service was trained on, `variants`
    other questions for these memories (augment.py), which are trained and never asked.

    Raises LessonError when there is no memory.
    """
    patterns = [_pattern(memory) for memory in remembered]
    sources = [pattern.id for pattern in patterns]
    lessons = add_variants(build_lessons(patterns, settings), remembered, sources, variants)
    names = _names(remembered)
    known = {p.id for p, m in zip(patterns, remembered, strict=True) if set(m.entries) <= set(taught)}
    asked = [probe for probe in probes_from_rows(lessons.test) if probe.split == "rephrased"]
    new = [probe for probe in asked if probe.cluster not in known]
    old = [probe for probe in asked if probe.cluster in known]
    return Curriculum(
        lessons,
        _renamed(new, names),
        subset(_renamed(old, names), MOST_OLD),
        tuple(sorted({number for memory in remembered for number in memory.entries})),
    )


def _pattern(memory: Memory) -> Pattern:
    return Pattern(memory.question, memory.answer, memory.kind, False, SET, f"entry {memory.entries[0]}")


def _names(remembered: Sequence[Memory]) -> dict[str, str]:
    """For each pattern a name that says which entry it is from, and nothing of its text."""
    names: dict[str, str] = {}
    count: dict[int, int] = {}
    for memory in remembered:
        first = memory.entries[0]
        count[first] = count.get(first, 0) + 1
        names[_pattern(memory).id] = f"{first}.{count[first]}"
    return names


def _renamed(probes: Sequence[Probe], names: dict[str, str]) -> tuple[Probe, ...]:
    return tuple(
        replace(probe, id=f"{names[probe.cluster]}-{number}", cluster=names[probe.cluster])
        for number, probe in enumerate(probes)
    )
