"""What every benchmark says beside its figures: how far they spread, and what they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from typing import Any


def spread(values: Sequence[float], digits: int = 4) -> dict[str, Any]:
    """How many values, their median, and the quartiles around it; at least two values."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {
        "n": len(values),
        "median": round(middle, digits),
        "quartiles": [round(low, digits), round(high, digits)],
    }


def machine() -> dict[str, Any]:
    """System, processor count, Python, and the load of the last minute: a busy machine shows in the times."""
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    system = f"{platform.system()} {platform.machine()}"
    return {"system": system, "cores": os.cpu_count(), "python": platform.python_version(), "load": load}


def machine_words() -> str:
    """The same as a line of text."""
    return "measured on " + ", ".join(f"{key} {value}" for key, value in machine().items())
