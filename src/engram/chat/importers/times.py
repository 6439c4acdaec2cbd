"""Moments as exports write them: ISO 8601, or seconds, milliseconds and smaller since 1970, told by size.

Not here: times of the ledger (store/entries.py).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

EARLIEST = 1e8
"""Seconds: 1973. A smaller number is no time; 0 is how programs write that they do not know."""

# A number below the bound is in units of which a second has so many. 1e11 seconds are the year 5138, and
# 1e11 milliseconds are 1973, so that no time of a conversation fits two units.
_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))


def instant(value: Any) -> datetime | None:
    """A moment in UTC; None if it is no time. Without a zone it is UTC, as these exports mean it."""
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return None


def first_instant(*values: Any) -> datetime | None:
    """The first of some values that is a time."""
    return next((found for value in values if (found := instant(value)) is not None), None)


def _from_text(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return _from_number(float(value)) if len(value) < 40 else None
    except ValueError:
        return None


def _from_number(value: int | float) -> datetime | None:
    if not EARLIEST <= value < _UNITS[-1][0] or math.isnan(value):
        return None
    unit = next(unit for bound, unit in _UNITS if value < bound)
    try:
        return datetime.fromtimestamp(value / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return None
