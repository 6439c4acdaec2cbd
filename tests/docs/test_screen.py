"""The screen that recordings are drawn from, and scenes that are played to programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from rich.text import Text
from tools import record_scene, terminal_picture
from tools.screen import Screen
from tools.sections import ROOT

from engram.cli.app import COMMANDS


def shown(text: str, columns: int = 10, rows: int = 4) -> list[str]:
    screen = Screen(columns, rows)
    screen.write(text)
    return screen.plain()


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\r\nb", ["a", "b"]),
        ("100%\r20", ["200%"]),
        ("abc\x1b[2Dx", ["axc"]),
        ("abc\b\bx", ["axc"]),
        ("ab\x1b[3Cc", ["ab   c"]),
        ("one\r\ntwo\x1b[A\rx", ["xne", "two"]),
        ("one\r\ntwo\r\n\x1b[2Athree", ["three", "two", ""]),
        ("abcdef\x1b[3D\x1b[K", ["abc"]),
        ("abcdef\x1b[3D\x1b[1K", ["   def"]),
        ("abcdef\x1b[2Kx", ["      x"]),
        ("a\r\nb\r\nc\x1b[2A\x1b[J", ["a"]),
        ("a\r\nb\x1b[2J\x1b[Hc", ["c", ""]),
        ("0123456789ab", ["0123456789", "ab"]),
        ("\x1b[?7l0123456789ab", ["012345678b"]),
        ("0123456789\r\nx", ["0123456789", "x"]),
        ("0123456789\x1b[Dx", ["01234567x9"]),
        ("a\tb", ["a       b"]),
        ("日本\x1b[2Dx", ["日x"]),
        ("e\u0301a", ["e\u0301a"]),
        ("a\x1b7b\x1b8c", ["ac"]),
        ("\x1b]0;title\x07\x1b[?25lx\x1b[?25h\x1b=", ["x"]),
        ("a\x1b[9Ab\x1b[99Dc", ["cb"]),
    ],
)
def test_what_is_left(written: str, left: list[str]) -> None:
    assert shown(written) == left


def test_what_scrolls_away_is_kept_and_out_of_reach() -> None:
    """Four rows: the cursor cannot climb above the first of them."""
    assert shown("1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[9A\rx") == ["1", "2", "x", "4", "5", "6"]


def test_colours_stay_with_their_text() -> None:
    screen = Screen()
    screen.write("\x1b[1;32mgreen\x1b[0m plain\r\x1b[31mG\x1b[0m")
    (line,) = (Text.from_ansi(text) for text in screen.coloured())
    spans = {line.plain[span.start : span.end]: str(span.style) for span in line.spans}
    assert line.plain == "Green plain"
    assert spans["G"] == "color(1)" and spans["reen"] == "bold color(2)"


def test_a_recording_is_drawn_as_its_terminal_showed_it(tmp_path: Path) -> None:
    cast = tmp_path / "x.cast"
    events = [[0.1, "o", "0123456789ab\r\n"], [0.2, "o", "x\x1b[A\x1b[C!"]]
    lines = [{"version": 2, "width": 10, "height": 4}, *events]
    cast.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert terminal_picture.lines_of(cast) == ["0123456789", "ab!", "x"]


def test_reading_a_scene() -> None:
    lines = ["# why\n", "\n", "$ one 1\n", "first\n", "^D\n", "$ two\n"]
    assert list(record_scene.read_scene(lines)) == [("one 1", ["first", "^D"]), ("two", [])]
    with pytest.raises(ValueError, match="typed to no command"):
        list(record_scene.read_scene(["lost\n"]))


ASKS = """
import sys
print("ready, is it a terminal:", sys.stdin.isatty())
for line in iter(lambda: input("> "), "stop"):
    print("heard", line)
try:
    input("> ")
except EOFError:
    print("the end")
"""


def test_a_scene_is_typed_when_it_is_asked_for(tmp_path: Path) -> None:
    program, cast = tmp_path / "asks.py", tmp_path / "scene.cast"
    program.write_text(ASKS)
    record_scene.record([(f"{sys.executable} {program}", ["one", "stop", "^D"])], cast)
    screen = Screen(record_scene.COLUMNS, record_scene.ROWS)
    for line in cast.read_text(encoding="utf-8").splitlines()[1:]:
        screen.write(json.loads(line)[2])
    text = screen.plain()
    start = text.index("ready, is it a terminal: True")
    assert text[start + 1 : start + 5] == ["> one", "heard one", "> stop", "> the end"]


def test_what_is_never_asked_for_is_said(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="asks for nothing"):
        record_scene.record([(f"{sys.executable} -c print(1)", ["never"])], tmp_path / "scene.cast")


def test_the_shipped_scene_knows_its_commands() -> None:
    with (ROOT / "docs" / "first-day.scene").open(encoding="utf-8") as lines:
        scene = [command.split() for command, _ in record_scene.read_scene(lines)]
    ours = [words[1] for words in scene if words[0] == "engram"]
    assert ours[:2] == ["init", "chat"] and set(ours) <= set(COMMANDS)
