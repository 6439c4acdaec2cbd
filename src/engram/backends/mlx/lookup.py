"""The exact memory in mlx: forcing a token in a row's logits, and a processor for mlx-lm's `generate_step`.

    generate_step(prompt, model, logits_processors=[MlxLookup(lookup)])

With a reused prompt cache mlx-lm hands over the new ids alone: `history` says what the cache holds. Not here:
which token is forced (lookup/), or Engram's own generator (backends/lookup.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import mlx.core as mx

from engram.lookup.cursor import Session
from engram.lookup.memory import Lookup


def force(logits: mx.array, token: int, probability: float | None = None) -> mx.array:
    """As lookup.logits.force, computed in float32: new logits [..., vocabulary] of the same number type."""
    wide = logits.astype(mx.float32)
    chosen = mx.arange(wide.shape[-1]) == token
    whole = mx.logsumexp(wide, axis=-1, keepdims=True)
    if probability is None:
        return mx.where(chosen, whole, -math.inf).astype(logits.dtype)
    others = mx.where(chosen, -math.inf, wide)
    rest = mx.logsumexp(others, axis=-1, keepdims=True)
    shift = mx.where(mx.isneginf(rest), 0.0, math.log1p(-probability) + whole - rest)
    return mx.where(chosen, whole + math.log(probability), others + shift).astype(logits.dtype)


class MlxLookup:
    """One text after another, as mlx-lm writes them. `history` are ids that a prompt cache holds already."""

    def __init__(self, lookup: Lookup, history: Sequence[int] = ()) -> None:
        self._lookup = lookup
        self._history = [int(token) for token in history]
        self._seen: mx.array | None = None
        self._session: Session | None = None

    def __call__(self, tokens: mx.array, logits: mx.array) -> mx.array:
        """`tokens` [seq], `logits` [1, vocabulary] or [vocabulary]; the same array where nothing matches."""
        match = self._follow(tokens).match
        if match is None or match.next_id is None:
            return logits
        return force(logits, match.next_id, match.probability)

    def _follow(self, tokens: mx.array) -> Session:
        session, seen = self._session, self._seen
        if session is None or seen is None or not _goes_on(tokens, seen):
            session = self._lookup.session(len(self._history) + tokens.size)
            session.extend(self._history)
            session.extend(tokens.tolist())
        else:
            session.extend((int(tokens[-1].item()),))
        self._session, self._seen = session, tokens
        return session


def _goes_on(tokens: mx.array, seen: mx.array) -> bool:
    """Whether `tokens` are `seen` and one more."""
    return tokens.size == seen.size + 1 and bool(mx.array_equal(tokens[:-1], seen).item())
