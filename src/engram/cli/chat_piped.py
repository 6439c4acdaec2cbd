"""A conversation without a terminal: turns come from stdin, answers go to stdout, as text or as JSON.

Each line is a turn; lines between two lines of three quotation marks are one turn. Not here: commands, which
are for people; a line that begins with a slash is a turn like any other.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from engram.chat.exchange import Exchange
from engram.chat.session import ChatSession
from engram.cli.by_day import noting
from engram.cli.chat_signals import stoppable
from engram.store.database import Database
from engram.store.entries import CHAT, PASTED

BLOCK = '"""'


def talk(session: ChatSession, lines: Iterable[str], as_json: bool, database: Database | None) -> None:
    """Answer every turn, and write into `database` how that went. Raises EngramError at the first one that
    could not be kept or answered."""
    for text, source in turns(lines):
        with (
            noting(session, database),
            stoppable() as stop,
            closing(session.ask(text, source, stop.asked)) as pieces,
        ):
            for piece in pieces:
                if not as_json:
                    sys.stdout.write(piece)
                    sys.stdout.flush()
        if session.last:
            sys.stdout.write(
                json.dumps(as_record(session.last), ensure_ascii=False) + "\n" if as_json else "\n"
            )
            sys.stdout.flush()
        if stop.asked():
            raise KeyboardInterrupt


def turns(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each turn with its source: a line as typed, a block as pasted. Empty ones are left out."""
    block: list[str] | None = None
    for line in (line.rstrip("\r\n") for line in lines):
        if line.strip() == BLOCK:
            if block:
                yield "\n".join(block), PASTED
            block = [] if block is None else None
        elif block is not None:
            block.append(line)
        elif line.strip():
            yield line, CHAT
    if block:
        yield "\n".join(block), PASTED


def as_record(exchange: Exchange) -> dict[str, Any]:
    """An exchange as JSON: numbers of its entries (null where nothing was written), seconds, notes, and the
    fact that answered word for word."""
    answer = exchange.answer
    return {
        "question_id": exchange.question_id,
        "answer_id": exchange.answer_id,
        "answer": answer.text,
        "fact": answer.fact
        and {
            "id": answer.fact.source,
            "said_at": answer.fact.since,
            "key": answer.fact.key,
            "value": answer.fact.answer,
        },
        "notes": [
            {"id": note.entry_id, "said_at": note.said_at, "speaker": note.speaker, "text": note.text}
            for note in answer.sources
        ],
        "model": exchange.model,
        "adapter": exchange.adapter or None,
        "tags": sorted(exchange.tags),
        "tokens": answer.tokens,
        "finish_reason": "stopped" if answer.stopped else answer.finish_reason,
        "dropped": exchange.dropped,
        "seconds": round(exchange.seconds, 4),
        "first_token_seconds": exchange.first_token_seconds and round(exchange.first_token_seconds, 4),
    }
