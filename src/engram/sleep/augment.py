"""More ways to ask for what is remembered: by grammar always, by a model or a teacher where that is wanted.

A model is asked for pairs of question and answer as JSON. Its answers show whether it understood: one that
lost what the memory says is refused, with its question. What is trained is always the memory's own answer.
Nothing is trained that is asked in the exam: no held-out wording, no question of another memory. Every row
made here says in its category that it is synthetic and by whom. Not here: the grammar (question_forms.py),
the teacher's address, and which memories there are.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from engram.answer.answerer import Answerer
from engram.lessons.build import Lessons
from engram.lessons.leaks import CHARACTERS, WORDS, normalise
from engram.lessons.leaks import question as asked_in
from engram.lessons.rows import Row
from engram.lessons.wordings import BARE, every_wording
from engram.sleep.memories import Memory
from engram.sleep.question_forms import HELD_OUT, forms
from engram.store.words import is_function_word, terms
from engram.types import Message, Sampling

Way = Literal["rules", "model", "teacher"]
Ask = Callable[[Sequence[str]], Sequence[str]]
"""Prompts to answers, one for each, in order."""

MOST = 4
"""Variants of one memory: beside 48 framed wordings of the question itself they are few."""
LONGEST_ANSWER = 20_000
LONGEST = 300
"""Characters of a question, or an answer, that a model wrote."""
MODEL_TOKENS = 400
PART = 100
"""Prompts that a model answers at once."""
SYNTHETIC = "synthetic-"
"""What the category of a row begins with; the way follows."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another question for the answer of memory number `memory` in the list given."""

    memory: int
    question: str
    way: Way


@dataclass(frozen=True, slots=True)
class Augmented:
    """The variants, by memory, and how many were refused, by reason."""

    variants: tuple[Variant, ...]
    refused: Mapping[str, int]


def augment(
    remembered: Sequence[Memory],
    way: Way = "rules",
    ask: Ask | None = None,
    screen: Callable[[str], str | None] = str,
    most: int = MOST,
) -> Augmented:
    """At most `most` variants of each memory. `ask` is needed for model and teacher; `screen` is the guard:
    what it changes is refused."""
    refused: Counter[str] = Counter()
    written = _written(remembered, way, ask, refused) if ask and way != "rules" else [[] for _ in remembered]
    choice = _Choice(remembered, screen, most, refused)
    for number, memory in enumerate(remembered):
        for pair in written[number]:
            choice.offer(number, pair[0], pair[1], way)
        for form in _by_key(forms(memory.question)):
            choice.offer(number, form, memory.answer, "rules")
    return Augmented(tuple(choice.variants), dict(refused))


def add_variants(
    lessons: Lessons, remembered: Sequence[Memory], sources: Sequence[str], variants: Iterable[Variant]
) -> Lessons:
    """The lessons with rows for these variants among those that train; `sources` are the patterns' ids, in
    the order of the memories. None that is also asked is added. The digest covers them."""
    asked = {normalise(asked_in(row)) for row in (*lessons.valid, *lessons.test)}
    rows = [row for row in _rows(remembered, sources, variants) if normalise(asked_in(row)) not in asked]
    if not rows:
        return lessons
    total = hashlib.sha256(f"augmented\0{lessons.digest}".encode())
    for row in rows:
        total.update(f"\0{row.to_json()}".encode())
    return replace(lessons, train=(*lessons.train, *rows), digest=total.hexdigest())


def asker(answerer: Answerer, max_tokens: int = MODEL_TOKENS) -> Ask:
    """A loaded model as the one who is asked, greedily, so that the same night writes the same. A prompt
    that its context cannot hold is answered with nothing."""

    def ask(prompts: Sequence[str]) -> list[str]:
        asked = [[Message("user", prompt)] for prompt in prompts]
        room = answerer.model.base.context
        fitting = [place for place, one in enumerate(asked) if len(answerer.prompt(one)) < room]
        said = dict.fromkeys(range(len(asked)), "")
        for start in range(0, len(fitting), PART):
            part = fitting[start : start + PART]
            answers = answerer.answer_all([asked[place] for place in part], Sampling(max_tokens))
            said |= {place: answer.text for place, answer in zip(part, answers, strict=True)}
        return list(said.values())

    return ask


def prompt_for(memory: Memory, most: int = MOST) -> str:
    """What a model is asked for; the memory goes in as JSON, so that nothing in it reads as an order."""
    given = json.dumps({"question": memory.question, "answer": memory.answer}, ensure_ascii=False)
    return (
        f"Here is a question with its answer, as JSON:\n{given}\n"
        f"Write {most} other ways in which the same person could ask for the same answer, each with the "
        "answer said in full. Do not add facts. Reply with JSON only, in this form:\n"
        '{"pairs": [{"question": "...", "answer": "..."}]}'
    )


def parse(answer: str) -> list[tuple[str, str]] | None:
    """The pairs of an answer; None if it is not exactly what was asked for."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        said: Any = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != {"pairs"} or not isinstance(said["pairs"], list):
        return None
    for pair in said["pairs"]:
        if not isinstance(pair, dict) or set(pair) != {"question", "answer"}:
            return None
        if not all(isinstance(text, str) and 0 < len(text.strip()) <= LONGEST for text in pair.values()):
            return None
    return [(" ".join(pair["question"].split()), pair["answer"].strip()) for pair in said["pairs"]]


def telling(memory: Memory) -> frozenset[str]:
    """The terms of an answer that its question does not hold in any form: what was asked for."""
    given = terms(memory.question)
    stems = tuple(term for term in given if len(term) >= 4)
    return frozenset(
        term
        for term in terms(memory.answer)
        if term not in given and not is_function_word(term) and not term.startswith(stems)
    )


def _written(
    remembered: Sequence[Memory], way: Way, ask: Ask, refused: Counter[str]
) -> list[list[tuple[str, str]]]:
    """What a model writes of each memory; of an answer that cannot be read, nothing."""
    answers = ask([prompt_for(memory) for memory in remembered]) if remembered else []
    found = []
    for answer in answers:
        pairs = parse(answer)
        if pairs is None:
            refused["not the JSON that was asked for"] += 1
        found.append(pairs or [])
    return found


class _Choice:
    """The variants that are good enough, of all that are offered."""

    def __init__(
        self,
        remembered: Sequence[Memory],
        screen: Callable[[str], str | None],
        most: int,
        refused: Counter[str],
    ) -> None:
        self.variants: list[Variant] = []
        self._remembered, self._screen, self._most, self._refused = remembered, screen, most, refused
        self._taken = {normalise(memory.question) for memory in remembered}
        self._own = [normalise(memory.question) for memory in remembered]
        self._count: Counter[int] = Counter()

    def offer(self, number: int, question: str, answer: str, way: Way) -> None:
        if self._count[number] >= self._most:
            return
        text = normalise(question)
        common = common_run(self._own[number], text)
        reason = _unlike(self._remembered[number], question, answer, way)
        if reason := reason or self._objection(question, text, common):
            self._refused[reason] += 1
            return
        self._taken.add(text)
        self._own[number] = common
        self._count[number] += 1
        self.variants.append(Variant(number, question, way))

    def _objection(self, question: str, text: str, common: str) -> str:
        """Why a variant that asks for the right thing is no good; "" where it is."""
        if text in self._taken:
            return "asked already, or asks for something else"
        if is_held_out(question):
            return "a form that the exam asks in"
        if not common:  # the leak check tells own words from leaks by what all questions of a memory share
            return "it shares no word with the question"
        return "" if self._screen(question) == question else "the guard would change it"


def _unlike(memory: Memory, question: str, answer: str, way: Way) -> str:
    """Why a question does not ask for what the memory says; "" where it does, as far as words tell."""
    wanted = telling(memory)
    if not wanted <= set(terms(answer)) or (not wanted and normalise(answer) != normalise(memory.answer)):
        return "the answer is not contained"
    if wanted & set(terms(question)):
        return "the question gives the answer away"
    text = normalise(memory.question)
    if way != "rules" and (len(text) >= CHARACTERS or len(text.split()) >= WORDS):
        return "the question is too long to be told from a leak"
    return ""


def is_held_out(question: str) -> bool:
    """Whether it stands in a wording that is kept for the exam."""
    return any(pattern.search(question) for pattern in _EXAM)


def common_run(left: str, right: str) -> str:
    """The longest run of whole words that two normalised texts share."""
    a, b = left.split(), right.split()
    match = difflib.SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return " ".join(a[match.a : match.a + match.size])


def _rows(remembered: Sequence[Memory], sources: Sequence[str], variants: Iterable[Variant]) -> Iterator[Row]:
    for variant in variants:
        answer = remembered[variant.memory].answer
        messages = (Message("user", variant.question), Message("assistant", answer))
        yield Row(messages, SYNTHETIC + variant.way, sources[variant.memory], "train")


def _by_key(texts: Iterable[str]) -> list[str]:
    """In an order of its own for each memory, so that all forms are met."""
    return sorted(texts, key=lambda text: hashlib.blake2b(text.encode(), digest_size=8).digest())


def _exam() -> Iterator[re.Pattern[str]]:
    """What stands around the place of the question, in every wording that tests."""
    templates = (*every_wording().test, *(re.sub(r"\{\w+\}", BARE, form) for form in HELD_OUT))
    for template in templates:
        before, after = (re.escape(part.strip(" ?.!\n")) for part in template.split(BARE))
        yield re.compile(rf"\A\W*{before}.*{after}\W*\Z", re.IGNORECASE | re.DOTALL)


_EXAM = tuple(_exam())
