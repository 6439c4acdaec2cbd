"""`engram chat` as a person has it: in a terminal, key by key."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest
from tests.support.road import Said, engram

from engram.home import Home
from engram.store.database import Database
from engram.store.entries import Entry
from engram.store.ledger import Ledger

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals on this system", allow_module_level=True)

from tests.support.terminal import ALT_ENTER, CTRL_C, CTRL_D, ENTER, TAB, UP, Terminal, pasted

FAKE = ("chat", "--model", "fake")
ANSWER = "I don't know ("
ODD = "tests.support.odd_chat"


def written() -> list[Entry]:
    with Database.open(Home.find().database) as database:
        return Ledger(database).entries()


def said() -> list[tuple[str, str]]:
    return [(entry.text, entry.source) for entry in written() if entry.speaker == "user"]


def test_a_conversation_with_its_commands() -> None:
    engram("remember", "my dog's name", "Rufo")
    with Terminal(*FAKE) as terminal:
        head = terminal.wait_for("\n>")
        assert "fake, no adapter; 1 entry written down" in head
        assert "is written down" in head and "/help" in head
        assert "Nothing was answered yet." in terminal.say("/why", "Say something first.")
        terminal.say("do you like my dog's name?", ANSWER)
        why = terminal.say("/why", "Rufo")
        assert "was shown 1 memory:" in why and "     1   20" in why and "you" in why
        assert "in the answer" not in why
        terminal.say("/good", "Entry 3 is confirmed")
        terminal.say("/bad", "Entry 3 is rejected")
        terminal.say("/tag #no-train", "Entries 2 and 3: #no-train.")
        terminal.say("/tag", "Entries 2 and 3: #no-train.")
        terminal.say("/tag none", "Entries 2 and 3: no tags.")
        terminal.say("/tag #private", "/forget 2 3")
        terminal.say("/tag #none-such", "There is no tag #none-such.")
        terminal.say(
            "/remember my dog's name = Rufa", "entry 4: my dog's name = Rufa (before: Rufo, entry 1)"
        )
        terminal.say("/remember my dog's name = Rufa", "Entry 4 says so already")
        terminal.say("/remember pin = 5512 #private", "never written down")
        terminal.say("/edit what is my cat's name?", ANSWER)
        assert "Did you mean /remember?" in terminal.say("/remeber x", "/help lists them.")
        terminal.say("/help", "Up-arrow")
        terminal.type(CTRL_D)
        assert terminal.end() == 0
    entries = written()
    assert [entry.rating for entry in entries] == [0, 0, -1, 0, 0, 0]
    assert [entry.replaces for entry in entries] == [None, None, None, 1, 2, 3]


def test_a_fact_told_on_purpose_answers_word_for_word_until_it_is_forgotten() -> None:
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.say("what is my dog's name?", ANSWER)
        terminal.say("/remember my dog's name = Rufo", "entry 3: my dog's name = Rufo")
        assert "from the exact memory: my dog's name = Rufo" in terminal.say(
            "what is my dog's name?", "entry 3"
        )
        why = " ".join(terminal.say("/why", "entry 3.").split())
        assert re.search(r"The answer is from the exact memory: my dog's name = Rufo, told 20\d\d-", why)
        terminal.say("/remember my dog's name = Rufa", "(before: Rufo, entry 3)")
        terminal.say("my dog's name", "= Rufa, told")
        assert "is short" in terminal.say("/remember wifi = blue42", "only by itself")
        terminal.say("what about the wifi", ANSWER)
        terminal.say("wifi?", "wifi = blue42")
        terminal.type("/forget Rufa" + ENTER)
        terminal.wait_for("for good? [y/N]")
        terminal.type("y" + ENTER)
        terminal.wait_for("forgotten")
        terminal.wait_for("\n>")
        terminal.say("my dog's name", "= Rufo, told")
        terminal.type(CTRL_D)
        assert terminal.end() == 0


def test_forgetting_shows_asks_and_leaves_nothing() -> None:
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.say("my neighbour is called Melisande", ANSWER)
        terminal.say("the sky is blue", ANSWER)
        terminal.say("/forget", "Forget what?")
        terminal.say("/forget Xanadu", "Nothing that is written down contains that.")
        terminal.type("/forget Melisande" + ENTER)
        assert "called Melisande" in terminal.wait_for("for good? [y/N]")
        terminal.type("no" + ENTER)
        terminal.wait_for("Nothing was forgotten.")
        terminal.wait_for("\n>")
        terminal.type("/forget Melisande" + ENTER)
        terminal.wait_for("for good? [y/N]")
        terminal.type("y" + ENTER)
        receipt = terminal.wait_for("not a byte found")
        assert "1 turn: 1" in receipt
        terminal.wait_for("\n>")
        terminal.type(9 * UP)
        terminal.say("", ANSWER)  # the oldest that is left
        terminal.type("/quit" + ENTER)
        assert terminal.end() == 0
    assert said() == [("the sky is blue", "chat")] * 2
    assert all(
        b"Melisande" not in file.read_bytes() for file in Home.find().root.rglob("*") if file.is_file()
    )


def test_several_lines_and_what_was_pasted() -> None:
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.type("typed" + ALT_ENTER + "in two lines")
        terminal.say("", ANSWER)
        terminal.type('"""' + ENTER + "a block" + ENTER + ENTER + "of lines" + ENTER)
        terminal.say('"""', ANSWER)
        terminal.type(pasted("pasted\r\nlines\r\n"))
        terminal.say("", ANSWER)
        terminal.type(pasted("one pasted word"))
        terminal.say("", ANSWER)
        terminal.type("/edit" + ENTER)
        terminal.wait_for("edit>")
        terminal.type(CTRL_C + CTRL_C)  # empties the line, and gives it up
        terminal.wait_for("\n>")
        terminal.type("/edit" + ENTER)
        terminal.wait_for("edit>")
        terminal.type(CTRL_C + pasted("edited\nby pasting"))
        terminal.say("", ANSWER)
        terminal.type("/edit " + pasted("edited\nagain"))
        terminal.say("", ANSWER)
        terminal.say("/edit by hand", ANSWER)
        terminal.type("/edit" + ENTER)
        terminal.wait_for("edit>")
        terminal.type(CTRL_C + CTRL_D)
        assert terminal.end() == 0
    assert said() == [
        ("typed\nin two lines", "chat"),
        ("a block\n\nof lines", "chat"),
        ("pasted\nlines", "pasted"),
        ("one pasted word", "chat"),
        ("edited\nby pasting", "pasted"),
        ("edited\nagain", "pasted"),
        ("by hand", "pasted"),
    ]


def test_history_comes_from_the_ledger_and_tab_completes() -> None:
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.say("the first thing", ANSWER)
        terminal.say("hidden #private", ANSWER)
        terminal.type(CTRL_D)
        terminal.end()
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.type(UP)
        terminal.say(" again", ANSWER)
        terminal.type("/inco" + TAB)
        terminal.wait_for("/incognito")
        terminal.say("", "Nothing is written down from here on.")
        terminal.say("a whisper", ANSWER)
        terminal.say("/remember pin = whisper", "Incognito: nothing is written down.")
        terminal.say("/good", "There is no written answer to rate.")
        terminal.say("/tag", "The last exchange is not written down.")
        terminal.say("/incognito", "is written down again")
        terminal.type("/adapter no" + TAB)
        terminal.wait_for("none")
        terminal.say("", "fake answers without an adapter")
        terminal.type("done #no-tr" + TAB)
        terminal.wait_for("#no-train")
        terminal.say("", ANSWER)
        terminal.type(CTRL_D)
        terminal.end()
    assert [text for text, _ in said()] == ["the first thing", "the first thing again", "done"]
    assert written()[-1].tags == {"no-train"}
    files = [file for file in Home.find().root.rglob("*") if file.is_file()]
    assert {file.name.split("-")[0] for file in files} == {"memory.db"}, "no history file"
    assert all(b"whisper" not in file.read_bytes() for file in files)


def test_choosing_an_adapter_within_a_conversation(taught: Said) -> None:
    with Terminal(*FAKE, "--no-recall") as terminal:
        terminal.wait_for("\n>")
        terminal.say("alpha key", ANSWER)
        assert "* none" in terminal.say("/adapter", "  2026-11-21-1")
        terminal.say("/adapter v9", "There are: 2026-11-21-1.")
        terminal.say("/adapter v1", "fake answers with 2026-11-21-1")
        terminal.type("/edit alpha key" + ENTER)
        terminal.wait_for("\none\n")
        terminal.wait_for("\n>")
        assert "  none" in terminal.say("/adapter", "* 2026-11-21-1")
        terminal.type(CTRL_D)
        terminal.end()
    assert written()[-1].adapter == "2026-11-21-1"


def test_leaving() -> None:
    """Ctrl-C gives a line up; on an empty one it warns, and leaves when it comes again."""
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.type("never said" + CTRL_C)
        terminal.say("said", ANSWER)
        terminal.type(CTRL_C)
        terminal.wait_for("once more")
        terminal.wait_for("\n>")
        terminal.say("not yet", ANSWER)
        terminal.type(CTRL_C)
        terminal.wait_for("once more")
        terminal.wait_for("\n>")
        terminal.type(CTRL_C)
        assert terminal.end() == 0
    assert [text for text, _ in said()] == ["said", "not yet"]


def test_a_signal_at_the_prompt_ends_it_and_puts_the_terminal_in_order() -> None:
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.signal(signal.SIGTERM)
        assert terminal.end() == 0
    assert "\x1b[?2004l" in terminal.raw, "bracketed paste is off again"
    assert "Traceback" not in terminal.shown


def test_ctrl_c_ends_an_answer_and_keeps_it() -> None:
    with Terminal(*FAKE, module=ODD, ENGRAM_TEST_PAUSE="0.05") as terminal:
        terminal.wait_for("\n>")
        terminal.type("tell me" + ENTER)
        terminal.wait_for("\nI d")
        terminal.type(CTRL_C)
        terminal.wait_for("(stopped)")
        terminal.wait_for("\n>")
        terminal.type("and then" + ENTER)
        terminal.wait_for("\nI")
        terminal.signal(signal.SIGTERM)
        assert terminal.end() == 0
    first, then = (entry.text for entry in written() if entry.speaker == "assistant")
    assert "I don't know (".startswith(first[:14]) and first.startswith("I d") and not first.endswith(").")
    assert then.startswith("I") and not then.endswith(").")
    assert [text for text, _ in said()] == ["tell me", "and then"]


def test_no_colour_where_none_is_wanted() -> None:
    with Terminal(*FAKE, NO_COLOR="1") as terminal:
        terminal.wait_for("\n>")
        terminal.say("/nothing", "/help lists them.")
        terminal.type(CTRL_D)
        terminal.end()
    assert not re.search(r"\x1b\[[0-9;]*3[0-9](;[0-9;]*)?m", terminal.raw)


def test_control_characters_are_shown_not_obeyed() -> None:
    engram("remember", "alarm", "one\x1b[2Jtwo\x07")
    with Terminal(*FAKE) as terminal:
        terminal.wait_for("\n>")
        terminal.say("what is the alarm?", ANSWER)
        assert r"one\x1b[2Jtwo\x07" in terminal.say("/why", "score")
        terminal.type("/forget 1" + ENTER)
        assert r"one\x1b[2Jtwo\x07" in terminal.wait_for("[y/N]")
        terminal.type(CTRL_C)
        terminal.wait_for("Nothing was forgotten.")
        terminal.wait_for("\n>")
        terminal.type(CTRL_D)
        terminal.end()


def test_a_database_that_is_locked_is_said_at_once(isolated: Path) -> None:
    """Another program writes for longer than anybody waits."""
    with Terminal(*FAKE, module=ODD, ENGRAM_TEST_BUSY="0.1", columns=300) as terminal:
        terminal.wait_for("\n>")
        terminal.say("before", ANSWER)
        with Database.open(Home.find().database) as other, other.write():
            terminal.type("during" + ENTER)
            terminal.wait_for("is being written by another program")
            terminal.wait_for("It was not written down, and not answered.")
            terminal.wait_for("\n>")
        terminal.type(ENTER)  # what could not be kept stands at the prompt again
        terminal.wait_for(ANSWER)
        terminal.wait_for("\n>")
        terminal.type(CTRL_D)
        terminal.end()
    assert [text for text, _ in said()] == ["before", "during"]


def test_a_full_disk_is_said_at_once_and_talking_goes_on_without_writing() -> None:
    engram("remember", "the weather", "fine")
    with Terminal(*FAKE, module=ODD, ENGRAM_TEST_PAGES="1", columns=300) as terminal:
        terminal.wait_for("\n>")
        terminal.type(pasted("x" * 9000) + ENTER)
        terminal.wait_for("cannot grow: the disk is full. Free some space, then try again.")
        terminal.wait_for("It was not written down, and not answered.")
        terminal.wait_for("\n>")
        terminal.type(CTRL_C)  # gives up what stands at the prompt again
        terminal.say("/incognito", "Nothing is written down from here on.")
        terminal.say("a whisper", ANSWER)
        terminal.type(CTRL_D)
        terminal.end()
    assert [entry.text for entry in written()] == ["fine"]
