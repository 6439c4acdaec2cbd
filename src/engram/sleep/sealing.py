"""Evidence and verdict of a night as they are kept: with the rules, and digests that a changed byte breaks.

Both can be read back as they were. A verdict names the sha256 of the bundle beside it, and that of its own
values. Not here: judging the bundle again (replaying.py), or when a verdict is written (keeping.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engram.disk import sha256, to_json
from engram.measure.measurement import finite
from engram.sleep.evidence import Evidence, Pair, Paired, Safety
from engram.sleep.gate import GateRules, GateVerdict

_PARTS = ("again", "new", "old", "skills", "skills_of_base")


def decided(verdict: GateVerdict, rules: GateRules | None = None) -> dict[str, Any]:
    """Outcome, checks, and the rules they follow from, as JSON values."""
    return {**_plain(verdict), "rules": _plain(rules or GateRules())}


def bundle_bytes(shown: Evidence) -> bytes:
    """The evidence as it is kept: names of items, right or wrong, and losses; None is no number. Answers that
    were mixed up stand there only where there are any, as in bundles from before they were counted."""
    kept = _plain(shown)
    return to_json(kept if shown.mixed_up else {name: kept[name] for name in kept if name != "mixed_up"})


def read_evidence(data: bytes) -> Evidence:
    """The evidence of which these are the bytes. Raises ValueError where they are not those of one."""
    try:
        said = json.loads(data)
        shown = Evidence(
            **{
                **said,
                **{part: _paired(said[part]) for part in _PARTS},
                "problems": tuple(said["problems"]),
                "safety": Safety(**said["safety"]),
                "loss_before": _loss(said["loss_before"]),
                "loss_after": _loss(said["loss_after"]),
            }
        )
        if bundle_bytes(shown) != data:
            raise ValueError("it says more, or says it otherwise, than evidence does")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no evidence: {error}") from None
    return shown


def seal(decision: Mapping[str, Any], bundle: bytes, version: str | None) -> bytes:
    """verdict.json: a decision, the version that it put in service, and the digests."""
    verdict = {**decision, "version": version, "bundle": sha256(bundle)}
    return to_json({**verdict, "digest": sha256(to_json(verdict))})


def unsealed(data: bytes) -> dict[str, Any]:
    """What `seal` was given, and "bundle". Raises ValueError where a byte of it was changed."""
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError(f"it is no verdict: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    verdict = {key: value for key, value in found.items() if key != "digest"}
    if to_json({**verdict, "digest": sha256(to_json(verdict))}) != data:
        raise ValueError("it does not match its digest")
    return verdict


def _plain(value: Any) -> dict[str, Any]:
    """As JSON values; what is no number becomes None."""
    found: dict[str, Any] = finite(asdict(value))
    return found


def _paired(part: Mapping[str, Any]) -> Paired:
    pairs = tuple(Pair(**pair) for pair in part["pairs"])
    if not all(isinstance(p.fact, str) and {type(p.before), type(p.after)} == {bool} for p in pairs):
        raise ValueError("an item is neither right nor wrong")
    return Paired(pairs)


def _loss(value: float | None) -> float:
    if not isinstance(value, int | float | None):
        raise ValueError("a loss is no number")
    return float("nan") if value is None else value
