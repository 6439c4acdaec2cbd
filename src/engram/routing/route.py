"""What goes where: each entry to training, to retrieval, to both or to neither, with score and reason.

    lora       how to answer: habits, style, formats, corrections of behaviour
    retrieval  what is to be found verbatim: codes, addresses, long texts, events of one day, changing numbers
    both       short facts and tastes that last
    none       small talk, questions, orders for one occasion, what a model or tool said unconfirmed

Some of it is settled by who said it, how it is rated, and what the user said about it (settled.py). The rest
is judged by a small logistic model of shipped examples and the user's own corrections (learned.py). Unsure
between lora and retrieval, it goes both ways. Whatever the route: only what the user said or confirmed may be
trained on, and tags win. A route takes nothing out of the search. Pure: values in, values out. Not here: the
tables (store/routes.py), how well it does (docs/night.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engram.routing.features import features
from engram.routing.learned import Example, as_said, trained
from engram.routing.model import Floats
from engram.routing.settled import settled
from engram.routing.signs import SIGNS
from engram.store.entries import Entry
from engram.store.routes import ROUTES, Route, Routed
from engram.store.tags import may_retrieve, may_train

BAND = 0.1
"""Unsure between lora and retrieval: probabilities nearer than this."""
BATCH = 1000
_LORA, _RETRIEVAL, _BOTH, _NONE = range(len(ROUTES))


def route_entries(entries: Sequence[Entry], corrections: Mapping[int, Route]) -> list[Routed]:
    """Where each entry goes, in their order."""
    found = {entry.id: done for entry in entries if (done := settled(entry, corrections))}
    open_ones = [entry for entry in entries if entry.id not in found]
    said = {entry.id: entry.text for entry in entries}
    own = tuple(Example(said[id], route) for id, route in sorted(corrections.items()) if id in said)
    found |= {one.entry: one for one in _judged(open_ones, own)}
    return [_allowed(entry, found[entry.id]) for entry in entries]


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
