"""The router's model: of shipped examples, kept beside them; trained anew with the user's corrections.

    seed/ROUTE.jsonl      the examples, a line each
    model.safetensors     what training on them gives, and the digest of the examples that it was given

Training takes about a second, loading no time; `python -m tools.router` writes the file. Where it is not of
these examples, or cannot be read, the model is trained as if there were none. Not here: features, the
mathematics (model.py), or what follows from it (route.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from engram.routing.features import FEATURES, features
from engram.routing.model import Floats, LogisticModel, fit
from engram.routing.settled import settled
from engram.store.entries import Entry
from engram.store.routes import ROUTES, Route

DECAY = 3e-4
"""L2 penalty; from 1e-4 to 1e-3 cross-validated macro-F1 changes by less than a point."""
WEIGHT = 3
"""Times that a correction counts as an example."""
FILE = "model.safetensors"
OF = "examples"
"""What the file's metadata call the digest of the examples."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text as a user said it, and where it belongs."""

    text: str
    route: Route


def examples() -> list[tuple[Entry, Route]]:
    """The shipped examples, as entries."""
    found: list[tuple[Entry, Route]] = []
    for route in ROUTES:
        for line in _seed(route).splitlines():
            row = json.loads(line)
            found.append((sample(row["text"], row.get("speaker", "user"), row.get("rating", 0)), route))
    return found


def examples_digest() -> str:
    """sha256 over the lines of all examples, in order."""
    lines = [f"{route}\0{line}" for route in ROUTES for line in _seed(route).splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sample(text: str, speaker: str = "user", rating: int = 0, id: int = 0) -> Entry:
    """A turn of a chat that is in no ledger."""
    return Entry(id, "turn", speaker, "chat", "", text, "", None, "", "", frozenset(), rating, None)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def trained(own: tuple[Example, ...] = ()) -> LogisticModel:
    """The model of the shipped examples and these: as it lies there, or trained."""
    return (None if own else shipped()) or fitted(own)


def fitted(own: tuple[Example, ...] = ()) -> LogisticModel:
    """The same, trained."""
    rows, classes = _rows()
    repeated = [example for example in own for _ in range(WEIGHT)]
    return fit(
        np.concatenate([rows, features([example.text for example in repeated])]),
        np.concatenate([classes, np.array([ROUTES.index(one.route) for one in repeated], dtype=np.int64)]),
        len(ROUTES),
        DECAY,
    )


def shipped() -> LogisticModel | None:
    """The model in the file; None where it is of other examples, or cannot be read."""
    with resources.as_file(_folder() / FILE) as file:
        try:
            with safe_open(str(file), framework="numpy") as kept:
                if (kept.metadata() or {}).get(OF) != examples_digest():
                    return None
                model = LogisticModel(kept.get_tensor("weights"), kept.get_tensor("bias"))
        except (OSError, SafetensorError):
            return None
    return model if model.weights.shape == (FEATURES, len(ROUTES)) else None


def as_said(entry: Entry) -> str:
    """A text as the user would have said it: a confirmed "your dog" is the user's dog."""
    if entry.speaker != "assistant":
        return entry.text
    return _PERSON.sub(lambda found: _FIRST[found.group().lower()], entry.text)


@cache
def _rows() -> tuple[Floats, npt.NDArray[np.int64]]:
    """Features [n, FEATURES] and classes [n] of the shipped examples whose words are looked at."""
    shown = [(entry, route) for entry, route in examples() if not settled(entry, {})]
    classes = np.array([ROUTES.index(route) for _, route in shown], dtype=np.int64)
    return features([as_said(entry) for entry, _ in shown]), classes


def _seed(route: Route) -> str:
    return (_folder() / "seed" / f"{route}.jsonl").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return resources.files("engram.routing")


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
