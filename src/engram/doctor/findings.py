"""What a check says, in one value, and all checks in order.

Every check stands alone: one that fails is a finding itself, and the others still speak. Nothing a user wrote
is in any of them. Not here: the checks (programs.py, house.py), or printing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from engram.errors import EngramError

State = Literal["ok", "note", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one topic. `note` is worth knowing and not wrong; `do` says what to do about it."""

    topic: str
    state: State
    what: str
    do: str = ""


Check = Callable[[], Iterable[Finding]]


def examine(checks: Iterable[tuple[str, Check]]) -> list[Finding]:
    """The findings of all checks, in order."""
    return [finding for topic, check in checks for finding in _survived(topic, check)]


def _survived(topic: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except EngramError as error:
        return [Finding(topic, "broken", error.message, error.hint)]
    except Exception as error:  # whatever is broken here, the next check must still be made
        return [Finding(topic, "broken", f"This could not be checked: {error or type(error).__name__}.")]
