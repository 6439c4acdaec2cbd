"""What a file is, by its first bytes, and its parts as streams: a zip, a folder, a database, or text.

Nothing in a zip is ever written to disk: members are read as streams. One whose name leads out of its folder
is never read; one that unpacks to more than a hundred times its size condemns the archive.
Not here: what the text means.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from engram.disk import disk_errors
from engram.errors import ArtifactError, UsageError

LARGEST_ARCHIVE = 64 * 2**30
"""Bytes of all that is read of a zip, unpacked."""
LARGEST_RATIO = 100
"""Unpacked to packed bytes of a member. Exports have 4-20; only what repeats itself endlessly has more."""
RATIO_FROM = 2**24
"""Bytes of a member, unpacked, from which on the ratio counts."""
MOST_MEMBERS = 100_000
NAMED = 5
"""Problems that are told; more of their kind say nothing new."""

_SQLITE = b"SQLite format 3\0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SHARD = re.compile(r"conversations(?:-\d+)?\.json", re.IGNORECASE)
_READABLE = (".json", ".jsonl", ".ndjson")
_SLIP = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
LOOKED_FOR = (
    "Known are: exports of ChatGPT and Claude (zip, or conversations.json) and of Open WebUI (JSON), llm's "
    "logs.db, ShareGPT and chat messages (JSON or JSONL)."
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file, or a member of a zip: `size` in bytes, unpacked; `open` gives it as a stream from its start."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What is to be read of a path. `unread` are names of members that are not, `problems` sentences about
    them; `database` is the path if it is one, and then there are no members."""

    name: str
    members: tuple[Member, ...] = ()
    unread: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    database: Path | None = None


def open_export(path: Path) -> Opened:
    """Look at a path. Raises UsageError if nothing is there, ArtifactError if it is not to be read."""
    with disk_errors(path):
        if not path.exists():
            raise UsageError(f"There is no file or folder {path}.", "Check the path.")
        if path.is_dir():
            return _folder(path)
        with path.open("rb") as source:
            start = source.read(16)
    if start.startswith(_SQLITE):
        return Opened(path.name, database=path)
    if start.startswith(_ZIP):
        return _archive(path)
    if start.startswith(b"\x1f\x8b"):
        raise ArtifactError(f"{path.name} is packed with gzip.", "Unpack it first.")
    return Opened(path.name, (_file(path),))


def _file(path: Path, name: str = "") -> Member:
    @contextmanager
    def stream() -> Iterator[IO[bytes]]:
        with disk_errors(path), path.open("rb") as source:
            yield source

    return Member(name or path.name, path.stat().st_size, stream)


def _folder(path: Path) -> Opened:
    inside = sorted(item for item in path.iterdir() if item.is_file())
    chosen, unread = _choose(path.name, [item.name for item in inside])
    return Opened(path.name, tuple(_file(path / name) for name in chosen), unread)


def _archive(path: Path) -> Opened:
    with _zip_errors(path.name), zipfile.ZipFile(path) as archive:
        infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        count = len(archive.infolist())
    if count > MOST_MEMBERS:
        raise ArtifactError(f"{path.name} has {count:,} members.", "An export has fewer; unpack it yourself.")
    slips = [name for name in infos if _SLIP.search(name)]
    chosen, unread = _choose(path.name, [name for name in infos if name not in slips])
    for name in chosen:
        _check(path.name, infos[name])
    if sum(infos[name].file_size for name in chosen) > LARGEST_ARCHIVE:
        raise ArtifactError(f"{path.name} would unpack to more than 64 GB.", "Import its parts one by one.")
    problems = (
        f"{path.name} holds {name!r}, a name that leads out of its folder: not read." for name in slips
    )
    return Opened(
        path.name,
        tuple(_member(path, infos[name]) for name in chosen),
        unread,
        tuple(islice(problems, NAMED)),
    )


def _member(path: Path, info: zipfile.ZipInfo) -> Member:
    @contextmanager
    def stream() -> Iterator[IO[bytes]]:
        where = f"{info.filename} in {path.name}"
        with (
            disk_errors(path),
            _zip_errors(where),
            zipfile.ZipFile(path) as archive,
            archive.open(info) as source,
        ):
            yield source

    return Member(info.filename, info.file_size, stream)


def _check(archive: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        how = "encrypted" if info.flag_bits & 1 else "packed in an unusual way"
        raise ArtifactError(f"{info.filename} in {archive} is {how}.", "Unpack it first.")
    if info.file_size > max(RATIO_FROM, LARGEST_RATIO * info.compress_size):
        raise ArtifactError(
            f"{info.filename} in {archive} would unpack {info.compress_size:,} bytes to {info.file_size:,}: "
            "no conversations, but a zip bomb.",
            "If you trust it, unpack it yourself and import what comes out.",
        )


@contextmanager
def _zip_errors(name: str) -> Iterator[None]:
    try:
        yield
    # zipfile reads a broken directory with indices and struct, and lets their errors through.
    except (zipfile.BadZipFile, zlib.error, EOFError, IndexError, struct.error, ValueError) as error:
        raise ArtifactError(f"{name} is damaged: {error}.", "Export it again.") from None
    except (NotImplementedError, RuntimeError) as error:
        raise ArtifactError(f"{name} cannot be unpacked: {error}.", "Unpack it first.") from None


def _choose(place: str, names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Which members hold conversations, shards in order, and which readable ones are left alone."""
    visible = [name for name in names if not _base(name).startswith((".", "__")) and "__MACOSX/" not in name]
    readable = [name for name in visible if name.lower().endswith(_READABLE)]
    shards = [name for name in readable if _SHARD.fullmatch(_base(name))]
    chosen = sorted(shards or readable, key=_natural)
    if not chosen:
        packed = [name for name in visible if name.lower().endswith(".zip")]
        within = f" It holds another zip, {packed[0]}: unpack that first." if packed else ""
        raise ArtifactError(f"{place} holds no conversations.{within}", LOOKED_FOR)
    return chosen, tuple(sorted(set(readable) - set(chosen)))


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts conversations-2 before conversations-10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", name)]
