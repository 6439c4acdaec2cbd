"""How long a run will take and how much memory, from trial steps on this machine: arithmetic only.

The time of a call is taken to be a sum of non-negative costs: so much per call, per forward pass, per token,
per pair of tokens and per target. The costs are fitted to a few trials of other shapes (calibration.py) by
least squares of relative errors. Memory is fitted likewise to the highest use after ever larger trials, and
what a session keeps of every row comes on top of it, counted in bytes. Not here: counting a run's work
(workload.py), running anything, reading a clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engram.config import TrainSettings
from engram.training.checkpoint import KEPT
from engram.training.fitting import fit, fit_error
from engram.training.workload import (
    NO_WORK,
    TARGETS,
    TOKENS,
    RunWork,
    Size,
    Work,
    count_call,
    largest_pass,
)

# The same two limits as in backends/torch/trunk.py and losses.py, and in backends/mlx/losses.py; a test
# compares them.
TRUNK_BYTES = 1024 * 2**20
ANCHOR_BYTES = 512 * 2**20
_WHOLE_VOCABULARY, _KEPT_TOKENS = 16_384, 256
# Bytes of a row in Python (texts, ids, mask, batch): about so many, and so many per token, measured with
# tracemalloc on rows of 35 to 358 tokens).
_ROW_BYTES, _TOKEN_BYTES = 800, 14
_METRICS_LINE = 250  # bytes in metrics.jsonl, per step


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: a step over `parts` (micro-batches), its rows prepared before and evaluated after.

    `seconds` of a step, of preparing the taught rows, of preparing the replayed ones, and of an evaluation of
    the taught ones; `peak_bytes` is the highest use of memory so far in the process that tried.
    """

    parts: tuple[tuple[Size, ...], ...]
    taught: tuple[Size, ...]
    replayed: tuple[Size, ...]
    step_seconds: float
    keep_seconds: float
    anchor_seconds: float
    evaluate_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured. Seconds to start and end the program, to load the model with a fresh adapter and use
    it for the first time, and to take its state for a checkpoint; `loaded_bytes` in use after loading;
    `state_bytes` of a checkpoint; `unprepared` is how much longer a step takes on rows of which nothing was
    kept."""

    start_seconds: float
    load_seconds: float
    loaded_bytes: int
    state_bytes: int
    state_seconds: float
    unprepared: float
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Bytes that a session keeps of prepared rows: per token (hidden states), per anchored target."""

    per_token: int = 0
    per_target: int = 0

    def trunk(self, tokens: int) -> int:
        return min(TRUNK_BYTES, tokens * self.per_token)

    def anchors(self, targets: int) -> int:
        return min(ANCHOR_BYTES, targets * self.per_target)

    def left_out(self, tokens: int) -> float:
        """The share of all tokens for which there is no room."""
        return max(0.0, 1 - TRUNK_BYTES / max(1, tokens * self.per_token))


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds per unit of work for each kind of call, bytes per unit of the largest pass; `grouped` says
    whether the backend cuts batches by length, as far as the trials tell."""

    step: Work
    keep: Work
    anchor: Work
    evaluate: Work
    memory: Work | None
    grouped: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` by stage; `memory_bytes` is the highest use, None where this platform does not say;
    `disk_bytes` are needed while the run goes on."""

    seconds: Mapping[str, float]
    memory_bytes: int | None
    disk_bytes: int

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds.values())


def fit_costs(calibration: Calibration, keeping: Keeping) -> Costs:
    """Both ways of laying out a batch are fitted; the one that explains the trial steps better is taken."""
    trials = calibration.trials
    seconds = [trial.step_seconds for trial in trials]
    layouts = {way: np.array([count_call(t.parts, way) for t in trials]) for way in (False, True)}
    steps = {way: fit(work, seconds) for way, work in layouts.items()}
    grouped = fit_error(layouts[True], seconds, steps[True]) < fit_error(
        layouts[False], seconds, steps[False]
    )
    return Costs(
        step=steps[grouped],
        keep=_fit_calls([(t.taught, t.keep_seconds) for t in trials], grouped, with_targets=False),
        anchor=_fit_calls([(t.replayed, t.anchor_seconds) for t in trials if t.replayed], grouped),
        evaluate=_fit_calls([(t.taught, t.evaluate_seconds) for t in trials], grouped),
        memory=_fit_memory(calibration, keeping, grouped),
        grouped=grouped,
    )


def estimate(
    run: RunWork,
    calibration: Calibration,
    costs: Costs,
    keeping: Keeping,
    save_every: int,
    gather_seconds: float,
) -> Estimate:
    """The figures of a run. `gather_seconds` were spent on reading and rendering its rows."""
    slower = 1 + keeping.left_out(run.trunk_tokens) * (calibration.unprepared - 1)
    saves = 1 + (run.steps // save_every if save_every else 0)
    seconds = {
        "start": calibration.start_seconds + gather_seconds,
        "load": calibration.load_seconds,
        "prepare": float(run.kept @ costs.keep + run.anchored @ costs.anchor),
        "steps": float(run.step @ costs.step) * slower,
        "evaluations": float(run.evaluation @ costs.evaluate) * slower,
        "checkpoints": saves * calibration.state_seconds,
    }
    adapter = calibration.state_bytes // 3  # a state holds each parameter and its two moments
    disk = (KEPT + 1) * calibration.state_bytes + adapter + run.steps * _METRICS_LINE
    return Estimate(seconds, _memory(run, calibration, costs, keeping), disk)


def keeping_of(config: Mapping[str, Any], settings: TrainSettings, backend: str, dtype: str) -> Keeping:
    """What the torch and mlx sessions keep of a row; `config` is the base's config.json."""
    text = config.get("text_config", config)
    hidden, blocks = int(text.get("hidden_size", 0)), int(text.get("num_hidden_layers", 0))
    if backend not in ("torch", "mlx") or not hidden:
        return Keeping()
    covered = settings.num_layers or (blocks + 1) // 2
    enters_later = backend == "torch" and 0 < covered < blocks
    vocabulary = int(text.get("vocab_size", 0))
    whole = vocabulary <= _WHOLE_VOCABULARY
    return Keeping(
        per_token=hidden * (4 if dtype == "float32" else 2) if enters_later else 0,
        per_target=4 * vocabulary if whole else 4 * (2 * _KEPT_TOKENS + 1),
    )


def _fit_calls(
    calls: Sequence[tuple[Sequence[Size], float]], grouped: bool, with_targets: bool = True
) -> Work:
    """Costs of calls on one micro-batch each. Hidden states are kept without looking at targets."""
    if not calls:
        return NO_WORK
    work = np.array([count_call([sizes], grouped) for sizes, _ in calls])
    work[:, TARGETS] *= with_targets
    return fit(work, [taken for _, taken in calls])


def _fit_memory(calibration: Calibration, keeping: Keeping, grouped: bool) -> Work | None:
    """Bytes per unit of the largest pass so far, from the trials that needed more than all before them."""
    tokens = targets = 0
    work, used, most = [], [], 0.0
    for trial in calibration.trials:
        tokens += 2 * sum(size.tokens for size in (*trial.taught, *trial.replayed))  # prepared twice
        targets += 2 * sum(size.targets for size in trial.replayed)
        largest = largest_pass(trial.parts, grouped)
        if largest[TOKENS] > most and trial.peak_bytes:
            most = float(largest[TOKENS])
            work.append(largest)
            used.append(float(trial.peak_bytes - keeping.trunk(tokens) - keeping.anchors(targets)))
    return fit(np.array(work), used) if work else None


def _memory(run: RunWork, calibration: Calibration, costs: Costs, keeping: Keeping) -> int | None:
    if costs.memory is None:
        return None
    computing = max(float(run.largest @ costs.memory), float(calibration.loaded_bytes))
    rows = run.rows * _ROW_BYTES + run.trunk_tokens * _TOKEN_BYTES
    return math.ceil(computing + keeping.trunk(run.trunk_tokens) + keeping.anchors(run.anchor_targets) + rows)
