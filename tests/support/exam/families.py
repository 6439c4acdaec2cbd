"""What a family of secrets is: its name, how people call it, and how one is made.

Not here: the families (secret_*.py) and the texts around them (wrappers.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.exam.samples import Maker


@dataclass(frozen=True)
class Family:
    """One kind of credential."""

    name: str
    label: str  # as people say it in a sentence
    variable: str  # as programs name it in an assignment
    make: Maker
    bare: bool = True  # recognisable by itself; otherwise every wording names it, as people and programs do
