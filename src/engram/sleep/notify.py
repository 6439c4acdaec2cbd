"""Telling a sleeping user how the night went: a desktop notification, or a command of theirs.

Whatever goes wrong here is said and changes nothing. Not here: the sentence.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

DESKTOP = "desktop"
TITLE = "Engram"
SECONDS = 20
"""A command that takes longer is left alone."""

Runner = Callable[[Sequence[str]], None]


def run(words: Sequence[str]) -> None:
    """Raises OSError and subprocess.SubprocessError."""
    subprocess.run(words, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL, capture_output=True)


def notify(how: str, sentence: str, runner: Runner = run) -> str:
    """Tell `sentence` by `how` (the setting sleep.notify); returns what went wrong, "" for nothing."""
    try:
        if words := command(how, sentence):
            runner(words)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"The morning could not be told by {how!r}: {error}"
    return ""


def command(how: str, sentence: str) -> list[str]:
    """The words to run; none for "". Raises ValueError where the setting cannot be read, or nothing on this
    machine shows notifications."""
    if how != DESKTOP:
        return [*shlex.split(how), sentence] if how else []
    if sys.platform == "darwin":
        # The text travels as an argument, so that no quote in it becomes a part of the script.
        script = f'on run argv\ndisplay notification (item 1 of argv) with title "{TITLE}"\nend run'
        return ["osascript", "-e", script, sentence]
    if not shutil.which("notify-send"):
        raise ValueError("notify-send is not installed")
    return ["notify-send", "--app-name", TITLE, TITLE, sentence]
