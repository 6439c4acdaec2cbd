"""A program in a terminal of its own, typed at by a test: what it shows, without control sequences.

Not here: a screen; text that was drawn twice is there twice. Needs a Unix system.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

import engram

ROOT = Path(__file__).parents[2]
SOURCE = str(Path(engram.__file__).parents[1])
SECONDS = 30.0
"""How long to wait for a text; a busy machine takes its time."""
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()=>][A-Z0-9]?|[\x00\x07\x08\r]")
# Its terminal is what signals by key come from, so it must be the one that controls the program.
_BEGIN = "import fcntl, runpy, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); del sys.argv[0]; "
_RUN = _BEGIN + "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"

ENTER, CTRL_C, CTRL_D, UP, TAB, ALT_ENTER = "\r", "\x03", "\x04", "\x1b[A", "\t", "\x1b\r"


def pasted(text: str) -> str:
    """As a terminal sends what is pasted into it."""
    return f"\x1b[200~{text}\x1b[201~"


class Terminal:
    """`python -m MODULE WORDS...` in a terminal; a context manager that ends it."""

    def __init__(self, *words: str, module: str = "engram", columns: int = 100, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        known = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        known |= {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        known["PYTHONPATH"] = os.pathsep.join([SOURCE, str(ROOT)])
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, module, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=known | environment,
            start_new_session=True,
        )
        os.close(theirs)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.raw = ""
        self._read_to = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """Everything so far, without control sequences."""
        return _CONTROLS.sub("", self.raw)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> str:
        """Wait until `text` is shown after what was waited for last; what was shown from there to its end."""
        until = time.monotonic() + SECONDS
        while (found := self.shown.find(text, self._read_to)) < 0:
            if time.monotonic() > until or not self._read(until - time.monotonic()):
                raise AssertionError(f"{text!r} was not shown after {self.shown[self._read_to :]!r}")
        start, self._read_to = self._read_to, found + len(text)
        return self.shown[start : self._read_to]

    def say(self, line: str, answer: str) -> str:
        """Type a line and wait for what comes of it, and for the next prompt."""
        self.type(line + ENTER)
        return self.wait_for(answer) + self.wait_for("\n>")

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does."""
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDONLY)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Its exit code, once it has ended and everything was read."""
        until = time.monotonic() + SECONDS
        while self._read(max(0.0, until - time.monotonic())):
            pass
        return self.process.wait(SECONDS)

    def _read(self, seconds: float) -> bool:
        """Whether there was more, within so many seconds."""
        if not select.select([self._ours], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.raw += self._decoder.decode(data)
        return bool(data)
