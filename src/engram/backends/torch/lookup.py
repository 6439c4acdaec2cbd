"""The exact memory in torch: forcing a token in a row's logits, and a processor for transformers' `generate`.

    model.generate(**inputs, logits_processor=LogitsProcessorList([TransformersLookup(lookup)]))

Not here: which token is forced (lookup/), or Engram's own generator (backends/lookup.py).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from transformers import LogitsProcessor

from engram.lookup.cursor import Match, Session
from engram.lookup.memory import Lookup


def force(logits: Tensor, token: int, probability: float | None = None) -> Tensor:
    """As lookup.logits.force, computed in float32: new logits [..., vocabulary] of the same number type."""
    wide = logits.float()
    whole = wide.logsumexp(-1)
    if probability is None:
        forced = torch.full_like(wide, -math.inf)
        forced[..., token] = whole
        return forced.to(logits.dtype)
    others = wide.clone()
    others[..., token] = -math.inf
    rest = others.logsumexp(-1)
    shift = torch.where(torch.isneginf(rest), 0.0, math.log1p(-probability) + whole - rest)
    forced = others + shift[..., None]
    forced[..., token] = whole + math.log(probability)
    return forced.to(logits.dtype)


class TransformersLookup(LogitsProcessor):
    """For batches with padding on the left, sampling and beams. The first call's ids are the prompts."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._seen: Tensor | None = None
        self._sessions: list[Session] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """`input_ids` int64 [rows, seq], `scores` [rows, vocabulary]; unchanged where nothing matches."""
        self._follow(input_ids)
        matches = [(row, session.match) for row, session in enumerate(self._sessions)]
        wanted = [(row, match) for row, match in matches if match is not None]
        return _forced(scores, wanted) if wanted else scores

    def _follow(self, ids: Tensor) -> None:
        """Bring the sessions to these rows, each from the row that it goes on from."""
        parents = self._parents(ids)
        if parents is None:
            self._sessions = [self._lookup.session(ids.shape[1]) for _ in range(len(ids))]
            for session, row in zip(self._sessions, ids.tolist(), strict=True):
                session.extend(row)
        else:
            if parents != list(range(len(ids))):  # beams change places, and one may go on as several
                self._sessions = [self._sessions[parent].copy() for parent in parents]
            for session, token in zip(self._sessions, ids[:, -1].tolist(), strict=True):
                session.extend((token,))
        self._seen = ids.clone()

    def _parents(self, ids: Tensor) -> list[int] | None:
        """For each row the earlier one that it goes on from by one id; None when a new text has begun."""
        seen = self._seen
        if seen is None or ids.shape[0] != seen.shape[0] or ids.shape[1] != seen.shape[1] + 1:
            return None
        before = ids[:, :-1]
        if torch.equal(before, seen):
            return list(range(len(ids)))
        same = (before[:, None] == seen[None]).all(-1)  # [rows, earlier rows]
        if not bool(same.any(1).all()):
            return None
        return [int(parent) for parent in same.int().argmax(1).tolist()]


def _forced(scores: Tensor, matches: list[tuple[int, Match]]) -> Tensor:
    """A copy in which the rows that match are rewritten, and the others are as they were."""
    result = scores.clone()
    for row, match in matches:
        if match.next_id is not None:
            result[row] = force(scores[row], match.next_id, match.probability)
    return result
