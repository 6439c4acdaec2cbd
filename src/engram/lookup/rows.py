"""A logits processor of this house's own generators: one session per row, found again by its list of ids.

`force` is the backend's way to write logits (logits.py is numpy's). Not here: transformers' and mlx-lm's
generators, which hand over arrays (backends/torch/lookup.py, backends/mlx/lookup.py).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from engram.lookup.cursor import Session
from engram.lookup.memory import Lookup

Force = Callable[[Any, int, float | None], Any]
_ROWS = 512
"""Sessions that are kept: several times as many as rows are answered at a time."""


class RowProcessor:
    """Keeps backends.base's LogitsProcessor. A list of ids that is handed in again has only grown."""

    def __init__(self, lookup: Lookup, force: Force) -> None:
        self.lookup = lookup
        self._force = force
        self._sessions: OrderedDict[int, tuple[Sequence[int], Session]] = OrderedDict()

    def __call__(self, ids: Sequence[int], logits: Any) -> Any:
        match = self._session(ids).match
        if match is None or match.next_id is None:
            return logits
        return self._force(logits, match.next_id, match.probability)

    def _session(self, ids: Sequence[int]) -> Session:
        known = self._sessions.get(id(ids))
        if known is not None and _continues(known[1], ids):
            session = known[1]
        else:
            session = self.lookup.session(len(ids))
            self._sessions[id(ids)] = ids, session  # as long as the list is held, nothing else has its id
        self._sessions.move_to_end(id(ids))
        while len(self._sessions) > _ROWS:
            self._sessions.popitem(last=False)
        for at in range(len(session.ids), len(ids)):
            session.extend((int(ids[at]),))
        return session


def _continues(session: Session, ids: Sequence[int]) -> bool:
    done = len(session.ids)
    return 0 < done <= len(ids) and session.ids[-1] == ids[done - 1]
