"""What a conversation at a terminal shows: its head, answers as they come, where they are from, lists.

Not here: what was typed (chat_input.py), or what a command does (chat_commands.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import chain

from rich import box
from rich.table import Table
from rich.text import Text

from engram.answer.recall import Note
from engram.chat.commands import COMMANDS, SIGN
from engram.chat.exchange import Exchange
from engram.chat.sources import leaned_on, said_when, told_exactly
from engram.cli.output import out
from engram.cli.remembered import WHO, count, line, short
from engram.errors import EngramError
from engram.store.entries import Entry, local

SHOWN = 40
"""Entries in a list."""

# C0 and C1 controls but tab and line feed, and what turns the direction of writing: a terminal obeys those.
_CONTROLS = {
    code: ascii(chr(code))[1:-1]
    for code in chain(range(9), range(11, 32), range(127, 160), range(0x202A, 0x202F), range(0x2066, 0x206A))
}


def harmless(text: str) -> str:
    """`text` with control characters as codes; emoji and every script stay as they are."""
    return text.translate(_CONTROLS)


def show_head(model: str, adapter: str, memories: int | None, incognito: bool) -> None:
    """Who answers, how much is written down, and whether more will be."""
    who = f"{model}, adapter {adapter}" if adapter else f"{model}, no adapter"
    kept = (
        "nothing is written down yet"
        if not memories
        else f"{count(memories, 'entry', 'entries')} written down so far"
    )
    out.print(Text.assemble(("engram chat", "bold"), f"  {who}; {kept}"), soft_wrap=True)
    written = "not written down (incognito)" if incognito else "written down, on this machine"
    whisper(f"What is said is {written}. /help for help, Ctrl-D leaves.")
    out.print()


def show_piece(piece: str) -> None:
    """A part of an answer, at once."""
    sys.stdout.write(harmless(piece))
    sys.stdout.flush()


def show_end(exchange: Exchange | None) -> None:
    """What stands under an answer."""
    sys.stdout.write("\n")
    if exchange is None:
        return
    answer = exchange.answer
    if answer.stopped:
        whisper("  (stopped" + (")" if answer.text else " before its first word)"))
    elif answer.finish_reason == "length":
        whisper("  (cut after so many tokens: --max-tokens allows more)")
    if answer.fact:
        whisper(f"  {told_exactly(answer.fact)}")
    elif source := said_when(leaned_on(exchange.question, answer.text, answer.sources)):
        whisper(f"  {source}")


def show_why(exchange: Exchange) -> None:
    """Everything that the last answer could go by."""
    who = f"{exchange.model} with adapter {exchange.adapter}" if exchange.adapter else exchange.model
    seen = f" and {count(exchange.seen, 'earlier exchange')} of this conversation" if exchange.seen else ""
    notes = exchange.answer.sources
    if fact := exchange.answer.fact:
        tell(f"The answer is {told_exactly(fact)}.")
        if fact.end == "stop":
            return
        tell("What follows it is the model's own.")
    if not notes:
        from_what = seen.removeprefix(" and ") or "the model alone"
        tell(f"{who} was shown no memories: it answered from {from_what}.")
        return
    used = set(leaned_on(exchange.question, exchange.answer.text, notes))
    tell(f"{who} was shown {count(len(notes), 'memory', 'memories')}{seen}:")
    table = _table("entry", "said on", "by", "text", "score", "")
    for note in notes:
        table.add_row(*_note(note), "in the answer" if note in used else "")
    out.print(table)


def show_entries(entries: Sequence[Entry]) -> None:
    """What was written down, a line each."""
    for entry in entries[:SHOWN]:
        out.print(line(entry), soft_wrap=True)
    if len(entries) > SHOWN:
        out.print(f"... and {len(entries) - SHOWN:,} more.")


def show_help() -> None:
    """All commands, and what keys do."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for command in COMMANDS:
        table.add_row(f"{SIGN}{command.name} {command.arguments}".rstrip(), command.help)
    out.print(table)
    whisper(
        'Alt-Enter begins a new line; text between two """ may have many. Up-arrow: what you said before. '
        "Tab completes. Ctrl-C ends an answer. In what you say, #no-train, #no-rag, #no-memory and #private "
        "are obeyed."
    )


def show_error(error: EngramError) -> None:
    """What went wrong, and what to do."""
    out.print(Text(harmless(str(error)), "red"))


def tell(sentence: str) -> None:
    """What a command did."""
    out.print(harmless(sentence))


def whisper(sentence: str) -> None:
    """A remark in passing."""
    out.print(harmless(sentence), style="dim")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("entry", "score") else "left")
    return table


def _note(note: Note) -> Iterable[str]:
    day = f"{local(note.said_at):%Y-%m-%d}"
    return (
        str(note.entry_id),
        day,
        WHO.get(note.speaker, note.speaker),
        short(note.text, 60),
        f"{note.score:.2f}",
    )
