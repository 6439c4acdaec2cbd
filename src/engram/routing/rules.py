"""A handful of plain rules for what goes where: what the router is measured against.

Not here: what is used (route.py).
"""

from __future__ import annotations

from engram.routing.features import signs
from engram.routing.signs import SIGNS
from engram.store.entries import Entry
from engram.store.routes import Route

_VERBATIM = (
    "it holds an address of the web",
    "it holds JSON",
    "it holds code",
    "it holds a path",
    "it holds a code",
    "it names a time of day",
    "it names a date",
    "it names a day",
    "it holds an amount",
    "it has several lines",
    "it is long",
)
_MANNER = (
    "it is meant to last",
    "it says what follows from a case",
    "it is about the way of answering",
    "it says how to be called",
)
_LASTING = (
    "it says what is the user's",
    "it says what the user is or has",
    "it says what the user likes or not",
)


def rule_route(entry: Entry) -> Route:
    """Questions and what nobody confirmed nowhere; then manner, verbatim detail and the user's own facts."""
    shown = {SIGNS[number][0] for number in signs(entry.text)}
    if entry.rating < 0 or (entry.speaker != "user" and entry.rating <= 0) or "it ends by asking" in shown:
        return "none"
    if shown.intersection(_MANNER):
        return "lora"
    if shown.intersection(_VERBATIM):
        return "retrieval"
    return "both" if shown.intersection(_LASTING) else "none"
