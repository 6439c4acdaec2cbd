"""What is decided about an entry without its words: by who said it, how it is rated, what was said of it.

Pure. Not here: what the words say (route.py), or what may be trained at all (store/tags.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engram.routing.features import signs
from engram.routing.signs import SIGNS
from engram.routing.statements import LONGEST_VALUE
from engram.store.entries import Entry
from engram.store.routes import Route, Routed

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


def settled(entry: Entry, corrections: Mapping[int, Route]) -> Routed | None:
    """Where an entry goes, the user's word first; None where its words have to be looked at."""
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
