"""The marks of an exam: recall by family, type or surrounding, and false flags by kind, with exact bounds.

    table = recall(find, samples(count=2000), by="type")   # find: text -> (start, end) spans
    flags = false_flags(find, clean_lines(10_000))

Not here: the samples, and any `find`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.support.exam.samples import Clean, Sample, covered

Find = Callable[[str], Iterable[tuple[int, int]]]
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mark:
    """How many of n went the way they should, or should not."""

    n: int
    count: int

    @property
    def rate(self) -> float:
        return self.count / self.n if self.n else 0.0

    @property
    def lower(self) -> float:
        """The one-sided lower bound of the rate (Clopper and Pearson, 1934)."""
        return 1 - upper_bound(self.n - self.count, self.n)

    @property
    def upper(self) -> float:
        """The one-sided upper bound of the rate."""
        return upper_bound(self.count, self.n)


def at_most(count: int, n: int, rate: float) -> float:
    """The probability of `count` or fewer of n, by logarithms so that large n do not underflow."""
    if rate <= 0 or rate >= 1:
        return 1.0 if rate <= 0 or count >= n else 0.0
    yes, no, ways = math.log(rate), math.log1p(-rate), math.lgamma(n + 1)
    terms = (
        ways - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * yes + (n - k) * no for k in range(count + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def upper_bound(count: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate at which `count` or fewer of n would still come up with probability 1 - confidence."""
    if count >= n:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(count, n, middle) > 1 - confidence else (low, middle)
    return high


def recall(find: Find, samples: Iterable[Sample], by: str = "family") -> dict[str, Mark]:
    """Of how many samples every planted character was found, by an attribute of Sample; "all" sums them."""
    caught: dict[str, list[bool]] = defaultdict(list)
    for sample in samples:
        right = covered(sample, find(sample.text))
        caught[getattr(sample, by)].append(right)
        caught["all"].append(right)
    return marks(caught)


def missed(find: Find, samples: Iterable[Sample]) -> list[Sample]:
    """The samples that got through, to look at."""
    return [sample for sample in samples if not covered(sample, find(sample.text))]


def false_flags(find: Find, lines: Iterable[Clean]) -> dict[str, Mark]:
    """In how many clean lines something was found, by kind; "all" sums them."""
    flagged: dict[str, list[bool]] = defaultdict(list)
    for line in lines:
        wrong = bool(list(find(line.text)))
        flagged[line.kind].append(wrong)
        flagged["all"].append(wrong)
    return marks(flagged)


def marks(groups: Mapping[str, list[bool]]) -> dict[str, Mark]:
    return {name: Mark(len(values), sum(values)) for name, values in sorted(groups.items())}
