"""How commands speak: data on stdout, progress and remarks on stderr, no colour when piped.

Not here: what is said.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

BARE = "none"
"""What a user writes where an adapter is named, for no adapter at all."""

# Names and answers are shown as they are: no markup, no ":emoji:", no guessing of colours in them.
out = Console(highlight=False, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def say(sentence: str) -> None:
    """A remark for the person at the terminal; never part of the data."""
    err.print(sentence)
