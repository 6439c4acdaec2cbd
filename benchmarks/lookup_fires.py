"""How often everyday keys fire where nobody asked for them, and in which questions they are found.

Natural text is the shipped general text and this project's own pages: every place of it, as with `anywhere`,
which is off by default, and its lines as prompts. Chat is idle talk from the retrieval suite, and the shipped
general prompts, each as a user's last message. Keys and talk were written apart from the code. Not here:
whether a message asks at all (answer/asked.py looks at that before an answer is forced in chat).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.everyday import FRAMES, WRITING_ON, everyday_keys
from engram.lookup.facts import Fact, short_key
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.measure.retrieval_cases import make_world
from engram.types import Message, Renderer

SIZES = (100, 1000, 5000)


def fires(renderer: Renderer) -> Iterator[dict[str, Any]]:
    """For stores of several sizes, all keys and without the short ones."""
    texts, turns = natural_texts(), [*idle_turns(), *general_questions()]
    for size in SIZES:
        for short in (True, False):
            keys = [key for key in everyday_keys(size) if short or not short_key(key)]
            table = FactTable(Fact(key, "an answer") for key in keys)
            yield {
                "keys": len(keys),
                "short_ones": short,
                "text_anywhere": everywhere(Lookup(table, renderer, anywhere=True), renderer, texts),
                "text_as_prompts": asked(
                    Lookup(table, renderer), renderer, [x for t in texts for x in t.splitlines()]
                ),
                "chat": asked(Lookup(table, renderer), renderer, turns),
                "chat_contains": asked(Lookup(table, renderer, contains=True), renderer, turns),
            }


def everywhere(lookup: Lookup, renderer: Renderer, texts: Sequence[str]) -> dict[str, Any]:
    """Matches at any place, each place once: what a model would be made to write after it does not follow."""
    count = fired = 0
    for text in texts:
        session = lookup.session()
        for token in renderer.tokenizer.encode(text):
            session.extend((token,))
            count += 1
            fired += session.match is not None and session.match.position == len(session.ids)
    return _rate(fired, count)


def asked(lookup: Lookup, renderer: Renderer, messages: Sequence[str]) -> dict[str, Any]:
    """Messages that are answered by a key, each a prompt of its own."""
    count = fired = 0
    for message in messages:
        if message.strip():
            ids = renderer.prompt([Message("user", message)]).tolist()
            count += len(ids)
            fired += lookup.match(ids) is not None
    return {**_rate(fired, count), "messages": len(messages)}


def frames(renderer: Renderer, keys: int = 500) -> Iterator[dict[str, Any]]:
    """In how many questions around a key its fact is found: at their end, and with `contains`."""
    names = [key for key in everyday_keys(5000) if not short_key(key)][:keys]
    table = FactTable(Fact(name, f"answer {n}") for n, name in enumerate(names))
    ways = {"end": Lookup(table, renderer), "contains": Lookup(table, renderer, contains=True)}
    for frame in (*FRAMES, *WRITING_ON):
        row: dict[str, Any] = {"frame": frame, "n": len(names)}
        for way, lookup in ways.items():
            row[way] = sum(
                found(lookup, renderer, frame.format(name)) == f"answer {n}" for n, name in enumerate(names)
            )
        yield row


def found(lookup: Lookup, renderer: Renderer, message: str) -> str | None:
    match = lookup.match(renderer.prompt([Message("user", message)]).tolist())
    return match.fact.answer if match else None


def natural_texts() -> list[str]:
    file = Path("src/engram/models/replay_text.jsonl")
    shipped = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    return [*shipped, *(page.read_text(encoding="utf-8") for page in sorted(Path("docs").glob("*.md")))]


def idle_turns(count: int = 5000) -> list[str]:
    """What is said in passing in the retrieval suite."""
    return list(make_world(count, facts=1).turns)


def general_questions() -> list[str]:
    """The shipped general prompts."""
    file = Path("src/engram/models/general_prompts.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row["messages"][-1]["content"] for row in rows]


def _rate(fired: int, tokens: int) -> dict[str, Any]:
    return {"fired": fired, "tokens": tokens, "per_million": round(fired / tokens * 1e6, 1)}
