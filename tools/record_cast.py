"""Records commands in a pseudo-terminal as an asciicast v2 file, with the standard library alone.

Each command is shown as if it were typed at a prompt, then run without a shell; what it writes is kept with
its time. Not here: playing (any asciicast player) or drawing (terminal_picture.py). Needs a Unix system.

Run: `python -m tools.record_cast docs/demo.cast "engram demo" "engram adapters list"`
Format: one header object, then one `[seconds, "o", text]` per line (asciinema's "asciicast v2").
"""

from __future__ import annotations

import argparse
import codecs
import fcntl
import json
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

COLUMNS, ROWS = 80, 30
SECONDS_PER_KEY = 0.04
SECONDS_BETWEEN = 1.0


class Cast:
    """An asciicast being written. Time that nobody needs to see (typing, pauses) is made, not waited for."""

    def __init__(self, file: TextIO, header: dict[str, Any]) -> None:
        self._file = file
        self._started = time.monotonic()
        self._shift = 0.0
        self._write(header)

    def output(self, text: str) -> None:
        """Text that appears now."""
        seconds = time.monotonic() - self._started + self._shift
        self._write([round(seconds, 6), "o", text])

    def skip(self, seconds: float) -> None:
        """Let that much time pass in the recording."""
        self._shift += seconds

    def type(self, line: str) -> None:
        """A prompt, and a line typed at it."""
        self.output("\x1b[1;32m$\x1b[0m ")
        for key in line:
            self.skip(SECONDS_PER_KEY)
            self.output(key)
        self.skip(10 * SECONDS_PER_KEY)
        self.output("\r\n")

    def _write(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")


def record(commands: Sequence[str], out: Path, title: str = "engram") -> int:
    """Record the commands one after the other, until one fails; its exit code is returned.

    Raises FileNotFoundError for a command that does not exist.
    """
    code = 0
    with out.open("w", encoding="utf-8") as file:
        cast = start(file, title)
        for command in commands:
            cast.type(command)
            code = run(shlex.split(command), cast)
            if code:
                break
            cast.skip(SECONDS_BETWEEN)
    return code


def start(file: TextIO, title: str, columns: int = COLUMNS) -> Cast:
    """A recording of a terminal of so many columns."""
    header = {
        "version": 2,
        "width": columns,
        "height": ROWS,
        "timestamp": int(time.time()),
        "title": title,
        "env": {"TERM": "xterm-256color"},
    }
    return Cast(file, header)


def run(command: Sequence[str], cast: Cast) -> int:
    """Run one command in a pseudo-terminal of COLUMNS x ROWS and record what it writes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment["TERM"] = "xterm-256color"
    try:
        process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        while chunk := _read(ours):
            if text := decoder.decode(chunk):
                cast.output(text)
        return process.wait()
    finally:
        os.close(ours)
        if process.poll() is None:
            process.terminate()


def _read(descriptor: int) -> bytes:
    """The next bytes; none at the end. Linux reports a closed terminal as an input/output error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Record commands as an asciicast v2 file.")
    parser.add_argument("out", type=Path)
    parser.add_argument("commands", nargs="+", help="each one a command line in quotes")
    parser.add_argument("--title", default="engram")
    given = parser.parse_args()
    sys.exit(record(given.commands, given.out, given.title))


if __name__ == "__main__":
    main()
