"""JSON of any size, one conversation at a time: the elements of an array, the lines of JSONL, or one object.

A scanner finds where an element ends by counting brackets outside of strings; Python's own reader then
parses that element alone. So a file of any size needs the memory of its largest element, a broken or enormous
element is refused and the rest goes on, and depth is known before anything recurses. (ijson gives events
instead of elements, ends at the first error, and holds a string of any length.) Not here: what one means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from engram.chat.importers.conversation import Refused
from engram.chat.importers.opening import LOOKED_FOR
from engram.errors import ArtifactError

LARGEST = 24 * 2**20
"""Bytes of one element: several times the longest conversations, and parsed within 300 MB of memory."""
DEEPEST = 100
"""Levels of an element; exports have about 15."""
MOST_CONTAINERS = 500_000
"""Lists and objects in one element. 10,000 messages have 150,000 of them; each costs some 200 bytes."""
BLOCK = 2**18
"""Bytes read at a time."""

TOO_LARGE = f"conversations over {LARGEST // 2**20} MB"
TOO_DEEP = "conversations nested too deeply or with too many parts"
NOT_JSON = "conversations that are not valid JSON"
NOT_UTF8 = "conversations whose bytes are not UTF-8"

# Whole strings, then one bracket, or the quote of a string that does not end in this block. What was taken
# for whole strings is never given back, so that the time is linear whatever the bytes are; by a lookahead,
# because possessive groups match wrongly in Python 3.11.0 to 3.11.4.
_NEXT = re.compile(
    rb'(?=(?P<strings>(?:[^"\[\]{}]*+"[^"\\]*+(?:\\.[^"\\]*+)*")*))(?P=strings)'
    rb'[^"\[\]{}]*+(?P<next>["\[\]{}])',
    re.DOTALL,
)
_STRING_END = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*"', re.DOTALL)
_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_LINES = (".jsonl", ".ndjson")
_DECODER = json.JSONDecoder(strict=False)  # raw tabs and line ends in strings are harmless, and do occur


class Readable(Protocol):
    """What is needed of a stream of bytes; nothing is its end."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Element:
    """A JSON value, and its place: `3` for the third element, `line 3` for a line."""

    where: str
    value: Any


def elements(name: str, source: Readable, shape: str) -> Iterator[Element | Refused]:
    """What a file holds, in order; `shape` as `shape_of` found it. Raises ArtifactError at the end of
    an array that is cut off, when all that is whole of it was given."""
    pieces = {"array": _array, "lines": _lines, "object": _object}[shape]
    for where, piece in pieces(name, source):
        yield _parsed(where, piece) if isinstance(piece, bytes | bytearray) else Refused(where, piece)


def shape_of(name: str, source: Readable) -> str:
    """`array`, `lines` or `object`, by the file's first line. Raises ArtifactError if it is no JSON."""
    first = b""
    while len(first) < BLOCK and not first.strip(_SPACE + _BOM):
        if not (line := source.readline(BLOCK)):
            raise ArtifactError(f"{name} is empty.", "Export it again.")
        first += line
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in first[:4]:
        raise ArtifactError(f"{name} is not UTF-8 but UTF-16 or UTF-32.", "Save it as UTF-8 and try again.")
    first = _without_bom(first).lstrip(_SPACE)
    if first[:1] not in (b"[", b"{"):
        raise ArtifactError(f"{name} is no JSON: it begins neither with [ nor with {{.", LOOKED_FOR)
    if name.lower().endswith(_LINES):
        return "lines"
    if first[:1] == b"[":
        return "array"
    return "lines" if _is_whole(first, source) else "object"


def _is_whole(line: bytes, source: Readable) -> bool:
    """Whether the line that begins so is an object; what is too long to tell is taken for one."""
    if not line.endswith(b"\n"):
        line += source.readline(LARGEST)
    checked = _checked(line)
    return len(line) > LARGEST or (isinstance(checked, bytes) and isinstance(_parsed("", checked), Element))


def _parsed(where: str, data: bytes | bytearray) -> Element | Refused:
    try:
        return Element(where, _DECODER.decode(data.decode("utf-8")))
    except UnicodeDecodeError:
        return Refused(where, NOT_UTF8)
    except (ValueError, RecursionError):
        return Refused(where, NOT_JSON)


def _checked(data: bytes) -> bytes | str:
    """The bytes, or why they are not to be parsed; the scanner checks elements of an array as it goes."""
    depth = deepest = containers = 0
    for sign, _ in _signs(data, 0):
        depth += 1 if sign in b"[{" else -1
        containers += sign in b"[{"
        deepest = max(deepest, depth)
    return TOO_DEEP if deepest > DEEPEST or containers > MOST_CONTAINERS else data


def _signs(data: bytes | bytearray, at: int) -> Iterator[tuple[bytes, int]]:
    """Brackets outside of strings, with their places, and the quote of a string that does not end here."""
    while found := _NEXT.match(data, at):
        at = found.end()
        yield found["next"], at - 1


def _array(name: str, source: Readable) -> Iterator[tuple[str, bytes | bytearray | str]]:
    """The lists and objects in the outermost list; other values in it are passed over."""
    scanner = _Scanner()
    number = 0
    while not scanner.ended and (block := source.read(BLOCK)):
        for piece in scanner.feed(block):
            number += 1
            yield str(number), piece
    if not scanner.ended:
        raise ArtifactError(f"{name} ends too early, after {number:,} conversations.", "Export it again.")


def _lines(name: str, source: Readable) -> Iterator[tuple[str, bytes | str]]:
    number = 0
    while line := source.readline(LARGEST + 1):
        number += 1
        line = _without_bom(line) if number == 1 else line
        if len(line) > LARGEST and not line.endswith(b"\n"):
            _skip_line(source)
            yield f"line {number}", TOO_LARGE
        elif line.strip(_SPACE):
            yield f"line {number}", _checked(line)


def _object(name: str, source: Readable) -> Iterator[tuple[str, bytes | str]]:
    data = source.read(LARGEST + 1)
    yield "1", TOO_LARGE if len(data) > LARGEST else _checked(_without_bom(data))


def _skip_line(source: Readable) -> None:
    while (rest := source.readline(BLOCK)) and not rest.endswith(b"\n"):
        pass


def _without_bom(data: bytes) -> bytes:
    return data.removeprefix(_BOM)


class _Scanner:
    """Where the elements of an array begin and end, in blocks as they come."""

    def __init__(self) -> None:
        self.ended = False
        self._depth = 0
        self._in_string = self._escaped = False
        self._element: bytearray | None = None
        self._refusal = ""
        self._containers = 0

    def feed(self, block: bytes) -> Iterator[bytearray | str]:
        """The elements that end in this block; the reason in place of one that is too large."""
        at = self._leave_string(block)
        start = 0
        for sign, place in _signs(block, at) if at >= 0 else ():
            if sign == b'"':
                self._enter_string(block, place + 1)
                break
            if sign in b"[{":
                start = self._open(start, place)
            elif piece := self._close(block, start, place + 1):
                yield piece
            if self.ended:
                return
        self._keep(block, start, len(block))

    def _open(self, start: int, place: int) -> int:
        """A bracket opens at `place`; where in this block the element begins that is open then."""
        self._depth += 1
        self._containers += 1
        if self._depth == 2:
            self._element, self._refusal, self._containers = bytearray(), "", 1
            return place
        if self._depth > DEEPEST or self._containers > MOST_CONTAINERS:
            self._refusal = TOO_DEEP
        return start

    def _close(self, block: bytes, start: int, stop: int) -> bytearray | str | None:
        """A bracket closes; the element that ends with it, or why it is refused."""
        self._depth -= 1
        self.ended = self._depth <= 0
        if self._depth != 1 or self._element is None:
            return None
        self._keep(block, start, stop)
        done, self._element = self._element, None
        return self._refusal or done

    def _keep(self, block: bytes, start: int, stop: int) -> None:
        if self._element is None or self._refusal:
            return
        self._element += memoryview(block)[start:stop]
        if len(self._element) > LARGEST:
            self._element, self._refusal = bytearray(), TOO_LARGE

    def _enter_string(self, block: bytes, start: int) -> None:
        """A string begins that does not end in this block."""
        self._in_string = True
        self._escaped = _odd_backslashes(block, start)

    def _leave_string(self, block: bytes) -> int:
        """Where the string of an earlier block ends in this one; -1 if it does not, 0 if there is none."""
        if not self._in_string:
            return 0
        start = 1 if self._escaped else 0
        found = _STRING_END.match(block, start)
        self._in_string = found is None
        self._escaped = found is None and _odd_backslashes(block, start)
        return found.end() if found else -1


def _odd_backslashes(block: bytes, start: int) -> bool:
    """Whether the character after this block is escaped, in a string that goes on since `start`."""
    rest = len(block) - start
    return (rest - len(block[start:].rstrip(b"\\"))) % 2 == 1
