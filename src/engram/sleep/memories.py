"""What entries of the ledger can be asked about: questions with their answers, which an adapter can learn.

A fact that was told on purpose has a key to ask for. In free talk, rules find sentences that state something
("my sister lives in Porto") and turn them into a question and an answer that speaks to the user ("Your sister
lives in Porto."). An answer that the user confirmed is learned as it stands: that is how habits and formats
are taught. What no rule fits is left to retrieval. English only. Not here: which entries may be learned from
(store/tags.py), what goes where (route.py), other wordings (lessons).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engram.lessons.schema import fold
from engram.lessons.screening import Screening
from engram.privacy.findings import PLACEHOLDER
from engram.store.entries import Entry
from engram.store.sentences import is_question, sentences
from engram.store.tags import may_train

MemoryKind = Literal["fact", "habit"]
LONGEST_VALUE = 200
"""Characters: longer statements are stories, which retrieval quotes better than an adapter repeats them."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A question and its answer. `entries` are what it was made from, `said_at` when the newest was said."""

    question: str
    answer: str
    kind: MemoryKind
    entries: tuple[int, ...]
    said_at: str


def memories(entries: Sequence[Entry]) -> list[Memory]:
    """Everything that can be learned from these entries, in the order said. Of several answers to the same
    question only the newest stays, and nothing that a later entry replaces."""
    replaced = {entry.replaces for entry in entries if entry.replaces is not None}
    newest: dict[str, Memory] = {}
    for memory in _found([entry for entry in entries if entry.id not in replaced]):
        newest.pop(fold(memory.question), None)
        newest[fold(memory.question)] = memory
    return list(newest.values())


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


def asked(sentence: str) -> tuple[str, str] | None:
    """The question that a statement answers, and the answer; None if no rule fits it."""
    plain = _LEAD.sub("", " ".join(sentence.split())).rstrip(" .!")
    for pattern, question, answer in _RULES:
        if (match := pattern.fullmatch(plain)) and len(plain) <= LONGEST_VALUE and _is_settled(match):
            parts = match.groupdict(default="")
            parts |= {name: parts.get(name, "").lower() for name in ("who", "be", "how", "do", "in")}
            parts["wh"] = _wh(parts["value"])
            said = _sentence(addressed(answer.format(**parts)))
            return _capital(question.format(**parts)), said
    return None


def addressed(text: str) -> str:
    """What the user says of themselves, as it is said to them: "my" becomes "your"."""
    return _PERSON.sub(lambda found: _SECOND[found.group().lower()], text)


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
    return Memory(_capital(question), _sentence(said), "fact", (entry.id,), entry.said_at)


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


def _is_settled(match: re.Match[str]) -> bool:
    """Whether it says what is, and not how it is just now ("my dog is very old", "the bus is coming")."""
    value = match.groupdict(default="").get("value", "")
    first = value.split(" ", 1)[0].casefold()
    return bool(value) and first not in _PASSING and not (first.endswith("ing") and " " not in value.strip())


def _wh(value: str) -> str:
    if _TIME.match(value):
        return "when"
    return "where" if _PLACE.match(value) else "what"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return _capital(text if text.endswith((".", "!", "?")) else f"{text}.")


def _rules(rows: Iterable[tuple[str, str, str]]) -> list[tuple[re.Pattern[str], str, str]]:
    return [(re.compile(pattern, re.IGNORECASE), question, answer) for pattern, question, answer in rows]


_KEY = r"(?P<key>[^.?!,;:]{1,60}?)"
_VALUE = r"(?P<value>[^?!;]{1,120})"
_BE = r"(?P<be>is|are|was|were)"
_NAME = r"(?P<name>(?-i:[A-Z])[\w'-]*(?: (?-i:[A-Z])[\w'-]*)?|my [\w-]+(?: (?-i:[A-Z])[\w'-]*)?)"
_RULES = _rules(
    [
        (
            rf"my {_KEY} {_BE} (?P<how>called|named) {_VALUE}",
            "what {be} my {key} {how}?",
            "my {key} {be} {how} {value}",
        ),
        (rf"(?P<who>my|our) {_KEY} {_BE} {_VALUE}", "{wh} {be} {who} {key}?", "{who} {key} {be} {value}"),
        (rf"{_NAME}'s {_KEY} {_BE} {_VALUE}", "{wh} {be} {name}'s {key}?", "{name}'s {key} {be} {value}"),
        (rf"I live (?P<in>in|at|near|on) {_VALUE}", "where do I live?", "I live {in} {value}"),
        (rf"I work as {_VALUE}", "what do I work as?", "I work as {value}"),
        (rf"I work (?P<in>in|at|for) {_VALUE}", "where do I work?", "I work {in} {value}"),
        (r"I was born (?P<value>(?:on|in) .*\d.*)", "when was I born?", "I was born {value}"),
        (rf"I was born in {_VALUE}", "where was I born?", "I was born in {value}"),
        (rf"(?:I am|I'm) allergic to {_VALUE}", "what am I allergic to?", "I am allergic to {value}"),
        (rf"I (?P<do>drive|play|study|speak|collect|teach) {_VALUE}", "what do I {do}?", "I {do} {value}"),
        (
            rf"{_NAME} lives (?P<in>in|at|near|on) {_VALUE}",
            "where does {name} live?",
            "{name} lives {in} {value}",
        ),
        (rf"{_NAME} works as {_VALUE}", "what does {name} work as?", "{name} works as {value}"),
        (
            rf"{_NAME} works (?P<in>in|at|for) {_VALUE}",
            "where does {name} work?",
            "{name} works {in} {value}",
        ),
        (
            rf"{_NAME} (?P<do>drive|play|teach|collect)(?P<ending>e?s) {_VALUE}",
            "what does {name} {do}?",
            "{name} {do}{ending} {value}",
        ),
        (rf"the {_KEY} {_BE} {_VALUE}", "{wh} {be} the {key}?", "the {key} {be} {value}"),
    ]
)
_LEAD = re.compile(
    r"\A(?:(?:hi|hello|hey|ok|okay|so|well|also|and|oh|yes|please|by the way|btw|remember(?: that)?|note that"
    r"|just so you know|for the record|you should know(?: that)?)[\s,:]+)+",
    re.IGNORECASE,
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|noon|midnight"
_TIME = re.compile(
    rf"(?:(?:on|at|in|every) )?(?:the )?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|:\d\d| (?:{_MONTHS}))|{_MONTHS}|{_DAYS})\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?:in|at|near|under|behind|beside|next to|inside|on top of) ", re.IGNORECASE)
_OWNED = frozenset(("my", "the", "our", "your", "a", "an", "his", "her", "their", "this", "that"))
_PASSING = frozenset(
    re.findall(
        r"\w+",
        "very so quite really not also always never just too going coming getting being still already now "
        "broken tired ill sick late here there gone parked done left it that because what why how if who "
        "where when",
    )
)
_SECOND = {
    **dict.fromkeys(("my", "our"), "your"),
    **dict.fromkeys(("mine", "ours"), "yours"),
    **dict.fromkeys(("i", "me", "we", "us"), "you"),
    "myself": "yourself",
    "i'm": "you're",
    "i am": "you are",
    "i was": "you were",
    "i've": "you've",
}
_PERSON = re.compile(
    rf"\b(?:{'|'.join(sorted(map(re.escape, _SECOND), key=len, reverse=True))})\b", re.IGNORECASE
)
