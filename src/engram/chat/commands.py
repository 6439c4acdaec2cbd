"""What can be typed in a conversation besides talking: names, arguments, and what a wrong one may have meant.

Not here: doing it (cli/chat_commands.py).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from engram.errors import UsageError

SIGN = "/"
LONGEST_NUMBER = 18
"""Digits that the database can count to; more of them are a word like any other."""


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments` as help shows them; "" for a command that takes none."""

    name: str
    arguments: str
    help: str


COMMANDS = tuple(
    Command(*row)
    for row in (
        ("why", "", "What the last answer was based on: a fact or memories, with dates, and the model."),
        ("remember", "KEY = VALUE", "Keep a fact: asked for its key, the answer is its value."),
        ("forget", "NUMBERS or WORDS", "Show what is to go, ask, and remove every byte of it."),
        ("good", "", "The last answer was right: it may be learned from."),
        ("bad", "", "The last answer was wrong: it is never learned from."),
        ("better", "TEXT", "Say how the last answer should have been: a night may learn it."),
        ("edit", "[TEXT]", "Say the last thing otherwise, and ask again."),
        (
            "tag",
            "[#TAGS or none]",
            "Tag the last exchange: #no-train, #no-rag, #no-memory; alone, show its tags.",
        ),
        ("incognito", "", "Write nothing down from here on, or write again."),
        ("adapter", "[VERSION or none]", "Answer with another adapter version; alone, list them."),
        ("help", "", "This list."),
        ("quit", "", "Leave. So does Ctrl-D."),
    )
)
NAMES = tuple(command.name for command in COMMANDS)


def is_command(line: str) -> bool:
    """A slash and a word, or a slash alone. Paths such as /etc/hosts are things to talk about."""
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return word.startswith(SIGN) and (word == SIGN or word[1:].replace("-", "").isalpha())


def parse(line: str) -> tuple[str, str]:
    """Name and argument of a command. Raises UsageError for an unknown one, or an argument too many."""
    word, *rest = line.split(maxsplit=1)
    name, argument = word.removeprefix(SIGN).lower(), "".join(rest).strip()
    found = next((command for command in COMMANDS if command.name == name), None)
    if found is None:
        close = difflib.get_close_matches(name, NAMES, n=1)
        meant = f"Did you mean {SIGN}{close[0]}? " if close else ""
        raise UsageError(f"There is no command {SIGN}{name}.", f"{meant}{SIGN}help lists them.")
    if argument and not found.arguments:
        raise UsageError(f"{SIGN}{name} takes nothing after it.", f"Type {SIGN}{name} alone.")
    return name, argument


def parse_fact(argument: str) -> tuple[str, str]:
    """Key and value of `KEY = VALUE`. Raises UsageError."""
    key, equals, value = argument.partition("=")
    if not (equals and key.strip() and value.strip()):
        raise UsageError("A fact is a key and a value.", f"For instance: {SIGN}remember dog's name = Rufo")
    return key.strip(), value.strip()


def parse_numbers(argument: str) -> tuple[int, ...]:
    """The numbers of entries, if that is all there is: `12`, `12 13`, `12, 13`, `#12`. Else nothing."""
    words = [word.removeprefix("#") for word in argument.replace(",", " ").split()]
    if all(word.isdecimal() and len(word) <= LONGEST_NUMBER for word in words):
        return tuple(map(int, words))
    return ()
