"""A command as the person at this terminal can type it: the program as it was called, and the home it is on.

Under `make demo` the program is not on the PATH, and the home is named by a variable of make's own. Not here:
running anything.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from engram.home import Home

PROGRAM = "engram"


def typed(home: Home, *words: str) -> str:
    """For instance `.venv/bin/engram adapters use v1 --home .engram`, or only `engram adapters use v1`."""
    where = () if home == Home.default() else ("--home", _short(home.root))
    return shlex.join([*_program(Path(sys.argv[0])), *words, *where])


def _program(called: Path) -> list[str]:
    """How this program was called, where it was; `engram` in any other program, such as a test."""
    if called.name == "__main__.py" and called.parent.name == PROGRAM:
        return [_short(Path(sys.executable)), "-m", PROGRAM]
    found = shutil.which(PROGRAM)
    if called.stem != PROGRAM or not called.exists() or (found and called.samefile(found)):
        return [PROGRAM]
    return [_short(called)]


def _short(place: Path) -> str:
    """Relative where it lies below the current folder."""
    here = Path.cwd()
    return str(place.relative_to(here)) if place.is_relative_to(here) else str(place)
