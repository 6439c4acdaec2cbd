"""Nights that are over, as they lie in a home: made by hand, from the shapes that a night writes.

Not here: sleeping one (tests/unit/sleep/test_night.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.home import Home


def pairs(before: int, after: int, asked: int) -> dict[str, Any]:
    """So many questions, of which so many are answered right on each side."""
    return {
        "pairs": [
            {"fact": f"{n}.1", "before": n < before, "after": n < after, "skill": ""} for n in range(asked)
        ]
    }


def bundle(**parts: Any) -> dict[str, Any]:
    """An evidence.json with these parts."""
    empty = {name: pairs(0, 0, 0) for name in ("again", "new", "old", "skills", "skills_of_base")}
    return {**empty, "loss_before": 2.0, "loss_after": 2.01, "problems": [], **parts}


def past_night(
    home: Home,
    name: str,
    outcome: str,
    *,
    version: str | None = None,
    service: str = "",
    rebuild: bool = False,
    evidence: dict[str, Any] | None = None,
    checks: tuple[tuple[str, str], ...] = (("holds", "It is fine."), ("fails", "It is not.")),
) -> Path:
    """The folder of a night that ended so."""
    folder = home.create().run(name)
    folder.mkdir()
    begun = {"name": name, "through": 5, "service": service, "base": "r", "rebuild": rebuild, "tries": 1}
    (folder / "night.json").write_text(json.dumps(begun))
    verdict = {
        "outcome": outcome,
        "version": version,
        "checks": [{"name": "x", "mark": mark, "sentence": sentence} for mark, sentence in checks],
    }
    (folder / "verdict.json").write_text(json.dumps(verdict))
    (folder / "evidence.json").write_text(json.dumps(evidence or bundle()))
    return folder
