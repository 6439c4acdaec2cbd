"""The exact memory as a logits processor of any backend, chosen by the backend's name.

Not here: what matches (lookup/), the arithmetic on each backend's arrays (torch/lookup.py, mlx/lookup.py).
"""

from __future__ import annotations

from importlib import import_module

from engram.backends.base import LogitsProcessor
from engram.lookup.logits import force
from engram.lookup.memory import Lookup
from engram.lookup.rows import Force, RowProcessor


def lookup_processor(lookup: Lookup, backend: str) -> LogitsProcessor:
    """A processor for the models of `backend` (fake, torch or mlx), for any number of rows and calls."""
    if backend == "fake":
        return RowProcessor(lookup, force)
    its_own: Force = import_module(f"engram.backends.{backend}.lookup").force
    return RowProcessor(lookup, its_own)
