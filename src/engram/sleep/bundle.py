"""The evidence of a past night as a few figures: how each model did, from the bundle beside its verdict.

A bundle holds names of items, never text. What cannot be read counts as not measured. Not here: judging
(gate.py), or how the bundle is made (evidence.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUNDLE = "evidence.json"
PARTS = {
    "new": "new memories",
    "old": "earlier memories",
    "skills": "skills",
    "skills_of_base": "skills, beside the bare base",
}
"""What is compared, by its name in the bundle."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Shares of `asked` questions answered right (for a loss: nats per token of held-out text) before, by
    what was in service, and after, by the candidate."""

    before: float
    after: float
    asked: int = 0


def read_deltas(folder: Path) -> dict[str, Delta]:
    """The figures of the bundle in a night's folder or a version's; empty where there is none."""
    try:
        bundle = json.loads((folder / BUNDLE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return deltas(bundle) if isinstance(bundle, dict) else {}


def deltas(bundle: Mapping[str, Any]) -> dict[str, Delta]:
    """By what was asked about, and the loss; parts without a question are left out."""
    found = {}
    for part, name in PARTS.items():
        pairs = _pairs(bundle.get(part))
        if pairs:
            before, after = (sum(pair[side] for pair in pairs) / len(pairs) for side in ("before", "after"))
            found[name] = Delta(before, after, len(pairs))
    losses = bundle.get("loss_before"), bundle.get("loss_after")
    if found and all(isinstance(loss, int | float) for loss in losses):
        found["loss"] = Delta(*map(float, losses))  # type: ignore[arg-type]
    return found


def _pairs(part: Any) -> list[dict[str, bool]]:
    pairs = part.get("pairs") if isinstance(part, dict) else None
    return [pair for pair in pairs if _is_pair(pair)] if isinstance(pairs, list) else []


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, dict) and all(isinstance(pair.get(side), bool) for side in ("before", "after"))
