"""Turns what a terminal showed into an SVG picture: no screenshot, no browser, no network.

Reads a capture with ANSI colours (`script`, a rich export, a pipe with FORCE_COLOR=1) or an asciicast v2 file
(record_cast.py, record_scene.py), plays it to its end, and draws what is left on the screen. Of a capture it
knows colours, carriage returns, cursor up and erased lines, which is what progress bars use; a recording is
played by screen.py. Not here: other control sequences; they are dropped.

Run: `python -m tools.terminal_picture CAPTURE OUT.svg [--title TEXT] [--width 80] [--last-lines N]`
"""

from __future__ import annotations

import argparse
import io
import json
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tools.screen import Screen

_TOKEN = re.compile(
    r"\x1b\[(?P<args>[0-9;?]*)(?P<command>[A-Za-z])"  # control sequences
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # window titles and links
    r"|\x1b[()][A-Z0-9]|\x1b[=>78]"  # character sets, keypad, cursor memory
    r"|(?P<newline>\n)|(?P<start>\r)|(?P<bell>[\x07\x08])|(?P<text>[^\x1b\n\r\x07\x08]+)"
)
_SCRIPT_LINES = re.compile(r"^Script (started|done) on .*$\n?", re.MULTILINE)
_FONT_FACES = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def read_capture(file: Path) -> str:
    """What was written to the terminal; an asciicast's output events joined."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".cast":
        events = [json.loads(line) for line in text.splitlines()[1:] if line.strip()]
        return "".join(data for _, kind, data in events if kind == "o")
    return _SCRIPT_LINES.sub("", text)


def lines_of(file: Path) -> list[str]:
    """What is left on the screen. In a recording the cursor moves freely: that takes a whole screen."""
    if file.suffix != ".cast":
        return play(read_capture(file))
    with file.open(encoding="utf-8") as lines:
        header = json.loads(next(lines))
    screen = Screen(header["width"], header["height"])
    screen.write(read_capture(file))
    return screen.coloured()


def play(capture: str) -> list[str]:
    """The lines that are left on the screen, colours still in them as ANSI sequences."""
    rows, row, fresh = [""], 0, False
    for token in _TOKEN.finditer(capture):
        command = token["command"]
        if token["newline"]:
            row, fresh = row + 1, False
            rows += [""] * (row + 1 - len(rows))
        elif token["start"]:
            fresh = True  # what is written next replaces the line
        elif command == "A":
            row = max(0, row - int(token["args"] or 1))
        elif command == "K":
            rows[row], fresh = "", False
        elif command == "m":
            rows[row] += token[0]
        elif token["text"]:
            rows[row] = token["text"] if fresh else rows[row] + token["text"]
            fresh = False
    return rows


def picture(lines: list[str], title: str, width: int) -> str:
    """The SVG. Fonts are the reader's own; nothing is fetched."""
    console = Console(
        record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=True)
    svg = console.export_svg(title=title, unique_id="terminal")
    return _FONT_FACES.sub("", svg).replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Draw a terminal capture as an SVG.")
    parser.add_argument("capture", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--title", default="engram")
    parser.add_argument("--width", type=int, default=80, help="columns")
    parser.add_argument("--last-lines", type=int, help="draw only so many lines from the end")
    given = parser.parse_args()
    lines = lines_of(given.capture)
    while lines and not Text.from_ansi(lines[-1]).plain.strip():
        lines.pop()
    lines = lines[-given.last_lines :] if given.last_lines else lines
    given.out.write_text(picture(lines, given.title, given.width), encoding="utf-8")


if __name__ == "__main__":
    main()
