"""How a fact is looked up: other names of its key, its probability, what follows it, its namespace.

The ledger keeps them as JSON in one column, under the entry's digest. Not here: looking up (lookup), and
which facts there are (facts.py).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engram.errors import UsageError
from engram.home import check_name

End = Literal["stop", "release"]
ENDS: tuple[End, ...] = ("stop", "release")
MOST_ALIASES = 100
"""Of one fact; more are a mistake in a file."""


@dataclass(frozen=True, slots=True)
class FactOptions:
    """`probability` that the answer is the fact, between 0 and 1; None is always. `end`: after the fact the
    answer stops, or the model goes on freely. Keys count within a `namespace`; "" is the common one."""

    aliases: tuple[str, ...] = ()
    probability: float | None = None
    end: End = "stop"
    namespace: str = ""


DEFAULT = FactOptions()


def check_options(options: FactOptions) -> FactOptions:
    """The same, each alias in one line and once. Raises UsageError, BadName."""
    if options.probability is not None and not 0 < options.probability < 1:
        raise UsageError(
            f"{options.probability:g} is no probability of an answer.",
            "Give one between 0 and 1; 1 is always.",
        )
    if options.end not in ENDS:
        raise UsageError(f"A fact cannot end with {options.end!r}.", f"There are {' and '.join(ENDS)}.")
    aliases = tuple(dict.fromkeys(" ".join(alias.split()) for alias in options.aliases))
    if "" in aliases:
        raise UsageError("An alias is empty.", "Leave it out, or write another name of the key.")
    if len(aliases) > MOST_ALIASES:
        raise UsageError(f"{len(aliases)} aliases are too many.", f"A fact has at most {MOST_ALIASES}.")
    if options.namespace:
        check_name("namespace", options.namespace)
    return FactOptions(aliases, options.probability, options.end, options.namespace)


def options_to_text(options: FactOptions) -> str:
    """As the ledger keeps them: "" for the usual ones, so that older entries keep their digests."""
    if options == DEFAULT:
        return ""
    return json.dumps(asdict(options), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def options_from_text(text: str) -> FactOptions:
    """The reverse. Raises ValueError for what this program never wrote."""
    if text == "":
        return DEFAULT
    try:
        given: dict[str, Any] = json.loads(text)
        return check_options(FactOptions(**{**given, "aliases": tuple(given["aliases"])}))
    except (TypeError, KeyError, AttributeError, RecursionError, UsageError) as error:
        raise ValueError("these are no options of a fact") from error
