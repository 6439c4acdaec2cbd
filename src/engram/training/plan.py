"""Which rows are trained in which step: numpy only, the same for every backend, a pure function of a seed.

Each pass shuffles the taught rows and sees each of them exactly once, the last partial batch included. Rows
of similar length share a batch: within windows of the shuffled order rows are sorted by length, and the
window's batches are shuffled again. Replay rows are mixed into every step, in a rotation of their own that
shows each once before any twice. Passes are computed when asked for, so a plan has no end.

Not here: learning rates (schedule.py), when to stop (stopping.py), token ids (batches.py).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
_NOBODY: Indices = np.empty(0, dtype=np.int64)
WINDOW = 16  # batches sorted together: long enough to cut padding, short enough to keep batches random


@dataclass(frozen=True, slots=True)
class StepRows:
    """Rows of one step: positions in the taught set and in the replay set."""

    taught: Indices
    replayed: Indices


@dataclass(frozen=True, slots=True)
class Plan:
    """Order of training. `lengths` are the taught rows' tokens; `replay` rows per taught row, on average."""

    lengths: tuple[int, ...]
    replay_rows: int
    batch_size: int
    replay: float
    seed: int

    def __post_init__(self) -> None:
        if not self.lengths:
            raise ValueError("a plan needs at least one taught row")

    @property
    def steps_per_pass(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    @property
    def digest(self) -> str:
        """sha256 of everything that the order depends on."""
        parts = [self.lengths, self.replay_rows, self.batch_size, self.replay, self.seed, WINDOW]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def steps(self, pass_number: int) -> list[StepRows]:
        """The steps of one pass; the first pass is 0."""
        batches = self._taught(pass_number)
        seen = pass_number * len(self.lengths)
        result = []
        for taught in batches:
            result.append(StepRows(taught, self._replayed(seen, seen + len(taught))))
            seen += len(taught)
        return result

    def reached(self, steps: int) -> StepRows:
        """The rows that the first `steps` steps show: each once, in the order of their positions."""
        passes, rest = divmod(steps, self.steps_per_pass)
        begun = self._taught(passes)[:rest]
        shown = passes * len(self.lengths) + sum(map(len, begun))
        taught = np.arange(len(self.lengths)) if passes else np.sort(np.concatenate([*begun, _NOBODY]))
        if int(shown * self.replay) >= self.replay_rows:
            return StepRows(taught, np.arange(self.replay_rows))
        return StepRows(taught, np.sort(self._replayed(0, shown)))

    def _taught(self, pass_number: int) -> list[Indices]:
        random = np.random.default_rng([self.seed, 0, pass_number])
        order = random.permutation(len(self.lengths))
        lengths = np.array(self.lengths)
        batches: list[Indices] = []
        for start in range(0, len(order), WINDOW * self.batch_size):
            window = order[start : start + WINDOW * self.batch_size]
            window = window[np.argsort(lengths[window], kind="stable")]
            cut = [window[i : i + self.batch_size] for i in range(0, len(window), self.batch_size)]
            batches += [cut[i] for i in random.permutation(len(cut))]
        return batches

    def _replayed(self, before: int, after: int) -> Indices:
        """Replay rows that go with taught rows number `before` to `after` of the whole run."""
        if not self.replay_rows:
            return _NOBODY
        first, last = int(before * self.replay), int(after * self.replay)
        places = np.arange(first, last)
        rounds = {
            turn: np.random.default_rng([self.seed, 1, turn]).permutation(self.replay_rows)
            for turn in set((places // self.replay_rows).tolist())
        }
        chosen = [rounds[place // self.replay_rows][place % self.replay_rows] for place in places.tolist()]
        return np.array(chosen, dtype=np.int64)
