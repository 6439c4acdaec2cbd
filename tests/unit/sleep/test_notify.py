"""How a morning is told: by which words, and that nothing which goes wrong there matters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from engram.sleep import notify as room
from engram.sleep.notify import TITLE, command, notify, run

SENTENCE = """Ana said "hi", it's $HOME; `ls` \\n "display" \N{SNOWMAN}"""


class Runner:
    """Runs nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.ran: list[Sequence[str]] = []
        self._error = error

    def __call__(self, words: Sequence[str]) -> None:
        self.ran.append(words)
        if self._error:
            raise self._error


def test_a_command_gets_the_sentence_as_one_word_whatever_is_in_it() -> None:
    runner = Runner()
    assert notify("mail -s 'the night' me", SENTENCE, runner) == ""
    assert runner.ran == [["mail", "-s", "the night", "me", SENTENCE]]


def test_nothing_is_run_where_nothing_is_wanted() -> None:
    runner = Runner()
    assert notify("", SENTENCE, runner) == "" and not runner.ran


@pytest.mark.parametrize(
    "error",
    [OSError(2, "no such file"), subprocess.TimeoutExpired("x", 20), subprocess.CalledProcessError(3, "x")],
)
def test_what_goes_wrong_is_said_and_not_raised(error: Exception) -> None:
    said = notify("tell", SENTENCE, Runner(error))
    assert said.startswith("The morning could not be told by 'tell': ") and SENTENCE not in said


def test_a_setting_that_cannot_be_read_is_said() -> None:
    runner = Runner()
    assert "No closing quotation" in notify("mail 'me", SENTENCE, runner) and not runner.ran


def test_the_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    words = command("desktop", SENTENCE)
    # The sentence is never a part of the script, which would read it.
    assert words[0] == "osascript" and words[-1] == SENTENCE and SENTENCE not in " ".join(words[:-1])
    assert TITLE in words[2]
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(room.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert command("desktop", SENTENCE)[0] == "notify-send" and command("desktop", SENTENCE)[-1] == SENTENCE
    monkeypatch.setattr(room.shutil, "which", lambda name: None)
    assert "notify-send is not installed" in notify("desktop", SENTENCE, Runner())


def test_a_real_command_is_run_without_a_shell() -> None:
    check = f"{sys.executable} -c 'import sys; sys.exit(sys.argv[1] != chr(34) + chr(36))'"
    assert notify(check, '"$', run) == ""
    assert "exit status 1" in notify(check, "$", run)
