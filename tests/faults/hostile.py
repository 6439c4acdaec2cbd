"""Hostile file contents for fuzzing: any bytes, sound files with a few edits, sound JSON with wrong values.

Not here: which parser reads them (file_readers.py).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

DEEP = 5_000  # levels; more than any recursion bears
SNIPPETS = [
    *(
        b"",
        b"\0",
        b"\n",
        b"\r",
        b"\t",
        b" ",
        b'"',
        b"'",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"#",
        b"-",
    ),
    *(
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xe2\x80\xa8",
        b"\\ud800",
        b"\\u0000",
        b"\x1b[2J",
        b"\x85",
    ),
    *(
        b"null",
        b"true",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0",
        b"0x1F",
        b"1_000",
        b"9" * 5_000,
        b"1979-05-27",
    ),
    *(
        b"!!python/object/apply:os.system",
        b"&a",
        b"*a",
        b"<<: *a",
        b"|",
        b">-",
        b"? ",
        b"---",
        b"...",
        b"%YAML 9",
    ),
    *(b"[" * DEEP, b'{"a":' * DEEP, b"- " * 3_000, b"[[a]]", b"a.b.c=1", b'"""', b"../../x", b"/etc/passwd"),
]
"""What parsers stumble over: marks of YAML, TOML and JSON, broken UTF-8, numbers without end, depth."""


@st.composite
def edited(draw: st.DrawFn, sound: bytes) -> bytes:
    """A sound file with one to four edits: a stretch replaced by a snippet, by bytes, or by itself twice."""
    data = sound
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 1, 5, 40, 10**9])))
        new = draw(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=6), st.just(data[start:end] * 2)))
        data = data[:start] + new + data[end:]
    return data


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value, with what Python's reader lets through: NaN, half surrogates, numbers without end."""
    numbers = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63), 10**400, 0, -1, 1])
    leaves = (
        st.none() | st.booleans() | numbers | st.text(max_size=8) | st.sampled_from(["\ud800", "\0", "."])
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )


@st.composite
def rewritten(draw: st.DrawFn, sound: Any) -> bytes:
    """A sound JSON document, of which one to three values or keys are something else, or gone."""
    document = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        where, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "replace", "replace", "drop", "pairs"])):
            case "drop":
                del where[key]
            case "pairs" if isinstance(where[key], dict):
                where[key] = [list(pair) for pair in where[key].items()]
            case _:
                where[key] = draw(json_values())
    return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in nested values."""
    items: Sequence[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def contents(sound: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, or the sound file edited; where it is JSON, also rewritten as such."""
    ways = [st.binary(max_size=200), edited(sound), edited(sound)]
    if (document := _json_or_none(sound)) is not None:
        ways += [rewritten(document)] * 2
    first, _, rest = sound.partition(b"\n")
    if rest and (line := _json_or_none(first)) is not None:
        ways += [way.map(lambda start: start + b"\n" + rest) for way in (rewritten(line), _any_json())]
    return st.one_of(ways)


def _any_json() -> st.SearchStrategy[bytes]:
    return json_values().map(lambda value: json.dumps(value).encode())


def _json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
