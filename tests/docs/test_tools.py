"""Pictures and recordings show what a terminal showed."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from rich.text import Text
from tools import record_cast, terminal_picture


def screen(capture: str) -> list[str]:
    return [Text.from_ansi(line).plain for line in terminal_picture.play(capture)]


@pytest.mark.parametrize(
    ("capture", "left"),
    [
        ("a\r\nb\r\n", ["a", "b", ""]),
        ("10%\r20%\r30%\r\ndone", ["30%", "done"]),
        ("one\ntwo\x1b[2K\x1b[1A\x1b[2Kagain\n", ["again", ""]),
        ("\x1b]0;title\x07\x1b[?25lx\x1b[?25h", ["x"]),
        ("\x1b[1;32mgreen\x1b[0m plain", ["green plain"]),
    ],
)
def test_play_leaves_what_the_screen_shows(capture: str, left: list[str]) -> None:
    assert screen(capture) == left


def test_a_picture_is_xml_with_the_text_and_fetches_nothing() -> None:
    svg = terminal_picture.picture(["\x1b[32mgreen & <b>\x1b[0m", "│ second │"], "a title", 40)
    root = ET.fromstring(svg)
    text = "".join(root.itertext()).replace("\xa0", " ")
    assert "green & <b>" in text and "│ second │" in text and "a title" in text
    assert "@font-face" not in svg and "url(http" not in svg


def record(tmp_path: Path, *commands: str) -> tuple[int, list[str]]:
    file = tmp_path / "demo.cast"
    code = record_cast.record(commands, file)
    return code, file.read_text(encoding="utf-8").splitlines()


def test_a_cast_holds_what_was_written_in_a_terminal(tmp_path: Path) -> None:
    program = tmp_path / "show.py"
    program.write_text(
        "import os, sys\nprint(sys.stdout.isatty(), *os.get_terminal_size(), 'é→', os.environ['TERM'])\n",
        encoding="utf-8",
    )
    code, lines = record(tmp_path, f"{sys.executable} {program}")
    header, events = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    assert code == 0
    assert (header["version"], header["width"], header["height"]) == (2, 80, 30)
    assert {kind for _, kind, _ in events} == {"o"}
    times = [seconds for seconds, _, _ in events]
    assert times == sorted(times) and times[0] >= 0
    written = "".join(data for _, _, data in events)
    assert "True 80 30 é→ xterm-256color\r\n" in written
    assert re.sub(r"\x1b\[[0-9;]*m", "", written).startswith(f"$ {sys.executable} ")


def test_recording_stops_at_the_first_failure(tmp_path: Path) -> None:
    code, lines = record(tmp_path, f"{sys.executable} -c 'raise SystemExit(3)'", "echo never")
    assert code == 3
    assert "never" not in "".join(json.loads(line)[2] for line in lines[1:])


def test_a_cast_can_be_drawn(tmp_path: Path) -> None:
    record(tmp_path, "echo hello")
    capture = terminal_picture.read_capture(tmp_path / "demo.cast")
    assert screen(capture)[:2] == ["$ echo hello", "hello"]


def test_the_frame_of_a_typescript_is_not_drawn(tmp_path: Path) -> None:
    file = tmp_path / "typescript"
    file.write_text("Script started on Friday\nhello\r\nScript done on Friday\n", encoding="utf-8")
    assert screen(terminal_picture.read_capture(file))[0] == "hello"
