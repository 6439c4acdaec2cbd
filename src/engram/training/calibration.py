"""Trial steps of the real backend on synthetic rows, so that the time and memory of a run can be estimated.

The shapes are the same whatever batch or length is asked for, so one calibration serves them all. They grow,
so that the highest use of memory after each tells what that shape needs, and they end early on a slow
machine. Not here: what is made of the figures (estimate.py), or where they are kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engram.backends.base import Batch, LoadedModel, TrainSession
from engram.config import TrainSettings
from engram.errors import OutOfMemory, StorageError
from engram.training.batches import evaluation_batches, step_batches
from engram.training.checkpoint import tensor_bytes
from engram.training.estimate import Calibration, Trial
from engram.training.setup import train_spec
from engram.training.workload import Size, size_of
from engram.types import Rendered

Clock = Callable[[], float]

BUDGET_SECONDS = 20.0
"""After this long no further shape is tried, if there were enough."""
_ENOUGH = 4  # shapes
_STEPS, _STEP_SECONDS = 6, 1.2  # a shape is repeated so often, or for so long
_RATE = 1e-4  # the mlx session verifies that steps change something


@dataclass(frozen=True, slots=True)
class Shape:
    """Taught rows as (rows, tokens) pairs, and the share of their tokens that are targets; replayed rows as
    (rows, tokens, share); micro-batches."""

    taught: tuple[tuple[int, int], ...]
    share: float
    replayed: tuple[int, int, float]
    parts: int = 1


SHAPES = (
    Shape(((4, 48),), 0.3, (1, 40, 0.25)),
    Shape(((1, 104), (5, 12)), 0.3, (1, 20, 0.75)),  # almost all padding, unless batches are cut by length
    Shape(((6, 96),), 0.15, (2, 68, 0.25)),
    Shape(((20, 40),), 0.6, (5, 36, 0.5)),
    Shape(((5, 232),), 0.2, (1, 120, 0.6)),
    Shape(((22, 72),), 0.4, (5, 40, 0.25), parts=2),
    Shape(((12, 176),), 0.1, (3, 28, 0.25)),
    Shape(((28, 112),), 0.5, (7, 44, 0.6)),
    Shape(((26, 216),), 0.3, (6, 52, 0.4)),
)


def calibrate(load: Callable[[], LoadedModel], settings: TrainSettings, clock: Clock) -> Calibration:
    """Load the base, train a throw-away adapter on a few synthetic batches, and say what it took.

    `clock` counts seconds; what the program took before is for the caller to add. Raises what loading and
    training raise: ModelError, SettingsError, OutOfMemory.
    """
    began = clock()
    model = load()
    session = model.begin_training(train_spec(settings))
    load_seconds, loaded = clock() - began, model.peak_memory_bytes()
    state = session.state()  # a run holds one too, to go back to
    bench = _Bench(model, session, settings, clock)
    first_seconds = bench.first()
    trials = list(bench.trials())
    return Calibration(
        start_seconds=0.0,
        load_seconds=load_seconds + first_seconds,
        loaded_bytes=loaded,
        state_bytes=sum(value.nbytes for value in state.values()),
        state_seconds=_timed(clock, lambda: hashlib.sha256(tensor_bytes(session.state()))),
        unprepared=bench.unprepared(),
        trials=tuple(trials),
    )


class _Bench:
    """A session, and synthetic rows to try it on."""

    def __init__(
        self, model: LoadedModel, session: TrainSession, settings: TrainSettings, clock: Clock
    ) -> None:
        self._model, self._session, self._clock = model, session, clock
        self._replays = settings.replay > 0
        self._random = np.random.default_rng(0)
        self._next_id = 0
        self._last: tuple[Shape, float] | None = None

    def first(self) -> float:
        """What the first time costs more than the second: libraries load parts of themselves when used."""
        times = [_timed(self._clock, lambda: self._once(self._rows(SHAPES[0]))) for _ in range(2)]
        return max(0.0, times[0] - times[1])

    def trials(self) -> Iterator[Trial]:
        """One for each shape, until the time is used up or memory is."""
        began = self._clock()
        for number, shape in enumerate(SHAPES):
            if number >= _ENOUGH and self._clock() - began > BUDGET_SECONDS:
                return
            try:
                yield self._try(shape)
            except OutOfMemory:
                if number < _ENOUGH:
                    raise
                return

    def unprepared(self) -> float:
        """How many times as long a step takes on rows that were not prepared; at least 1."""
        if self._last is None:
            return 1.0
        shape, prepared = self._last
        with contextlib.suppress(OutOfMemory):
            return max(1.0, self._step_seconds(self._rows(shape), shape) / prepared)
        return 1.0

    def _try(self, shape: Shape) -> Trial:
        session, rows = self._session, self._rows(shape)
        taught, replayed, first_id = rows
        kept = evaluation_batches(taught, len(taught), first_id)
        keep_seconds, anchor_seconds = self._prepare_seconds(rows)
        again = self._prepare_seconds(self._rows(shape))
        step_seconds = self._step_seconds(rows, shape)
        session.evaluate(kept)
        evaluate_seconds = _timed(self._clock, lambda: session.evaluate(kept))
        self._last = (shape, step_seconds)
        return Trial(
            parts=_sizes_of(self._batches(rows, shape)),
            taught=tuple(map(size_of, taught)),
            replayed=tuple(map(size_of, replayed)),
            step_seconds=step_seconds,
            keep_seconds=(keep_seconds + again[0]) / 2,
            anchor_seconds=(anchor_seconds + again[1]) / 2,
            evaluate_seconds=evaluate_seconds,
            peak_bytes=self._model.peak_memory_bytes(),
        )

    def _once(self, rows: _Rows) -> None:
        """Everything that a session does, one time."""
        taught, _, first_id = rows
        self._prepare_seconds(rows)
        self._session.step(self._batches(rows, SHAPES[0]), _RATE)
        self._session.evaluate(evaluation_batches(taught, len(taught), first_id))

    def _prepare_seconds(self, rows: _Rows) -> tuple[float, float]:
        """For the taught rows, and for the replayed ones."""
        taught, replayed, first_id = rows
        kept = evaluation_batches(taught, len(taught), first_id)
        anchored = evaluation_batches(replayed, len(replayed) or 1, first_id + len(taught), anchored=True)
        prepare = self._session.prepare
        return _timed(self._clock, lambda: prepare(kept)), _timed(self._clock, lambda: prepare(anchored))

    def _step_seconds(self, rows: _Rows, shape: Shape) -> float:
        """Mean of a few steps, as a run's time is a sum; the first, which sets things up, does not count."""
        times: list[float] = []
        while len(times) < 2 or (len(times) < _STEPS and sum(times) < _STEP_SECONDS):
            times.append(_timed(self._clock, lambda: self._session.step(self._batches(rows, shape), _RATE)))
        return statistics.fmean(times[1:])

    def _batches(self, rows: _Rows, shape: Shape) -> list[Batch]:
        taught, replayed, first_id = rows
        row_ids = range(first_id, first_id + len(taught) + len(replayed))
        return step_batches(taught, replayed, row_ids, shape.parts)

    def _rows(self, shape: Shape) -> _Rows:
        """Fresh rows under ids of their own, no longer than the model reads."""
        taught = [self._row(tokens, shape.share) for rows, tokens in shape.taught for _ in range(rows)]
        rows, tokens, share = shape.replayed
        replayed = [self._row(tokens, share) for _ in range(rows * self._replays)]
        first_id, self._next_id = self._next_id, self._next_id + len(taught) + len(replayed)
        return taught, replayed, first_id

    def _row(self, tokens: int, share: float) -> Rendered:
        tokens = min(tokens, self._model.base.context)
        ids = self._random.integers(0, self._model.base.vocabulary_size, tokens).astype(np.int32)
        return Rendered(ids, np.arange(tokens) >= min(tokens * (1 - share), tokens - 1))


_Rows = tuple[list[Rendered], list[Rendered], int]
"""Taught rows, replayed rows, and the id of the first."""


def calibration_from_json(data: Mapping[str, Any]) -> Calibration:
    """What `dataclasses.asdict` made of a calibration. Raises StorageError for anything else."""
    try:
        trials = tuple(
            Trial(
                **{
                    **trial,
                    "parts": tuple(map(_sizes, trial["parts"])),
                    "taught": _sizes(trial["taught"]),
                    "replayed": _sizes(trial["replayed"]),
                }
            )
            for trial in data["trials"]
        )
        return Calibration(**{**data, "trials": trials})
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(f"The measured figures cannot be read ({error}).", "Delete them.") from None


def _sizes(items: Sequence[Mapping[str, int]]) -> tuple[Size, ...]:
    return tuple(Size(int(item["tokens"]), int(item["targets"])) for item in items)


def _sizes_of(batches: Sequence[Batch]) -> tuple[tuple[Size, ...], ...]:
    return tuple(
        tuple(
            Size(int(tokens), int(targets))
            for tokens, targets in zip(batch.lengths, batch.targets.sum(axis=1), strict=True)
        )
        for batch in batches
    )


def _timed(clock: Clock, work: Callable[[], object]) -> float:
    """Seconds that `work` took; never quite 0, which no relative error could be taken of."""
    began = clock()
    work()
    return max(clock() - began, 1e-9)
