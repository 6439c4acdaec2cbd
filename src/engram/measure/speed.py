"""How fast a model writes, whatever it writes: a fixed number of tokens after fixed prompts.

Tokens per second over real answers would mix the model's speed with the length of what it says: reading the
prompt and the stop token weigh more in a short answer. So stopping is forbidden, every model writes equally
many tokens, and the time of a run that writes one token each is taken off: it reads the same prompts. The
best of a few repeats counts, long and short runs and all models in turn, so that a busy moment of the machine
meets all of them. Not here: how long a real answer takes (measurement.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engram.backends.base import Ids, LoadedModel
from engram.types import Sampling

SPEED_PROMPTS = 16
NEW_TOKENS = 32
REPEATS = 6
Clock = Callable[[], float]


class NeverStop:
    """A LogitsProcessor that makes stop tokens impossible. Works on numpy arrays and torch tensors alike."""

    def __init__(self, stop_ids: frozenset[int]) -> None:
        self._stop_ids = sorted(stop_ids)

    def __call__(self, ids: Sequence[int], logits: Any) -> Any:
        changed = logits + 0  # a copy, whatever the type
        changed[self._stop_ids] = -float("inf")
        return changed


@dataclass(frozen=True, slots=True)
class DecodingSpeed:
    """`tokens_per_second` over all prompts together, from `tokens` written in each of `repeats` runs.

    None where the clock saw no time pass, or no prompt left room for two tokens.
    """

    tokens_per_second: float | None
    prompts: int
    tokens: int
    repeats: int


def decoding_speeds(
    models: Sequence[LoadedModel], prompts: Sequence[Ids], clock: Clock = time.perf_counter
) -> list[DecodingSpeed]:
    """The speed of each model on the same prompts; the first run of each only warms up.

    A prompt that nearly fills the context writes fewer tokens, on every side.
    """
    for model in models:
        _run(model, prompts, 1, clock)
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for _ in range(REPEATS):
        for place, model in enumerate(models):
            for length in (1 + NEW_TOKENS, 1):
                taken = _run(model, prompts, length, clock)
                best[place, length] = min(taken, best.get((place, length), taken))
    return [
        _difference(best[place, 1 + NEW_TOKENS], best[place, 1], len(prompts)) for place in range(len(models))
    ]


def _run(model: LoadedModel, prompts: Sequence[Ids], length: int, clock: Clock) -> tuple[float, int]:
    """Seconds, and tokens written."""
    endless = NeverStop(model.base.renderer.stop_ids)
    started = clock()
    completions = model.generate(prompts, Sampling(max_tokens=length), (endless,))
    return clock() - started, sum(len(done.token_ids) for done in completions)


def _difference(long: tuple[float, int], short: tuple[float, int], prompts: int) -> DecodingSpeed:
    seconds, tokens = long[0] - short[0], long[1] - short[1]
    rate = tokens / seconds if seconds > 0 and tokens > 0 else None
    return DecodingSpeed(rate, prompts, tokens, REPEATS)
