"""Which program an export is from, found by looking, and its conversations one after the other.

Not here: the formats (a module each), and what becomes of the conversations (importing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from engram.chat.importers import chatgpt, claude, llm_logs, messages, open_webui, sharegpt
from engram.chat.importers.conversation import Conversation, Refused
from engram.chat.importers.json_stream import Element, elements, shape_of
from engram.chat.importers.opening import LOOKED_FOR, Member, Opened, open_export
from engram.errors import ArtifactError, EngramError, UsageError

LOOKED_AT = 20
"""Elements of a file that are looked at to tell its format."""

Elements = Iterable[Element | Refused]
Conversations = Iterator[Conversation | Refused]


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is for --source and the ledger; `marks` says for people what it is known by."""

    name: str
    title: str
    marks: str
    is_one: Callable[[Mapping[str, Any]], bool]
    read_all: Callable[[Elements], Conversations]


def _each(read: Callable[[Mapping[str, Any]], Conversation]) -> Callable[[Elements], Conversations]:
    """A reader of a whole file from a reader of one element."""

    def read_all(found: Elements) -> Conversations:
        for element in found:
            try:
                yield element if isinstance(element, Refused) else read(_object(element))
            except ArtifactError as wrong:
                yield Refused(getattr(element, "where", ""), wrong.message)

    return read_all


def _object(element: Element) -> Mapping[str, Any]:
    if not isinstance(element.value, dict):
        raise ArtifactError("elements that are no conversations")
    return element.value


FORMATS = (
    Format("chatgpt", "ChatGPT export", "mapping", chatgpt.is_one, _each(chatgpt.read)),
    Format("claude", "Claude export", "chat_messages", claude.is_one, _each(claude.read)),
    Format("open-webui", "Open WebUI export", "history.messages", open_webui.is_one, _each(open_webui.read)),
    Format(
        "sharegpt", "ShareGPT file", "conversations of from and value", sharegpt.is_one, sharegpt.read_all
    ),
    Format("messages", "chat messages", "messages of role and content", messages.is_one, messages.read_all),
)
LLM = "llm"
NAMES = (*(format.name for format in FORMATS), LLM)


@dataclass(frozen=True, slots=True)
class Unread:
    """Members that are no conversations, by name, and what is wrong with those that cannot be read."""

    names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """A path whose format is known. `read` gives the conversations and tells `advance` bytes as it goes on;
    `problems` are told of parts that end badly, in sentences."""

    path: Path
    source: str
    title: str
    parts: int
    size: int
    unread: tuple[str, ...]
    read: Callable[[Callable[[int], None], Callable[[str], None]], Conversations]


def detect(path: Path, source: str | None = None) -> list[Export]:
    """What a path holds: one export as a rule, one for each format where a folder holds several.

    `source` names the format instead of looking. Raises UsageError, ArtifactError, StorageError.
    """
    if source is not None and source not in NAMES:
        raise UsageError(f"There is no format {source!r}.", f"There are {', '.join(NAMES)}.")
    opened = open_export(path)
    if source == LLM and not opened.database:
        raise UsageError(f"{path.name} is no database, and so no log of llm.", LOOKED_FOR)
    if opened.database:
        if source not in (None, LLM):
            raise UsageError(f"{path.name} is a database, and no {source} export.", LOOKED_FOR)
        return [_database(path)]
    return _files(path, opened, source)


def _database(path: Path) -> Export:
    llm_logs.check(path)

    def read(advance: Callable[[int], None], problem: Callable[[str], None]) -> Conversations:
        yield from llm_logs.read_all(path)
        advance(path.stat().st_size)

    return Export(path, LLM, "llm log", 1, path.stat().st_size, (), read)


def _files(path: Path, opened: Opened, source: str | None) -> list[Export]:
    groups: dict[str, list[Member]] = {}
    unread, problems = list(opened.unread), [ArtifactError(sentence) for sentence in opened.problems]
    for member in opened.members:
        try:
            format = _format_of(member, source)
        except ArtifactError as problem:
            problems.append(problem)
            continue
        if format:
            groups.setdefault(format.name, []).append(member)
        else:
            unread.append(member.name)
    if not groups:
        raise problems[-1] if problems else _unknown(path.name)
    first = Unread(tuple(unread), tuple(problem.message for problem in problems))
    return [
        _export(path, _named(name), members, Unread() if at else first)
        for at, (name, members) in enumerate(groups.items())
    ]


def _named(name: str) -> Format:
    return next(format for format in FORMATS if format.name == name)


def _unknown(name: str) -> ArtifactError:
    return ArtifactError(f"{name} holds no conversations that are known here.", LOOKED_FOR)


def _export(path: Path, format: Format, members: Sequence[Member], unread: Unread) -> Export:
    def read(advance: Callable[[int], None], problem: Callable[[str], None]) -> Conversations:
        for sentence in unread.problems:
            problem(sentence)
        for member in members:
            try:
                yield from _conversations(member, format, advance, len(members) > 1)
            except EngramError as error:
                problem(error.message)

    size = sum(member.size for member in members)
    return Export(path, format.name, format.title, len(members), size, unread.names, read)


def _conversations(
    member: Member, format: Format, advance: Callable[[int], None], several: bool
) -> Conversations:
    shape = _shape_of(member)
    with member.open() as source:
        for found in format.read_all(elements(member.name, _Counted(source, advance), shape)):
            where = f"{member.name}, {found.where}" if isinstance(found, Refused) and several else ""
            yield Refused(where, found.reason) if where and isinstance(found, Refused) else found


def _shape_of(member: Member) -> str:
    with member.open() as source:
        return shape_of(member.name, source)


def _format_of(member: Member, source: str | None) -> Format | None:
    """By the first element that any format knows; None if none does. Raises ArtifactError if several do, or
    if the member cannot be read."""
    shape = _shape_of(member)
    if source:
        return _named(source)
    parsed, reasons = False, set[str]()
    with member.open() as stream:
        for element in islice(elements(member.name, stream, shape), LOOKED_AT):
            if isinstance(element, Refused):
                reasons.add(element.reason)
                continue
            parsed = True
            if known := _known(element.value, member.name):
                return known
    if reasons and not parsed:
        raise ArtifactError(f"{member.name} holds only {', '.join(sorted(reasons))}.", LOOKED_FOR)
    return None


def _known(value: Any, name: str) -> Format | None:
    """The format of an element. Raises ArtifactError if it could be two."""
    record = {"messages": value} if isinstance(value, list) else value
    found = [format for format in FORMATS if isinstance(record, dict) and format.is_one(record)]
    if len(found) > 1:
        seen = " and ".join(f"{format.marks} ({format.name})" for format in found)
        raise ArtifactError(f"{name} could be two things: {seen}.", "Say which with --source.")
    return found[0] if found else None


class _Counted:
    """A stream that tells how many bytes were read."""

    def __init__(self, source: IO[bytes], advance: Callable[[int], None]) -> None:
        self._source, self._advance = source, advance

    def read(self, size: int) -> bytes:
        return self._told(self._source.read(size))

    def readline(self, size: int) -> bytes:
        return self._told(self._source.readline(size))

    def _told(self, data: bytes) -> bytes:
        self._advance(len(data))
        return data
