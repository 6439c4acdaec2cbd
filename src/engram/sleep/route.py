"""What goes where: each entry to training, to retrieval, to both or to neither, with score and reason.

    lora       how to answer: habits, style, formats, corrections of behaviour
    retrieval  what is to be found verbatim: codes, addresses, long texts, events of one day, changing numbers
    both       short facts and tastes that last
    none       small talk, questions, orders for one occasion, what a model or tool said unconfirmed

Some of it is settled by who said it, how it is rated, and what the user said about it. The rest is judged by
a small logistic model, trained when it is asked from shipped examples and the user's own corrections. Unsure
between lora and retrieval, it goes both ways. Whatever the route: only what the user said or confirmed may be
trained on, and tags win. A route takes nothing out of the search. Pure: values in, values out. Not here: the
tables (store/routes.py), how well it does (docs/night.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from engram.sleep.memories import LONGEST_VALUE, Memory
from engram.sleep.route_features import features, signs
from engram.sleep.route_model import Floats, LogisticModel, fit
from engram.sleep.route_signs import SIGNS
from engram.store.entries import Entry
from engram.store.routes import ROUTES, Route, Routed
from engram.store.tags import may_retrieve, may_train

DECAY = 3e-4
"""L2 penalty; from 1e-4 to 1e-3 cross-validated macro-F1 changes by less than a point."""
BAND = 0.1
"""Unsure between lora and retrieval: probabilities nearer than this."""
WEIGHT = 3
"""Times that a correction counts as an example."""
BATCH = 1000
_LORA, _RETRIEVAL, _BOTH, _NONE = range(len(ROUTES))


@dataclass(frozen=True, slots=True)
class Example:
    """A text as a user said it, and where it belongs."""

    text: str
    route: Route


def route_entries(entries: Sequence[Entry], corrections: Mapping[int, Route]) -> list[Routed]:
    """Where each entry goes, in their order."""
    found = {entry.id: done for entry in entries if (done := _settled(entry, corrections))}
    open_ones = [entry for entry in entries if entry.id not in found]
    said = {entry.id: entry.text for entry in entries}
    own = tuple(Example(said[id], route) for id, route in sorted(corrections.items()) if id in said)
    found |= {one.entry: one for one in _judged(open_ones, own)}
    return [_allowed(entry, found[entry.id]) for entry in entries]


def to_train(memories: Sequence[Memory], routed: Sequence[Routed]) -> list[Memory]:
    """The memories that an adapter is to learn. What was confirmed decides, not the question before it."""
    routes = {one.entry: one.route for one in routed}
    return [memory for memory in memories if routes.get(memory.entries[-1]) in ("lora", "both")]


def examples() -> list[tuple[Entry, Route]]:
    """The shipped examples, as entries."""
    folder = resources.files("engram.sleep") / "route_seed"
    found: list[tuple[Entry, Route]] = []
    for route in ROUTES:
        for line in (folder / f"{route}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append((sample(row["text"], row.get("speaker", "user"), row.get("rating", 0)), route))
    return found


def sample(text: str, speaker: str = "user", rating: int = 0, id: int = 0) -> Entry:
    """A turn of a chat that is in no ledger."""
    return Entry(id, "turn", speaker, "chat", "", text, "", None, "", "", frozenset(), rating, None)  # type: ignore[arg-type]


def _settled(entry: Entry, corrections: Mapping[int, Route]) -> Routed | None:
    """What is decided without looking at the words."""
    if entry.id in corrections:
        return Routed(entry.id, corrections[entry.id], 1.0, "you said so")
    for reason, applies in _NOTHING:
        if applies(entry):
            return Routed(entry.id, "none", 1.0, reason)
    if entry.kind == "fact":
        shown = {SIGNS[number][0] for number in signs(entry.text)}
        if len(entry.text) > LONGEST_VALUE or shown & _VERBATIM:
            return Routed(entry.id, "retrieval", 1.0, "a fact that is to be quoted as it stands")
        return Routed(entry.id, "both", 1.0, "a fact told on purpose")
    return None


_NOTHING: tuple[tuple[str, Callable[[Entry], bool]], ...] = (
    ("what a model thought", lambda entry: entry.kind == "thought"),
    ("rated bad", lambda entry: entry.rating < 0),
    ("unsafe", lambda entry: bool(entry.flags)),
    ("tagged #no-memory", lambda entry: "no-memory" in entry.tags),
    (
        "a model's answer that nobody confirmed",
        lambda entry: entry.speaker == "assistant" and entry.rating <= 0,
    ),
    ("nothing was said", lambda entry: not entry.text.strip()),
)
_VERBATIM = {"it holds an address of the web", "it holds JSON", "it holds code", "it has several lines"}


def _judged(entries: Sequence[Entry], own: tuple[Example, ...]) -> Iterator[Routed]:
    """What the model says of entries."""
    if not entries:
        return
    model = trained(own)
    pull = model.weights[: len(SIGNS)] - model.weights[: len(SIGNS)].mean(axis=1, keepdims=True)
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        rows = features([as_said(entry) for entry in part])
        for entry, row, shares in zip(part, rows, model.probabilities(rows), strict=True):
            place, score, reason = decide(shares)
            if place == _NONE and entry.speaker == "assistant":
                place, reason = _LORA, "an answer that was confirmed"
            elif place == _LORA and entry.speaker == "tool":
                place, reason = _NONE, "from a tool, and nothing to look up"
            shown = reason or _telling(row, pull[:, place])
            yield Routed(entry.id, ROUTES[place], round(float(score), 3), shown)


def decide(shares: Floats) -> tuple[int, float, str]:
    """Place in ROUTES, score, and a reason where it is not the likeliest route."""
    first, second = np.argsort(-shares, kind="stable")[:2]
    if {int(first), int(second)} == {_LORA, _RETRIEVAL} and shares[first] - shares[second] < BAND:
        return _BOTH, float(shares[[_LORA, _RETRIEVAL, _BOTH]].sum()), "unsure between lora and retrieval"
    return int(first), float(shares[first]), ""


def _telling(row: Floats, pull: Floats) -> str:
    """The sign shown that speaks most for a route; `pull` [signs] says how much each does."""
    shown = np.flatnonzero(row[: len(SIGNS)])
    best = shown[pull[shown].argmax()] if len(shown) else None
    return SIGNS[best][0] if best is not None and pull[best] > 0 else "its words"


def _allowed(entry: Entry, found: Routed) -> Routed:
    """The route without what tags and the speaker forbid. What may not be trained can still be found."""
    train = found.route in ("lora", "both")
    retrieve = found.route in ("retrieval", "both")
    if train and not may_train(entry):
        train, retrieve = False, True
    if retrieve and not may_retrieve(entry.tags):
        retrieve = False
    route: Route = "both" if train and retrieve else "lora" if train else "retrieval" if retrieve else "none"
    if route == found.route:
        return found
    return Routed(entry.id, route, found.score, f"{found.reason}; tags or its source allow no more")


@lru_cache(maxsize=4)
def trained(own: tuple[Example, ...] = ()) -> LogisticModel:
    """The model of the shipped examples and these."""
    rows, classes = _shipped()
    repeated = [example for example in own for _ in range(WEIGHT)]
    return fit(
        np.concatenate([rows, features([example.text for example in repeated])]),
        np.concatenate([classes, np.array([ROUTES.index(one.route) for one in repeated], dtype=np.int64)]),
        len(ROUTES),
        DECAY,
    )


@cache
def _shipped() -> tuple[Floats, npt.NDArray[np.int64]]:
    """Features [n, FEATURES] and classes [n] of the shipped examples whose words are looked at."""
    shown = [(entry, route) for entry, route in examples() if not _settled(entry, {})]
    classes = np.array([ROUTES.index(route) for _, route in shown], dtype=np.int64)
    return features([as_said(entry) for entry, _ in shown]), classes


def as_said(entry: Entry) -> str:
    """A text as the user would have said it: a confirmed "your dog" is the user's dog."""
    if entry.speaker != "assistant":
        return entry.text
    return _PERSON.sub(lambda found: _FIRST[found.group().lower()], entry.text)


_FIRST = {
    "you are": "I am",
    "you're": "I'm",
    "you were": "I was",
    "your": "my",
    "yours": "mine",
    "you": "I",
    "yourself": "myself",
}
_PERSON = re.compile(rf"\b(?:{'|'.join(sorted(_FIRST, key=len, reverse=True))})\b", re.IGNORECASE)
