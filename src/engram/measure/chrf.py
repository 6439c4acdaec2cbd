"""chrF: how alike two texts are by their character n-grams, from 0 (nothing shared) to 100 (the same).

With n-grams of 1 to 6 characters, white space left out, and recall weighing beta = 2 times as much as
precision. Source: Popovic, chrF: character n-gram F-score for automatic MT evaluation, WMT 2015, 392-395;
beta = 2 from her chrF deconstructed, WMT 2016, 499-504. Of several texts the counts are added up before
precision and recall are taken, and an answer's n-grams of a length that its golden text is too short for are
not counted, both as in sacreBLEU (Post, WMT 2018, 186-191). Not here: what is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

LONGEST_GRAM = 6
BETA = 2.0


def chrf(answer: str, golden: str) -> float:
    """How alike an answer is to the golden one, 0 to 100."""
    return corpus_chrf([(answer, golden)])


def corpus_chrf(pairs: Iterable[tuple[str, str]]) -> float:
    """The same over (answer, golden) pairs together; longer ones count for more.

    Lengths of n-grams that one side is too short for are left out of both averages. Two sides without any
    character are the same: 100; with none on one side, 0.
    """
    totals = [[0, 0, 0] for _ in range(LONGEST_GRAM)]
    empty = True
    for answer, golden in pairs:
        empty = empty and not (answer.strip() or golden.strip())
        for total, counts in zip(totals, _counts(answer, golden), strict=True):
            for place, count in enumerate(counts):
                total[place] += count
    if empty:
        return 100.0
    used = [total for total in totals if total[0] and total[1]]
    if not used:
        return 0.0
    precision = sum(shared / said for said, _, shared in used) / len(used)
    recall = sum(shared / wanted for _, wanted, shared in used) / len(used)
    if not precision + recall:
        return 0.0
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _counts(answer: str, golden: str) -> list[tuple[int, int, int]]:
    """For each length: n-grams of the answer, of the golden text, and how many they share."""
    said, wanted = "".join(answer.split()), "".join(golden.split())
    found = []
    for length in range(1, LONGEST_GRAM + 1):
        ours, theirs = _grams(said, length), _grams(wanted, length)
        found.append((ours.total() if theirs else 0, theirs.total(), (ours & theirs).total()))
    return found


def _grams(text: str, length: int) -> Counter[str]:
    return Counter(text[start : start + length] for start in range(len(text) - length + 1))
