"""The referee: every way to remember gets the same facts, is asked the same, and comes into one table.

What is done is kept in the folder of the result: broken off, it goes on where it was. Not here: the ways
(ways.py), or how the table is shown (table.py, page.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engram import __version__
from engram.disk import to_json, write_file
from engram.errors import UsageError
from engram.job import Job
from engram.measure.asking import readable
from engram.measure.probes import Probe, load_suite, load_texts, subset
from engram.referee.asking import Score, take
from engram.referee.facts import make_facts, make_questions
from engram.referee.ways import (
    DoesNotFit,
    Prepare,
    as_long_as,
    base_alone,
    in_context,
    lookup,
    lora,
    lora_replay,
    module,
    retrieval,
    together,
    trained_with,
)

_COUNT = ("model", "train", "data", "recall", "lookup")
SKILLS = 200
"""Questions of the skill suite that retention rests on."""


@dataclass(frozen=True, slots=True)
class Way:
    """`name` on the command line; `title` in the table; `means` in a sentence."""

    name: str
    title: str
    means: str
    prepare: Prepare


WAYS = (
    Way("base", "base alone", "The base, which was told nothing.", base_alone),
    Way("context", "all in context", "Every fact stands before every question.", in_context),
    Way("retrieval", "retrieval", "The ledger and its search, as in chat.", retrieval),
    Way("lookup", "exact lookup", "Facts remembered on purpose, answered word for word.", lookup),
    Way("lora", "LoRA", "An adapter trained on the facts alone.", lora),
    Way("lora-replay", "LoRA with replay", "An adapter trained as engram teach does.", lora_replay),
    Way("module", "Engram-style module", "A trained module, shown each question as it stands.", module),
    Way("together", "all together", "Exact lookup, notes, and the adapter of LoRA with replay.", together),
)
NAMES = tuple(way.name for way in WAYS)


def referee(job: Job, sizes: Sequence[int], names: Sequence[str], out: Path, seed: int) -> list[Score]:
    """A score for each way and each number of facts, the smallest number first.

    Raises UsageError, and what training and answering raise; what was done by then is kept in `out`.
    """
    if not sizes or min(sizes) < 10:
        raise UsageError("A comparison needs at least 10 facts.", "For instance: --facts 100.")
    skills, _ = readable(load_suite("skills"), job.base)
    chosen, texts = subset(skills, SKILLS), load_texts()
    scores = []
    for size in sorted(set(sizes)):
        for way in WAYS:
            if way.name in names:
                job.watcher.stage(f"{size:,} facts, {way.title}")
                scores.append(_once(job, way, size, chosen, texts, out, seed))
    return scores


def _once(
    job: Job, way: Way, size: int, skills: Sequence[Probe], texts: Sequence[str], out: Path, seed: int
) -> Score:
    """From the folder of the result if it is there already."""
    file = out / "parts" / f"{size}-{way.name}.json"
    counts = _what_counts(job, size, seed)
    if kept := _kept(file, counts):
        return kept
    facts, untold = make_facts(size, seed)
    # what is kept of a way that was broken off belongs to these settings and no others
    work = out / "work" / f"{size}-{_digest(counts)[:12]}" / way.name
    try:
        ready = way.prepare(job, facts, work)
        score = take(way.name, size, ready, make_questions(facts, untold, seed), skills, texts)
    except DoesNotFit as error:
        score = Score(way.name, size, reason=f"does not fit: {error}")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_file(file, to_json({"counts": counts, "score": score.to_json()}))
    return score


def _what_counts(job: Job, size: int, seed: int) -> dict[str, Any]:
    """What a score depends on."""
    settings = trained_with(job.settings, size).model_dump(mode="json")
    return {
        "engram": __version__,
        "facts": size,
        "seed": seed,
        "base": job.base.revision,
        "longest": asdict(as_long_as(size)),
        "settings": _digest({part: settings[part] for part in _COUNT}),
        **job.computing(),
    }


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(to_json(value)).hexdigest()


def _kept(file: Path, counts: Mapping[str, Any]) -> Score | None:
    try:
        said = json.loads(file.read_bytes())
        return Score.from_json(said["score"]) if said["counts"] == counts else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def check_names(names: Iterable[str]) -> tuple[str, ...]:
    """The ways of these names, all of them if none is given. Raises UsageError."""
    given = tuple(names) or NAMES
    for name in given:
        if name not in NAMES:
            raise UsageError(f"There is no way {name!r}.", f"There are: {', '.join(NAMES)}.")
    return given
