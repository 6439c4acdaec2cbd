"""Elements of any JSON come out as Python's own reader sees them, wherever the blocks of the file end."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.chat.importers.conversation import Refused
from engram.chat.importers.json_stream import (
    DEEPEST,
    LARGEST,
    NOT_JSON,
    NOT_UTF8,
    TOO_DEEP,
    TOO_LARGE,
    Element,
    elements,
    shape_of,
)
from engram.errors import ArtifactError

TRICKY = st.text(st.sampled_from('[]{}"\\,:\n\u00e9\U0001f600 ab'), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TRICKY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TRICKY, inner, max_size=4),
    max_leaves=12,
)
CONTAINERS = st.lists(st.lists(VALUES, max_size=3) | st.dictionaries(TRICKY, VALUES, max_size=3), max_size=6)


class Dripping(io.BytesIO):
    """Gives only so many bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size)


class Endless:
    """A stream made as it is read: pieces, each so many times, in blocks of a quarter of a megabyte."""

    def __init__(self, *pieces: tuple[bytes, int]) -> None:
        self._blocks = self._made(pieces)

    def _made(self, pieces: tuple[tuple[bytes, int], ...]) -> Iterator[bytes]:
        for piece, times in pieces:
            at_once = max(1, 2**18 // len(piece))
            for start in range(0, times, at_once):
                yield piece * min(at_once, times - start)

    def read(self, size: int, /) -> bytes:
        return next(self._blocks, b"")

    def readline(self, size: int, /) -> bytes:
        raise NotImplementedError


def values(data: bytes, shape: str) -> list[Any]:
    return [
        one.value if isinstance(one, Element) else one.reason
        for one in elements("x", io.BytesIO(data), shape)
    ]


@settings(deadline=None, max_examples=80)
@given(CONTAINERS, st.integers(1, 40), st.sampled_from([None, 0, 2]), st.booleans())
def test_an_array_comes_apart_at_every_block_size(
    found: list[Any], size: int, indent: int | None, ascii: bool
) -> None:
    data = json.dumps(found, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    got = list(elements("x", Dripping(data, size), "array"))
    assert [one.value for one in got if isinstance(one, Element)] == found
    assert [one.where for one in got] == [str(number) for number in range(1, len(found) + 1)]


@settings(deadline=None, max_examples=60)
@given(CONTAINERS.filter(bool), st.integers(1, 40), st.data())
def test_what_is_cut_off_is_said_and_the_rest_is_there(
    found: list[Any], size: int, data: st.DataObject
) -> None:
    whole = json.dumps(found).encode()
    part = whole[: data.draw(st.integers(1, len(whole) - 1))]
    kept: list[Any] = []
    with pytest.raises(ArtifactError, match="x ends too early"):
        for one in elements("x", Dripping(part, size), "array"):
            assert isinstance(one, Element)
            kept.append(one.value)
    assert kept == found[: len(kept)]


def test_lines_are_parsed_one_by_one() -> None:
    data = b'\xef\xbb\xbf{"a": 1}\r\n\n{broken\n[2]\n{"b": "\xff"}\n' + b"[" * 5_000 + b'\n{"c": 3}'
    assert values(data, "lines") == [{"a": 1}, NOT_JSON, [2], NOT_UTF8, TOO_DEEP, {"c": 3}]
    where = [one.where for one in elements("x", io.BytesIO(data), "lines")]
    assert where == ["line 1", "line 3", "line 4", "line 5", "line 6", "line 7"]


def test_one_broken_element_does_not_end_the_array() -> None:
    deep = "[" * 300 + "]" * 300
    data = f'[{{"a": 1}}, {{"b" 2}}, {deep}, "a string", {{"c": 3}}]'.encode()
    assert values(data, "array") == [{"a": 1}, NOT_JSON, TOO_DEEP, {"c": 3}]
    assert values(b"[" + b"[" * DEEPEST + b"]" * DEEPEST + b"]", "array")[0] == TOO_DEEP
    assert values(b'[{"a": "\xff"}, {"b": 2}]', "array") == [NOT_UTF8, {"b": 2}]


def test_what_follows_a_string_of_a_hundred_megabytes_is_read() -> None:
    stream = Endless((b'[{"a": 1}, {"b": "', 1), (b'x\\"]', 25_000_000), (b'"}, {"c": 3}]', 1))
    got = [one.value if isinstance(one, Element) else one.reason for one in elements("x", stream, "array")]
    assert got == [{"a": 1}, TOO_LARGE, {"c": 3}]


def test_millions_of_little_lists_are_refused() -> None:
    stream = Endless((b'[{"a": 1}, [', 1), (b"[],", 550_000), (b'[]], {"c": 3}]', 1))
    got = [one.value if isinstance(one, Element) else one.reason for one in elements("x", stream, "array")]
    assert got == [{"a": 1}, TOO_DEEP, {"c": 3}]


def test_a_line_that_is_too_long_is_passed_over() -> None:
    data = b'{"a": 1}\n{"b": "' + b"x" * LARGEST + b'"}\n{"c": 3}\n'
    assert values(data, "lines") == [{"a": 1}, TOO_LARGE, {"c": 3}]
    assert values(b'{"a":\n"' + b"x" * LARGEST + b'"}', "object") == [TOO_LARGE]


@pytest.mark.parametrize(
    ("name", "data", "shape"),
    [
        ("x.json", b"[]", "array"),
        ("x.json", b"\xef\xbb\xbf \n\n [{}]", "array"),
        ("x.jsonl", b"[]\n[]", "lines"),
        ("x.json", b'{"a": 1}\n{"a": 2}\n', "lines"),
        ("x", b'{\n"a": 1}', "object"),
        ("x.json", b'{"a": [\n1]}', "object"),
        ("X.JSONL", b"{broken", "lines"),
    ],
)
def test_the_shape_is_told_by_the_first_line(name: str, data: bytes, shape: str) -> None:
    assert shape_of(name, io.BytesIO(data)) == shape


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        ("[]".encode("utf-16"), "UTF-16"),
        ("[]".encode("utf-32-le"), "UTF-16"),
        (b"hello", "no JSON"),
        (b"<html>", "no JSON"),
        (b'"text"', "no JSON"),
    ],
)
def test_what_is_no_json_is_said(data: bytes, said: str) -> None:
    with pytest.raises(ArtifactError, match=said) as caught:
        shape_of("x.json", io.BytesIO(data))
    assert caught.value.hint


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}"\\,:a1'), max_size=40).map(str.encode))
def test_any_bytes_give_elements_or_reasons(data: bytes) -> None:
    for shape in ("array", "lines", "object"):
        with suppress(ArtifactError):
            assert all(isinstance(one, Element | Refused) for one in elements("x", Dripping(data, 7), shape))
