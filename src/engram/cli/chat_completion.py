"""What the Tab key offers in a conversation: commands, what may follow them, and tags.

Not here: how it is offered (chat_input.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from engram.chat.commands import COMMANDS, SIGN
from engram.cli.chat_place import Place
from engram.cli.output import BARE
from engram.cli.remembered import content, short
from engram.store.facts import all_current
from engram.store.tags import STORED_TAGS, TAGS

OFFERED = 20
"""Latest entries that /forget offers."""
Suggestion = tuple[str, int, str]
"""A text, how many characters before the cursor it replaces, and what is shown beside it."""


def suggestions(place: Place, typed: str) -> Iterator[Suggestion]:
    """Completions of what stands before the cursor."""
    word = typed.rsplit(maxsplit=1)[-1] if typed and not typed[-1].isspace() else ""
    if word.startswith("#"):
        offered = STORED_TAGS if typed.startswith(f"{SIGN}tag") else TAGS
        yield from _beginning(word, ((f"#{tag}", "") for tag in offered))
    elif typed.startswith(SIGN):
        name, space, argument = typed.partition(" ")
        if space:
            yield from _beginning(argument, _arguments(place, name.removeprefix(SIGN)))
        else:
            yield from _beginning(name, ((SIGN + command.name, command.help) for command in COMMANDS))


def _beginning(typed: str, offered: Iterator[tuple[str, str]]) -> Iterator[Suggestion]:
    return ((text, len(typed), beside) for text, beside in offered if text.startswith(typed))


def _arguments(place: Place, name: str) -> Iterator[tuple[str, str]]:
    """What may follow a command, with what is shown beside it."""
    ledger, last = place.ledger, place.session.last
    if name == "adapter":
        yield from ((version, "") for version in (BARE, *place.versions()))
    elif name == "tag":
        yield from ((text, "") for text in (*(f"#{tag}" for tag in STORED_TAGS), BARE))
    elif name == "edit" and last:
        yield last.question, ""
    elif name == "remember" and ledger:
        yield from ((f"{fact.key} = ", short(fact.text, 40)) for fact in all_current(ledger))
    elif name == "forget" and ledger:
        newest = ledger.entries(limit=OFFERED, newest_first=True)
        yield from ((str(entry.id), short(content(entry), 40)) for entry in newest)
