"""The guard on the exam, beside detect-secrets and Presidio's pattern recognisers, in one run.

Recall: of how many samples every planted character was found. False flags: in how many clean lines anything
was found. detect-secrets looks for secrets only, Presidio's recognisers for personal data only (its language
model, which finds names, is left out), and each is asked about what it is for. Both with their own defaults;
of Presidio what it scores 0.4 or more. Processor time per line is of the same lines.

Run: `python -m benchmarks.privacy [--count 2000] [--seed 3] [--json FILE]` (extra `privacy`)
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.support.exam import clean, handwritten, marking, personal, secrets
from tests.support.exam.samples import Sample
from tests.support.exam.unsafe import ORDINARY, SAFE_LINES, UNSAFE_LINES, held_out

from engram.privacy.findings import SECRETS
from engram.privacy.guard import PrivacyGuard
from engram.privacy.unsafe import unsafe_kinds

Spans = list[tuple[int, int]]
Find = Callable[[str], Spans]


def ours(wanted: Callable[[str], bool]) -> Find:
    """Our findings of the types wanted."""
    guard = PrivacyGuard()
    return lambda text: [(one.start, one.end) for one in guard.find(text) if wanted(one.type)]


def detect_secrets() -> Find:
    """detect-secrets with its default plugins and filters, on files, as it is used on repositories.

    Asked for single lines it searches more eagerly, and flags nine of ten clean ones.
    """
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    def find(text: str) -> Spans:
        spans: Spans = []
        with default_settings(), tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sample.txt"
            file.write_text(text + "\n", encoding="utf-8")
            for found in scan_file(str(file)):
                value = found.secret_value or ""
                if value and (start := text.find(value)) >= 0:
                    spans.append((start, start + len(value)))
        return spans

    return find


def presidio(least: float = 0.4) -> Find:
    """All of Presidio's recognisers that work by pattern, check sum or phone number library."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    kinds = [getattr(predefined_recognizers, name) for name in predefined_recognizers.__all__]
    recognisers: list[Any] = []
    for kind in kinds:
        if not isinstance(kind, type):
            continue  # one that is None, since its library is missing
        if issubclass(kind, PatternRecognizer) or kind.__name__ == "PhoneRecognizer":
            recognisers.append(kind())

    def find(text: str) -> Spans:
        found = (one.analyze(text, one.supported_entities, None) or () for one in recognisers)
        return [(hit.start, hit.end) for hits in found for hit in hits if hit.score >= least]

    return find


def rate(mark: marking.Mark) -> dict[str, float]:
    return {"n": mark.n, "found": mark.count, "rate": round(mark.rate, 4), "lower": round(mark.lower, 4)}


def recalls(find: Find, samples: Sequence[Sample], by: str) -> dict[str, dict[str, float]]:
    return {name: rate(mark) for name, mark in marking.recall(find, samples, by=by).items()}


def false_flags(find: Find, lines: Iterable[Any]) -> dict[str, float]:
    mark = marking.false_flags(find, lines)["all"]
    return {"n": mark.n, "flagged": mark.count, "per_1000": round(1000 * mark.rate, 2)}


def milliseconds(find: Find, texts: Sequence[str]) -> dict[str, float]:
    """Median and 95th percentile of processor time per text."""
    taken = []
    for text in texts:
        begun = time.process_time()
        find(text)
        taken.append(1000 * (time.process_time() - begun))
    return {
        "median": round(statistics.median(taken), 2),
        "p95": round(statistics.quantiles(taken, n=20)[-1], 2),
    }


def turns(count: int, characters: int, seed: int) -> list[str]:
    """Texts of this length from clean lines, with something sensitive in every tenth."""
    lines = iter(clean.clean_lines(count=count * (characters // 40 + 2), seed=seed))
    planted = secrets.samples(count=count, seed=seed)
    made = []
    for number in range(count):
        text = planted[number].text + "\n" if number % 10 == 0 else ""
        while len(text) < characters:
            text += next(lines).text + "\n"
        made.append(text[:characters])
    return made


def written() -> dict[str, Any]:
    """The lines written by hand: found of planted, by type, and clean ones that were flagged."""
    find, counts = ours(lambda kind: True), dict[str, list[int]]()
    flagged = 0
    for line in handwritten.LINES:
        hidden = {place for start, end in find(line.text) for place in range(start, end)}
        flagged += bool(hidden and not line.planted)
        for start, end, kind in line.planted:
            found = counts.setdefault(kind, [0, 0])
            found[0] += set(range(start, end)) <= hidden
            found[1] += 1
    return {"found_of": counts, "clean_flagged": flagged}


def unsafe() -> dict[str, Any]:
    """Recall and false flags on the lines that no rule was tuned on, and on the first lists whole."""

    def share(lines: Sequence[Any]) -> list[int]:
        return [sum(bool(unsafe_kinds(line.text)) for line in lines), len(lines)]

    unseen = held_out()
    return {
        "unseen_found": share([line for line in unseen if line.unsafe]),
        "unseen_false": share([line for line in unseen if not line.unsafe]),
        "all_found": share(UNSAFE_LINES),
        "all_false": share(SAFE_LINES),
        "ordinary_false": [sum(bool(unsafe_kinds(line)) for line in ORDINARY), len(ORDINARY)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    planted = secrets.samples(count=asked.count, seed=asked.seed)
    people = personal.samples(count=asked.count, seed=asked.seed)
    lines = clean.clean_lines(count=asked.count, seed=asked.seed)
    ours_secrets, ours_people = ours(lambda kind: kind in SECRETS), ours(lambda kind: kind not in SECRETS)
    rivals, analyzer = detect_secrets(), presidio()
    short, long = turns(100, 500, asked.seed), turns(6, 20_000, asked.seed)
    found = {
        "secrets": {
            "engram": recalls(ours(lambda kind: True), planted, "wrapper"),
            "detect-secrets": recalls(rivals, planted, "wrapper"),
        },
        "personal": {
            "engram": recalls(ours(lambda kind: True), people, "type"),
            "presidio": recalls(analyzer, people, "type"),
        },
        "false_flags": {
            "engram, secrets": false_flags(ours_secrets, lines),
            "detect-secrets": false_flags(rivals, lines),
            "engram, personal": false_flags(ours_people, lines),
            "presidio": false_flags(analyzer, lines),
        },
        "milliseconds": {
            "engram, 500 characters": milliseconds(ours(lambda kind: True), short),
            "detect-secrets, 500 characters": milliseconds(rivals, short),
            "presidio, 500 characters": milliseconds(analyzer, short),
            "engram, 20 kB": milliseconds(ours(lambda kind: True), long),
        },
        "handwritten": written(),
        "unsafe": unsafe(),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
