"""Commands of a conversation: which lines are one, what follows them, and what a wrong one may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.chat.commands import COMMANDS, is_command, parse, parse_fact, parse_numbers
from engram.errors import UsageError


def test_those_of_the_issue_are_there() -> None:
    names = {command.name for command in COMMANDS}
    assert names >= {
        "why",
        "remember",
        "forget",
        "good",
        "bad",
        "edit",
        "tag",
        "incognito",
        "adapter",
        "help",
    }
    assert len(names) == len(COMMANDS) and all(command.help for command in COMMANDS)


@pytest.mark.parametrize("line", ["/why", " /why", "/WHY", "/nothing", "/", "/edit a b", "/forget 1/2"])
def test_commands(line: str) -> None:
    assert is_command(line)


@pytest.mark.parametrize("line", ["", "why", "what is /why", "/etc/hosts is a file", "/2 of it", "//", "1/2"])
def test_things_to_talk_about(line: str) -> None:
    assert not is_command(line)


def test_name_and_argument() -> None:
    assert parse("/remember dog = Rufo = dog ") == ("remember", "dog = Rufo = dog")
    assert parse(" /Why ") == ("why", "")
    assert parse("/edit  two\nlines") == parse("/edit\ntwo\nlines") == ("edit", "two\nlines")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/remeber x = y", "Did you mean /remember?"),
        ("/frget 3", "Did you mean /forget?"),
        ("/hepl", "Did you mean /help?"),
        ("/zzz", "/help lists them."),
        ("/", "/help lists them."),
        ("/good job", "Type /good alone."),
    ],
)
def test_a_wrong_one_is_answered_with_what_would_be_right(line: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert hint in caught.value.hint


def test_facts() -> None:
    assert parse_fact("my dog's name = Rufo") == ("my dog's name", "Rufo")
    assert parse_fact("x=a=b") == ("x", "a=b")
    for wrong in ("", "dog Rufo", "= Rufo", "dog ="):
        with pytest.raises(UsageError, match="key and a value"):
            parse_fact(wrong)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("12", (12,)),
        ("12 13", (12, 13)),
        ("12, 13,#14", (12, 13, 14)),
        ("Rufo 12", ()),
        ("12th of May", ()),
        ("²", ()),
        ("9" * 30, ()),
    ],
)
def test_numbers_or_words(typed: str, numbers: tuple[int, ...]) -> None:
    assert parse_numbers(typed) == numbers


@given(st.text(max_size=30))
def test_any_line_is_a_command_or_refused_or_talk(line: str) -> None:
    parse_numbers(line)
    if is_command(line):
        try:
            name, _ = parse(line)
        except UsageError:
            return
        assert name in {command.name for command in COMMANDS}
