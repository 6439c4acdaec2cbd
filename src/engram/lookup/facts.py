"""What the exact memory holds: one key, its answer, and how the answer is to be given.

Not here: which facts there are together (table.py), or where they come from (the ledger in store/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engram.errors import UsageError
from engram.lookup.canonical import canonical

End = Literal["stop", "release"]
SHORT = 6
"""Characters of a canonical key. Below this, everyday words match: `time` did at 89 of 8,192 positions."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`answer` follows `key`, or one of its `aliases`, within `namespace`.

    `probability`: how likely the answer is begun, 0 < p < 1; None: always. Once begun, it is finished.
    `end`: after the answer the model stops, or is released to write on. `source` is the ledger's entry and
    `since` the time in ISO form; both are handed through. Raises UsageError for what cannot be looked up.
    """

    key: str
    answer: str
    aliases: tuple[str, ...] = ()
    probability: float | None = None
    end: End = "stop"
    namespace: str = ""
    source: int | None = None
    since: str = ""

    def __post_init__(self) -> None:
        for name in self.names():
            if not canonical(name):
                raise UsageError("A key has no characters to look up.", "Write at least a few letters.")
        if not self.answer.strip():
            raise UsageError("A fact has no answer.", "Say what is to be answered.")
        if self.probability is not None and not 0 < self.probability < 1:
            raise UsageError(
                f"A probability of {self.probability} is not between 0 and 1.",
                "Leave it out, and the answer is always given.",
            )
        if self.end not in ("stop", "release"):
            raise UsageError(f"A fact cannot end with {self.end!r}.", "It ends with stop or release.")

    def names(self) -> Iterator[str]:
        """The key, then its aliases."""
        yield self.key
        yield from self.aliases


def short_key(key: str) -> bool:
    """Whether a key is so short that it is likely to end other people's sentences too."""
    return len(canonical(key)) < SHORT
