"""A person at the keyboard, without a terminal: what is typed is known beforehand.

Not here: a real terminal, with its echo and its signals (terminal.py).
"""

from __future__ import annotations

import io
import sys

import pytest


class Keyboard(io.StringIO):
    """Lines that are read as if somebody typed them; at their end is Ctrl-D."""

    def isatty(self) -> bool:
        return True


def typing(patch: pytest.MonkeyPatch, text: str) -> None:
    """From now on this is typed."""
    patch.setattr(sys, "stdin", Keyboard(text))
