"""What question a statement answers, by grammar, and the answer as it is said to the user.

"My sister lives in Porto" answers "Where does my sister live?" with "Your sister lives in Porto." Rules, no
model; what none fits is no statement of that kind. English only. Not here: which entries may be learned from,
and what becomes of the pair (sleep/memories.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_VALUE = 200
"""Characters: longer statements are stories, which retrieval quotes better than an adapter repeats them."""


def asked(sentence: str) -> tuple[str, str] | None:
    """The question that a statement answers, and the answer; None if no rule fits it."""
    plain = _LEAD.sub("", " ".join(sentence.split())).rstrip(" .!")
    for pattern, question, answer in _RULES:
        if (match := pattern.fullmatch(plain)) and len(plain) <= LONGEST_VALUE and _is_settled(match):
            parts = match.groupdict(default="")
            parts |= {name: parts.get(name, "").lower() for name in ("who", "be", "how", "do", "in")}
            parts["wh"] = _wh(parts["value"])
            said = as_sentence(addressed(answer.format(**parts)))
            return capital(question.format(**parts)), said
    return None


def addressed(text: str) -> str:
    """What the user says of themselves, as it is said to them: "my" becomes "your"."""
    return _PERSON.sub(lambda found: _SECOND[found.group().lower()], text)


def capital(text: str) -> str:
    """With a capital first."""
    return text[:1].upper() + text[1:]


def as_sentence(text: str) -> str:
    """With a capital first and a full stop, unless it ends in a mark."""
    return capital(text if text.endswith((".", "!", "?")) else f"{text}.")


def _is_settled(match: re.Match[str]) -> bool:
    """Whether it says what is, and not how it is just now ("my dog is very old", "the bus is coming")."""
    value = match.groupdict(default="").get("value", "")
    first = value.split(" ", 1)[0].casefold()
    return bool(value) and first not in _PASSING and not (first.endswith("ing") and " " not in value.strip())


def _wh(value: str) -> str:
    if _TIME.match(value):
        return "when"
    return "where" if _PLACE.match(value) else "what"


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
