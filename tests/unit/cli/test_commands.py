"""Every command: its help, its streams, its exit codes; JSON that parses and nothing else on stdout."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import SMALL, TRAINED, Said, engram

import engram as package
from engram.cli import app as app_module
from engram.cli.app import COMMANDS, load_command
from engram.cli.interrupts import stop_requests
from engram.cli.main import run

FAMILIES = {name: sorted(getattr(load_command(name), "commands", {})) for name in COMMANDS}
EVERY = [(name, *([sub] if sub else [])) for name, subs in FAMILIES.items() for sub in subs or [""]]
ESCAPE = "\x1b"
SOURCE = str(Path(package.__file__).parents[1])
try:
    import pty
except ImportError:  # Windows
    pty = None  # type: ignore[assignment]


def test_the_families_are_those_of_the_conventions() -> None:
    assert FAMILIES["data"] == ["build", "check", "inspect", "stats", "synth"]
    assert FAMILIES["models"] == ["list", "pull", "show"]
    assert FAMILIES["adapters"] == [
        *("convert", "diff", "list", "pin", "prune", "rollback", "show", "unpin", "use", "verify"),
    ]
    assert FAMILIES["schedule"] == ["install", "remove", "status"]
    assert {"teach", "demo", "train", "eval", "export", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS), *EVERY], ids=" ".join)
def test_every_help_page(words: tuple[str, ...]) -> None:
    said = engram(*words, "--help")
    assert (said.code, said.err) == (0, "")
    assert "Usage: engram" in said.out and ESCAPE not in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_the_overview_says_the_same_as_the_commands() -> None:
    overview = " ".join(engram("--help").out.replace("│", " ").split())
    for entry in COMMANDS.values():
        assert entry.help in overview


def test_version_and_no_command() -> None:
    assert re.fullmatch(r"engram \d+\.\d+\.\d+\n", engram("--version").out)
    assert engram().code == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("teahc",), "'teach'"),
        (("adapter",), "'adapters'"),
        (("data", "bild"), "'build'"),
        (("teach", "--iter", "3"), "--iters"),
        (("eval", "--adaptr", "2026-11-21-1"), "--adapter"),
        (("train",), "--data"),
        (("adapters", "show"), "name"),
        (("teach", "--backend", "tensorflow"), "torch"),
        (("teach", "--rank", "many"), "--rank"),
        (("eval",), "--suite"),
    ],
)
def test_a_wrong_request_is_answered_with_what_would_be_right(words: tuple[str, ...], hint: str) -> None:
    said = engram(*words)
    assert said.code == 2 and said.out == "" and hint.casefold() in said.err.casefold()
    assert "Traceback" not in said.err


def test_teach_tells_its_stages_on_stderr_and_its_figures_on_stdout() -> None:
    said = engram("teach", "tiny.yaml", *SMALL)
    assert said.code == 0
    assert said.err.split(" ...\n")[:4] == ["Lessons", "Before", "Training", "After"]
    assert re.search(r"recall +what was taught +3 +0% +100%", said.out)
    assert (
        "engram adapters use 2026-11-21-1" in said.out
        and str(Path("engram-report") / "report.html") in said.out
    )
    assert ESCAPE not in said.out + said.err
    assert all(len(line) <= 80 for line in said.out.splitlines() if "--home" not in line), "but for paths"


def test_every_report_as_json(taught: Said) -> None:
    assert taught.err == ""
    assert taught.json["version"] == "2026-11-21-1" and taught.json["splits"]["recall"]["tuned"] == 1.0
    assert {"config", "improvement", "splits", "per_category", "verdict"} <= set(taught.json)
    assert engram("data", "build", "tiny.yaml", "--out", "rows", "--json").json["counts"]["train"] > 3
    assert engram("data", "check", "tiny.yaml", "--json").json == {"patterns": 3, "taught": 3, "held_out": 0}
    assert engram("data", "stats", "rows", "--json").json["train"]["patterns"] == 3
    trained = engram("train", "--data", "rows", *TRAINED, "--json").json
    assert (trained["version"], trained["steps"]) == ("2026-11-21-2", 12)
    found = engram("eval", "--data", "rows", "--adapter", "v2", "--model", "fake", "--json").json
    assert (found["splits"]["recall"]["baseline"], found["splits"]["recall"]["tuned"]) == (0.0, 1.0)
    assert {entry["key"] for entry in engram("models", "list", "--json").json} >= {"seedling", "phi-2"}
    assert engram("models", "show", "fake", "--json").json["id"] == "fake"
    assert [row["name"] for row in engram("adapters", "list", "--json").json] == [
        "2026-11-21-1",
        "2026-11-21-2",
    ]
    assert engram("adapters", "show", "v1", "--json").json["manifest"]["steps"] == 12
    assert engram("adapters", "list", "--home", "elsewhere", "--json").json == []


def test_plain_text_of_the_others(taught: Said) -> None:
    engram("data", "build", "tiny.yaml", "--out", "rows")
    for words in (
        ("train", "--data", "rows", *TRAINED),
        ("eval", "--data", "rows", "--model", "fake", "--suite", "skills", "--retention-items", "10"),
        ("data", "stats", "rows"),
        ("data", "check", "tiny.yaml"),
        ("models", "list"),
        ("models", "show", "fake"),
        ("adapters", "list"),
        ("adapters", "show", "v1"),
    ):
        said = engram(*words)
        assert said.code == 0 and said.out and ESCAPE not in said.out, words
        assert max(map(len, said.out.splitlines())) <= 80 or "show" in words or "train" in words


@pytest.mark.skipif(pty is None, reason="no terminals to open on this system")
@pytest.mark.parametrize("no_colour", ["", "1"])
def test_colour_is_for_terminals_and_only_if_wanted(no_colour: str) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_colour, "PYTHONPATH": SOURCE}
    child = subprocess.Popen(
        [sys.executable, "-m", "engram", "--help"], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert child.wait(30) == 0 and b"teach" in shown
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-9]m", shown)) is not bool(no_colour)


def test_names_are_shown_as_they_are(place: Path) -> None:
    odd = place / "a[bold]:car:[x]"
    odd.mkdir()
    said = engram("data", "build", "tiny.yaml", "--out", odd / "rows")
    assert said.code == 0 and "a[bold]:car:[x]" in said.out.replace("\n", "")
    said = engram("data", "check", "no\x1b[2Jsuch.yaml")
    assert said.code == 2 and ESCAPE not in said.err and r"no\x1b[2Jsuch.yaml" in said.err


def boom(error: BaseException) -> Any:
    def command(*_: Any, **__: Any) -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (KeyboardInterrupt(), "Interrupted.", 1),
        (OSError(28, os.strerror(28), "/x/y"), "The disk is full: /x/y.", 1),
        (OSError(30, os.strerror(30), "/x"), "Read-only file system: /x.", 1),
        (OSError(5, os.strerror(5)), "Input/output error.", 1),
        (MemoryError(), "ran out of memory", 1),
    ],
)
@pytest.mark.parametrize("where", ["engram.cli.app.load_command", "engram.cli.adapters.Home.find"])
def test_whatever_the_system_says_is_one_line_and_a_hint(
    error: BaseException, sentence: str, code: int, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a command is imported, and while it works."""
    load_command("adapters")
    monkeypatch.setattr(where, boom(error))
    said = engram("adapters", "list")
    assert said.code == code and said.out == ""
    assert said.err.startswith("engram: ") and sentence in said.err and len(said.err.splitlines()) <= 2


def test_an_interrupt_while_the_first_imports_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "app", boom(KeyboardInterrupt()))
    said = engram("--help")
    assert said.code == 1 and said.err.startswith("engram: Interrupted.")


def test_a_reader_that_went_away_is_no_error_to_talk_about(taught: Said) -> None:
    read, write = os.pipe()
    os.close(read)
    err = io.StringIO()
    with os.fdopen(write, "w") as pipe, redirect_stdout(pipe), redirect_stderr(err):
        assert run(["adapters", "list", "--json"]) == 1
    assert err.getvalue() == ""


def test_a_full_disk_behind_stdout_is_told(taught: Said) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full, redirect_stdout(full):
        assert run(["adapters", "list", "--json"]) == 1


def test_a_terminal_without_the_characters_gets_codes() -> None:
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="ascii")
    with redirect_stdout(narrow):
        assert run(["data", "build", "tiny.yaml", "--out", "é"]) == 0
    assert raw.getvalue().startswith(rb"\xe9: ")


def test_the_first_signal_asks_and_the_second_stops() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stop_requests() as asked:
        assert not asked()
        signal.raise_signal(signal.SIGTERM)
        assert asked()
        signal.raise_signal(signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_ignored_signal_stays_ignored() -> None:
    """As under nohup, or in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_requests() as asked:
            signal.raise_signal(signal.SIGINT)
            assert not asked()
    finally:
        signal.signal(signal.SIGINT, before)
