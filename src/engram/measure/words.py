"""What the four splits are called, for people: the one place where these names are written.

Not here: sentences about figures (verdict.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class SplitName(NamedTuple):
    """`title` heads a card, `short` fits a terminal column, `meaning` begins a sentence once capitalised."""

    title: str
    short: str
    meaning: str

    @property
    def sentence_start(self) -> str:
        return self.meaning[0].upper() + self.meaning[1:]


SPLIT_NAMES: Mapping[str, SplitName] = {
    "recall": SplitName("Recall", "what was taught", "taught prompts, asked as they were taught"),
    "rephrased": SplitName(
        "Rephrased", "in other words", "taught patterns, asked in wordings that were never trained"
    ),
    "unseen": SplitName("Unseen", "never taught", "members of the same families that were never taught"),
    "retention": SplitName("Retention", "old skills", "skills that the base model had before"),
}
