"""What entries of the ledger can be asked about: questions with their answers, which an adapter can learn.

A fact that was told on purpose has a key to ask for. In free talk, rules find sentences that state something
(routing/statements.py) and turn them into a question and an answer that speaks to the user. An answer that
the user confirmed is learned as it stands: that is how habits and formats are taught. What no rule fits is
left to retrieval. English only. Not here: which entries may be learned from (store/tags.py), what goes where
(routing), other wordings (lessons).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engram.lessons.schema import fold
from engram.lessons.screening import Screening
from engram.privacy.findings import PLACEHOLDER
from engram.routing.statements import addressed, as_sentence, asked, capital
from engram.store.entries import Entry
from engram.store.sentences import is_question, sentences
from engram.store.tags import may_train

MemoryKind = Literal["fact", "habit"]
_OWNED = frozenset(("my", "the", "our", "your", "a", "an", "his", "her", "their", "this", "that"))


@dataclass(frozen=True, slots=True)
class Memory:
    """A question and its answer. `entries` are what it was made from, `said_at` when it was last said."""

    question: str
    answer: str
    kind: MemoryKind
    entries: tuple[int, ...]
    said_at: str


def memories(entries: Sequence[Entry]) -> list[Memory]:
    """Everything that can be learned from these entries, in the order said. Of several answers to the same
    question only the newest stays, and nothing that a later entry replaces. What is merely said again is no
    other memory: it keeps its entries, or the next night would take for new what is known already."""
    newest: dict[str, Memory] = {}
    for memory in all_told(entries):
        before = newest.pop(fold(memory.question), None)
        if before and (before.kind, fold(before.answer)) == (memory.kind, fold(memory.answer)):
            memory = replace(memory, entries=before.entries)
        newest[fold(memory.question)] = memory
    return list(newest.values())


def all_told(entries: Sequence[Entry]) -> list[Memory]:
    """The same with every answer to a question, however often it was told."""
    replaced = {entry.replaces for entry in entries if entry.replaces is not None}
    return list(_found([entry for entry in entries if entry.id not in replaced]))


def screened(
    remembered: Iterable[Memory], screening: Screening, allowed: frozenset[int] = frozenset()
) -> list[Memory]:
    """The memories as they may be trained: what was written before the guard was there, or under other
    settings, is looked at again. Left out is what may not be trained, and what only a placeholder is left
    of: nobody wants to be answered with one. `allowed` are entries whose flags the user took off."""
    texts = (
        (
            one,
            screening.text(one.question, one.entries[0] in allowed),
            screening.text(one.answer, one.entries[-1] in allowed),
        )
        for one in remembered
    )
    return [
        replace(memory, question=question, answer=answer)
        for memory, question, answer in texts
        if question is not None and answer is not None and not PLACEHOLDER.search(question + answer)
    ]


def _found(entries: Sequence[Entry]) -> Iterator[Memory]:
    before: dict[int | None, Entry] = {}
    for entry in entries:
        if entry.kind == "fact" and may_train(entry):
            yield _fact(entry)
        elif entry.speaker == "assistant" and entry.rating > 0 and may_train(entry):
            yield from _habit(before.get(entry.session), entry)
        elif entry.kind == "turn" and entry.speaker == "user":
            before[entry.session] = entry
            if may_train(entry):
                yield from _statements(entry)


def _fact(entry: Entry) -> Memory:
    key = entry.key.rstrip("?.!: ")
    question = f"{key}?" if is_question(key) else f"What is {_possessed(key)}?"
    said = entry.text if is_question(key) else f"{addressed(_possessed(key))} is {entry.text}"
    return Memory(capital(question), as_sentence(said), "fact", (entry.id,), entry.said_at)


def _habit(question: Entry | None, answer: Entry) -> Iterator[Memory]:
    if question is not None and not question.flags and not {"no-train", "no-memory"} & question.tags:
        yield Memory(question.text, answer.text, "habit", (question.id, answer.id), answer.said_at)


def _statements(entry: Entry) -> Iterator[Memory]:
    for start, end in sentences(entry.text):
        sentence = entry.text[start:end]
        if not is_question(sentence) and (found := asked(sentence)):
            yield Memory(*found, "fact", (entry.id,), entry.said_at)


def _possessed(key: str) -> str:
    """ "dog's name" is told as "my dog's name"; a key that says whose it is, or begins with a name, stays."""
    first = key.split(" ", 1)[0].casefold()
    owned = first in _OWNED or (key[:1].isupper() and not key.isupper())
    return key if owned else f"my {key}"
