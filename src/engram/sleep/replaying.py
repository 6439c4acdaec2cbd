"""Past decisions judged again: the gate, shown the bundle that a night left, must say what it said then.

Everything a decision depended on lies in the bundle and in the rules beside the verdict, so no model and no
entry is needed; what was forgotten since is not missed. Not here: the gate (gate.py), or whether a version's
files are whole (training/versions.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.disk import MANIFEST, sha256
from engram.home import Home
from engram.sleep.bundle import BUNDLE
from engram.sleep.gate import GateRules, judge
from engram.sleep.nights import VERDICT, nights
from engram.sleep.sealing import decided, read_evidence, unsealed

_FIRST_RULES = {"mixed_up": 0.0}
"""What later rules were, before there were any."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def replay(folder: Path) -> list[str]:
    """Judge the night in this folder again: sentences about what is not as it was, none where all is.

    A night that has no verdict yet has none to be judged again.
    """
    if not (folder / VERDICT).exists():
        return []
    try:
        verdict = unsealed((folder / VERDICT).read_bytes())
        data = (folder / BUNDLE).read_bytes()
    except _UNREADABLE as error:
        return [f"{folder.name}: its verdict or its evidence cannot be read, or was changed: {error}."]
    if sha256(data) != verdict.get("bundle"):
        return [f"{folder.name}/{BUNDLE} is not what the verdict was made from."]
    return _judged_again(folder.name, data, verdict)


def replay_version(folder: Path) -> list[str]:
    """The same for a version that a night made; none for one that was taught by hand."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if "night" not in manifest:
            return []
        data = (folder / BUNDLE).read_bytes()
        if sha256(data) != manifest["files"][BUNDLE]:
            return [f"{folder.name}/{BUNDLE} is not what it was promoted by."]
        decision = manifest.get("decision") or {"outcome": manifest["verdict"]}
    except _UNREADABLE as error:
        return [f"{folder.name}: what it was promoted by cannot be read: {error}."]
    return _judged_again(folder.name, data, decision)


def replay_nights(home: Home) -> tuple[int, list[str]]:
    """How many nights and versions there are to be judged again, and what is not as it was."""
    ended = [folder for folder in nights(home) if (folder / VERDICT).exists()]
    folders = sorted(file.parent for file in home.adapters.glob(f"*/{BUNDLE}"))
    versions = [folder for folder in folders if not folder.is_symlink()]  # `current` is one of the others
    problems = [sentence for folder in ended for sentence in replay(folder)]
    problems += [sentence for folder in versions for sentence in replay_version(folder)]
    return len(ended) + len(versions), problems


def _judged_again(name: str, data: bytes, decision: Mapping[str, Any]) -> list[str]:
    """`decision` may hold less than all of it."""
    try:
        known = decision.get("rules", _FIRST_RULES)
        rules = GateRules(**{**_FIRST_RULES, **known})
        again = decided(judge(read_evidence(data), rules), rules)
        again["rules"] = {name: again["rules"][name] for name in known}
    except _UNREADABLE as error:
        return [f"{name}: its evidence cannot be judged again: {error}."]
    differing = [key for key in again if key in decision and decision[key] != again[key]]
    if not differing:
        return []
    then, now = decision.get("outcome"), again["outcome"]
    return [f"{name}: it was {then}, and judged again it is {now} ({', '.join(differing)} differ)."]
