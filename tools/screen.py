"""A terminal's screen: what is left on it, and above it, after everything that a program wrote.

Knows what prompt_toolkit, rich and line editors use: text that wraps, carriage return, line feed, backspace,
tabs, moving the cursor, erasing, and colours. Other control sequences are dropped. Not here: drawing a
picture (terminal_picture.py).
Source of the sequences: ECMA-48 (CUU, CUD, CUF, CUB, CNL, CPL, CHA, CUP, ED, EL, SGR); xterm (DECAWM, ?7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<args>[0-9;?>=]*)(?P<command>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # window titles and links
    r"|\x1b[()][A-Z0-9]|\x1b[=>]"  # character sets, keypad
    r"|\x1b(?P<memory>[78])"
    r"|(?P<control>[\x00-\x1f\x7f])|(?P<text>[^\x00-\x1f\x7f])",
    re.DOTALL,
)
_RESET = "\x1b[0m"
Cell = tuple[str, str]
"""A character (or "" beside a wide one), and the colours it is written in as one sequence."""


@dataclass
class Screen:
    """`columns` x `rows`; lines that scroll away at the top are kept."""

    columns: int = 80
    rows: int = 30
    lines: list[list[Cell]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    wraps: bool = True
    style: str = ""
    saved: tuple[int, int] = (0, 0)

    def write(self, text: str) -> None:
        """Obey everything that a program wrote."""
        for token in _TOKEN.finditer(text):
            if token["text"]:
                self._put(token["text"])
            elif token["control"]:
                self._control(token["control"])
            elif token["command"]:
                self._command(token["command"], token["args"])
            elif token["memory"] == "7":
                self.saved = self.row - self._top, self.column
            elif token["memory"] == "8":
                self._move(self._top + self.saved[0], self.saved[1])

    def plain(self) -> list[str]:
        """The lines without colours and without spaces at their ends."""
        return ["".join(char for char, _ in line).rstrip() for line in self.lines]

    def coloured(self) -> list[str]:
        """The lines with their colours as sequences."""
        return [_coloured(line) for line in self.lines]

    @property
    def _top(self) -> int:
        """The first line that is on the screen and not above it."""
        return max(0, len(self.lines) - self.rows)

    def _put(self, char: str) -> None:
        width = cell_len(char)
        line = self.lines[self.row]
        if width == 0:  # a combining mark belongs to what stands before it
            if 0 < self.column <= len(line):
                before, style = line[self.column - 1]
                line[self.column - 1] = before + char, style
            return
        if self.column + width > self.columns:
            if not self.wraps:
                self.column = self.columns - width
            else:
                self._line_feed()
                self.column, line = 0, self.lines[self.row]
        line.extend([(" ", "")] * (self.column - len(line)))
        line[self.column : self.column + width] = [(char, self.style)] + [("", self.style)] * (width - 1)
        self.column += width

    def _control(self, char: str) -> None:
        if char == "\n":
            self._line_feed()
        elif char == "\r":
            self.column = 0
        elif char == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif char == "\t":
            self.column = min(self.columns - 1, self.column - self.column % 8 + 8)

    def _command(self, command: str, args: str) -> None:
        if command == "m":
            self._colour(args)
        elif command in "hl" and args == "?7":
            self.wraps = command == "h"
        elif not args or args[0] not in "?>=":
            numbers = [int(number or 0) for number in args.split(";")]
            self._cursor(command, numbers) if command in "ABCDEFGHdf" else self._erase(command, numbers[0])

    def _cursor(self, command: str, numbers: list[int]) -> None:
        first, second = max(1, numbers[0]), max(1, numbers[1]) if len(numbers) > 1 else 1
        column = min(self.column, self.columns - 1)
        moves = {
            "A": (self.row - first, column),
            "B": (self.row + first, column),
            "C": (self.row, column + first),
            "D": (self.row, column - first),
            "E": (self.row + first, 0),
            "F": (self.row - first, 0),
            "G": (self.row, first - 1),
            "d": (self._top + first - 1, column),
            "H": (self._top + first - 1, second - 1),
            "f": (self._top + first - 1, second - 1),
        }
        self._move(*moves[command])

    def _move(self, row: int, column: int) -> None:
        """To a place on the screen, or the nearest one."""
        top = self._top
        self.row = max(top, min(row, top + self.rows - 1))
        self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]
        self.column = max(0, min(column, self.columns - 1))

    def _erase(self, command: str, which: int) -> None:
        line, end = self.lines[self.row], self.column
        if command == "K":
            line[:] = {0: line[:end], 1: [(" ", "")] * end + line[end:], 2: []}.get(which, line)
        elif command == "J" and which == 0:
            del line[end:], self.lines[self.row + 1 :]
        elif command == "J" and which in (2, 3):
            self.lines[self._top :] = [[] for _ in range(self._top, len(self.lines))]

    def _line_feed(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    def _colour(self, args: str) -> None:
        """Sequences add up until one resets them."""
        if args in ("", "0"):
            self.style = ""
        elif args.startswith("0;"):
            self.style = f"\x1b[{args[2:]}m"
        else:
            self.style += f"\x1b[{args}m"


def _coloured(line: list[Cell]) -> str:
    text, now = "", ""
    for char, style in line:
        if style != now:
            text += (_RESET if now else "") + style
            now = style
        text += char
    return text + (_RESET if now else "")
