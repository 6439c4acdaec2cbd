"""How a conversation with the embedded model behaves: seconds to the first token, and how much it may see.

First token: from the end of a question, through writing it down, searching the memories, and assembling and
reading the prompt, to the first token of the answer. Beside it the same without recall, and the bare model
asked the question alone, all three in turn. Processor time is shown too, which a busy machine changes least.
The aim is a median below 300 ms with 1,000 memories, as a user waits for it on a quiet machine.

History: facts are told in one conversation and asked in a later one, among things the model was never told
and idle talk, once for each number of earlier exchanges that the model sees again: where the default of the
setting `history` comes from. Facts are worded as in the model's training; free wording is measured elsewhere.

Run: `python -m benchmarks.conversation [--memories 1000] [--questions 48] [--history 0 2 4 6 8 12 16]`
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.machine import machine, machine_words, spread
from engram.api import open_job
from engram.chat.session import ChatSession
from engram.cli.chat_place import load_answerer, open_recall
from engram.config import ChatSettings
from engram.job import Job
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.ledger import Ledger
from engram.types import Message, Sampling

SYLLABLES = ["ba", "de", "fi", "lo", "mu", "ra", "se", "ti", "vo", "ka", "ne", "pi"]
BEARERS = ["dog", "cat", "sister", "brother", "boss", "neighbour", "friend", "teacher", "aunt", "uncle"]
PLACES = ["locker", "safe", "garage", "gate", "alarm", "cellar"]
TASTES = ["colour", "food", "animal"]
CHATTER = (
    "it rains all day here",
    "tell me a joke",
    "the printer is out of paper again",
    "we watched a film about whales yesterday",
    "thanks, that was helpful",
    "i am allergic to peanuts",
)
THINGS = ["lamp", "chair", "river", "window", "garden", "spoon", "bridge", "forest", "kettle", "ladder"]


LONGEST = 32
"""Tokens of an answer: enough for a right one, and idle talk does not take all the time."""


class Fact(NamedTuple):
    told: str
    asked: str
    value: str


def facts(rng: Random) -> list[Fact]:
    """One of each kind and bearer."""
    made = [_fact(f"my {who}'s name", _name(rng)) for who in BEARERS]
    made += [_fact(f"the {place} code", f"{rng.randrange(10000):04}") for place in PLACES]
    months = ("May", "June", "October")
    made += [
        _fact(f"my {who}'s birthday", f"{rng.randint(1, 28)} {rng.choice(months)}") for who in BEARERS[2:6]
    ]
    made += [_fact(f"my favourite {taste}", rng.choice(THINGS)) for taste in TASTES]
    rng.shuffle(made)
    return made


def _fact(key: str, value: str) -> Fact:
    return Fact(f"{key} is {value}", f"what is {key}?", value)


def _name(rng: Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=3)).capitalize()


class Taken(NamedTuple):
    """Milliseconds that passed, and milliseconds of processor time."""

    wall: float
    cpu: float


class Place(NamedTuple):
    """A fresh ledger with what finds notes in it, beside a model that is loaded once for all."""

    job: Job
    answerer: Any
    ledger: Ledger

    def begin(self, recall: bool = True, **settings: Any) -> ChatSession:
        found = open_recall(self.ledger.database, self.job.settings, self.job.base.renderer.tokenizer)
        return ChatSession(self.answerer, self.ledger, found if recall else None, ChatSettings(**settings))


def first_tokens(place: Place, memories: int, questions: int, rng: Random) -> dict[str, list[Taken]]:
    """Until the first token, by way of asking; every twelve questions a conversation begins."""
    session = place.ledger.begin_session()
    for start in range(0, memories, 100):
        texts = [
            f"the {rng.choice(THINGS)} in room {number} is {_name(rng)}"
            for number in range(start, start + 100)
        ]
        place.ledger.append(*(NewEntry("turn", "user", "chat", text, session=session) for text in texts))
    found: dict[str, list[Taken]] = {"bare model": [], "without recall": [], "with recall": []}
    for number in range(questions):
        question = f"what is the {rng.choice(THINGS)} in room {rng.randrange(memories)}?"
        if number % 12 == 0:
            talks = {
                "without recall": place.begin(recall=False, max_tokens=LONGEST),
                "with recall": place.begin(max_tokens=LONGEST),
            }
            "".join(talks["with recall"].ask("hello"))  # searches for the first time, which reads the vectors
        found["bare model"].append(
            _first(partial(place.answerer.stream, [Message("user", question)], Sampling(1)))
        )
        for name, talk in talks.items():
            found[name].append(_first(partial(talk.ask, question)))
    return found


def _first(ask: Callable[[], Iterator[str]]) -> Taken:
    """Until the first piece; the rest is read too, but does not count."""
    started, used = time.perf_counter(), time.process_time()
    pieces = ask()
    next(pieces)
    taken = Taken(1000 * (time.perf_counter() - started), 1000 * (time.process_time() - used))
    "".join(pieces)
    return taken


def remembered(place: Place, history: int, seed: int) -> dict[str, int]:
    """Of facts told in one conversation and asked in the next: how many were answered right, and how many
    questions about what was never told were answered with "I don't know"."""
    rng = Random(seed)
    every = facts(rng)
    told, never = every[: len(every) * 2 // 3], every[len(every) * 2 // 3 :]
    first, later = (place.begin(history=history, max_tokens=LONGEST) for _ in range(2))
    for text in _mixed(rng, [fact.told for fact in told]):
        "".join(first.ask(text))
    right = unknown = 0
    for text in _mixed(rng, [fact.asked for fact in every]):
        answer = "".join(later.ask(text))
        right += any(fact.asked == text and fact.value in answer for fact in told)
        unknown += any(fact.asked == text and answer.startswith("I don't know") for fact in never)
    return {"right": right, "told": len(told), "unknown": unknown, "never told": len(never)}


def _mixed(rng: Random, texts: Sequence[str]) -> list[str]:
    mixed = [*texts, *CHATTER]
    rng.shuffle(mixed)
    return mixed


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure conversations with the embedded model.")
    parser.add_argument("--memories", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=48)
    parser.add_argument("--history", type=int, nargs="*", default=[0, 2, 4, 6, 8, 12, 16])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        job = open_job("seedling", folder, {})
        answerer = load_answerer(job, "none")
        with Database.open(Path(folder) / "memory.db") as database:
            place = Place(job, answerer, Ledger(database))
            taken = first_tokens(place, given.memories, given.questions, Random(0))
        by_history = {history: _all_seeds(job, answerer, history, given.seeds) for history in given.history}
    milliseconds = {name: _columns(values) for name, values in taken.items()}
    if given.json:
        print(
            json.dumps(
                {"machine": machine(), "first_token_ms": milliseconds, "history": by_history}, indent=2
            )
        )
        return
    print(f"{machine_words()}; first token in ms, {given.memories:,} memories")
    for name, columns in milliseconds.items():
        print(f"{name:<15} {'; '.join(f'{column} {figures}' for column, figures in columns.items())}")
    for history, counts in by_history.items():
        print(f"history {history:<3} {counts}")


def _columns(taken: Sequence[Taken]) -> dict[str, dict[str, Any]]:
    """Count, median and quartiles of each column."""
    wall, cpu = zip(*taken, strict=True)
    return {"wall": spread(wall, 1), "cpu": spread(cpu, 1)}


def _all_seeds(job: Job, answerer: Any, history: int, seeds: int) -> dict[str, int]:
    total: dict[str, int] = {}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder) / "memory.db") as database:
            for name, count in remembered(Place(job, answerer, Ledger(database)), history, seed).items():
                total[name] = total.get(name, 0) + count
    return total


if __name__ == "__main__":
    main()
