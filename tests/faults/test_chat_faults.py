"""Conversations killed, ended or abandoned in the middle of an answer: what was acknowledged is there.

A turn is acknowledged when its answer begins. Not here: power cuts (test_power_cuts.py), keys at a terminal
(tests/unit/cli/test_chat_terminal.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.road import engram

from engram.chat.holding import signals_held
from engram.home import Home
from engram.store.database import Database
from engram.store.ledger import Ledger

if sys.platform == "win32":
    pytest.skip("no such signals on this system", allow_module_level=True)

from tests.support.terminal import ENTER, ROOT, SOURCE, Terminal

ODD = "tests.support.odd_chat"
WHOLE = "I don't know ("
ENDS = ")."


def texts() -> list[str]:
    with Database.open(Home.find().database) as database:
        return [entry.text for entry in Ledger(database).entries()]


def begin(*words: str) -> subprocess.Popen[bytes]:
    """A slow conversation fed by a pipe, in the middle of its second answer."""
    paths = {"PYTHONPATH": os.pathsep.join([SOURCE, str(ROOT)]), "ENGRAM_TEST_PAUSE": "0.04"}
    process = subprocess.Popen(
        [sys.executable, "-m", ODD, "chat", "--model", "fake", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **paths},
    )
    assert process.stdin and process.stdout
    process.stdin.write(b"the first\nthe second\n")
    process.stdin.flush()
    process.stdout.readline()
    assert process.stdout.read(3) == b"I d"
    return process


def test_kill_9_loses_nothing_that_was_acknowledged() -> None:
    with begin() as process:
        process.kill()
        process.communicate()
    told = texts()
    assert told[0] == "the first" and told[1].startswith(WHOLE) and told[2:] == ["the second"]
    assert engram("memory", "verify").code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda one: one.name)
def test_a_signal_keeps_the_answer_so_far(number: signal.Signals) -> None:
    with begin() as process:
        process.send_signal(number)
        rest, error = process.communicate()
    assert process.returncode == 1 and b"Interrupted." in error and b"Traceback" not in error
    first, answer, second, begun = texts()
    assert (first, second) == ("the first", "the second") and answer.endswith(ENDS)
    assert begun == ("I d" + rest.decode()).rstrip("\n") and not begun.endswith(ENDS)


def test_a_reader_that_goes_away_keeps_the_answer_so_far() -> None:
    with begin() as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == 1 and error == b""
    assert len(texts()) == 4 and texts()[3].startswith("I d") and not texts()[3].endswith(ENDS)


def test_a_terminal_that_is_closed_keeps_the_answer_so_far() -> None:
    with Terminal("chat", "--model", "fake", module=ODD, ENGRAM_TEST_PAUSE="0.04") as terminal:
        terminal.wait_for("\n>")
        terminal.type("the first" + ENTER)
        terminal.wait_for("\nI d")
        terminal.hang_up()
        terminal.process.wait(30)
    question, begun = texts()
    assert question == "the first" and begun.startswith("I d") and not begun.endswith(ENDS)


def test_a_signal_waits_while_something_is_written() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), signals_held():
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(True)
    assert reached


def test_a_full_disk_ends_a_pipe_with_a_sentence(tmp_path: Path) -> None:
    engram("remember", "the weather", "fine")
    paths = {"PYTHONPATH": os.pathsep.join([SOURCE, str(ROOT)]), "ENGRAM_TEST_PAGES": "1"}
    done = subprocess.run(
        [sys.executable, "-m", ODD, "chat", "--model", "fake", "--json"],
        input="x" * 9000 + "\nand then\n",
        capture_output=True,
        text=True,
        env={**os.environ, **paths},
        check=False,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("engram: The database ") and "the disk is full" in done.stderr
    assert texts() == ["fine"]
