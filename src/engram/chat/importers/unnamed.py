"""Names for conversations whose export gives them none, or gives one name to several.

Without a name, a conversation is known by its first two texts; of several alike in one file, by their order.
Its turns are known by position alone: a digest of a turn's own text would let a forgotten one be guessed.
Not here: keys in the database (importing.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from engram.chat.importers.conversation import ImportedTurn


class Names:
    """Gives names to the conversations of one file, in its order."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def name(self, given: str, turns: Sequence[ImportedTurn]) -> str:
        """`given`, or a name from the first two texts; from the second time on with a number."""
        spoken = [turn for turn in turns if not turn.thinking][:2]
        opening = "\0".join(f"{turn.speaker}\0{turn.text}" for turn in spoken)
        found = given or f"opening {_digest(opening).hex()}"
        key = _digest(found)[:8]
        self._seen[key] += 1
        return found if self._seen[key] == 1 else f"{found} ({self._seen[key]})"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
