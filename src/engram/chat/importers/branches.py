"""Conversations that are trees: the branch that the user kept, whatever the tree looks like.

Not here: what a message holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def branch(parents: Mapping[str, str], tip: str) -> list[str]:
    """The names from the root to `tip`. It begins later where a parent is missing, or would come twice."""
    found: dict[str, None] = {}
    at = tip
    while at in parents and at not in found:
        found[at] = None
        at = parents[at]
    return list(found)[::-1]


def latest_leaf(parents: Mapping[str, str], times: Mapping[str, datetime]) -> str:
    """Where a conversation most likely ended: of the messages that none follows (of all, in a circle) the one
    with the latest time, and of equals the last; "" for none. `times` may lack some."""
    followed = set(parents.values())
    leaves = [name for name in parents if name not in followed] or list(parents)
    latest = ""
    for leaf in leaves:
        if not latest or _time(times, leaf) >= _time(times, latest):
            latest = leaf
    return latest


def _time(times: Mapping[str, datetime], name: str) -> float:
    return times[name].timestamp() if name in times else 0.0
