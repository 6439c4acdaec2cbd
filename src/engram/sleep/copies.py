"""Which memories say the same: equal but for case, accents and spaces, or long and nearly equal. Pure.

Not here: how alike two texts are (store/minhash.py), and which of several copies is taught (caps.py).
"""

from __future__ import annotations

from engram.sleep.memories import Memory
from engram.store.minhash import bands, exact_key, near


class Copies:
    """Numbers for memories, equal for those that say the same."""

    def __init__(self) -> None:
        self._by_key: dict[int, int] = {}
        self._by_band: dict[int, list[tuple[str, int]]] = {}
        self._count = 0

    def of(self, memory: Memory) -> tuple[int, bool]:
        """The number of a memory, and whether it is the first of that number."""
        text = f"{memory.question}\n{memory.answer}"
        key, found = exact_key(text, memory.kind), bands(text)
        number = self._by_key.get(key, self._near(text, found))
        first = number is None
        if number is None:
            number, self._count = self._count, self._count + 1
            for band in found:
                self._by_band.setdefault(band, []).append((text, number))
        self._by_key.setdefault(key, number)
        return number, first

    def _near(self, text: str, found: list[int]) -> int | None:
        others = dict.fromkeys(other for band in found for other in self._by_band.get(band, ()))
        return next((number for other, number in others if near(text, other)), None)
