"""Records a scene as an asciicast v2 file: commands, and what a person types to them.

A scene is a text file. A line that begins with "$ " is a command, run without a shell in a terminal of its
own; the lines below it are typed to it, each when it waits for one. `^D` and `^C` are those keys; empty
lines, and those that begin with "#", are left out. Not here: the format (record_cast.py), drawing
(terminal_picture.py). Needs a Unix system.

Run: `ENGRAM_HOME=home python -m tools.record_scene docs/first-day.scene docs/first-day.cast`
"""

from __future__ import annotations

import argparse
import codecs
import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.record_cast import ROWS, SECONDS_BETWEEN, SECONDS_PER_KEY, Cast, start
from tools.screen import Screen

COLUMNS = 80
QUIET = 0.4
"""Seconds of silence after which a program at a prompt is taken to wait."""
PATIENCE = 120.0
"""Seconds after which it is taken not to come back."""
PROMPTS = ("> ", ">", "[y/N] ", "[y/N]:", "[y/N]: ")
KEYS = {"^D": "\x04", "^C": "\x03"}
# Keys such as Ctrl-C come from the terminal that controls a program.
_CONTROLLED = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


def read_scene(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each command with what is typed to it. Raises ValueError for something typed to no command."""
    command, typed = "", list[str]()
    for line in (line.rstrip("\n") for line in lines):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("$ "):
            if command:
                yield command, typed
            command, typed = line[2:], []
        elif not command:
            raise ValueError(f"{line!r} is typed to no command")
        else:
            typed.append(line)
    if command:
        yield command, typed


def record(scene: Iterable[tuple[str, Sequence[str]]], out: Path, title: str = "engram") -> None:
    """Play the scene and record it. Raises TimeoutError when a program never asks for a line."""
    with out.open("w", encoding="utf-8") as file:
        cast = start(file, title, COLUMNS)
        for command, typed in scene:
            cast.type(command)
            with Player(shlex.split(command), cast) as player:
                for line in typed:
                    player.type(line)
                player.finish()
            cast.skip(SECONDS_BETWEEN)


class Player:
    """One command in a terminal, typed at; what it writes is recorded."""

    def __init__(self, command: Sequence[str], cast: Cast) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        known = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        known |= {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CONTROLLED, *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=known,
            start_new_session=True,
        )
        os.close(theirs)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._screen = Screen(COLUMNS, ROWS)
        self._cast = cast

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        os.close(self._ours)

    def type(self, line: str) -> None:
        """Key by key, once the program waits for a line."""
        self._wait()
        for key in [KEYS[line]] if line in KEYS else [*line, "\r"]:
            os.write(self._ours, key.encode())
            self._read(SECONDS_PER_KEY)

    def finish(self) -> None:
        """Read until it ends."""
        while self._read(PATIENCE):
            pass

    def _wait(self) -> None:
        """Until there is a prompt at the cursor, and silence."""
        until = time.monotonic() + PATIENCE
        while self._read(QUIET) or not self._asks():
            if time.monotonic() > until or self._process.poll() is not None:
                raise TimeoutError("it asks for nothing: " + " / ".join(self._screen.plain()[-3:]))

    def _asks(self) -> bool:
        line = self._screen.plain()[self._screen.row]
        return line.ljust(self._screen.column).endswith(PROMPTS)

    def _read(self, seconds: float) -> bool:
        """Whether it wrote something within so many seconds."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            text = self._decoder.decode(os.read(self._ours, 65536))
        except OSError:  # how Linux says that the other end is closed
            return False
        self._screen.write(text)
        self._cast.output(text)
        return True


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Record a scene as an asciicast v2 file.")
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--title", default="engram")
    given = parser.parse_args()
    with given.scene.open(encoding="utf-8") as lines:
        scene = list(read_scene(lines))
    record(scene, given.out, given.title)


if __name__ == "__main__":
    main()
