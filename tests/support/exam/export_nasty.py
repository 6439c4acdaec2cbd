"""Files that no importer should choke on: broken, lying, huge, or something else altogether.

Each builder gives a `Nasty`. `turns` is what must be read all the same; None means that refusing with a
sentence is right, and that nothing may be stored. Nothing here may end in a traceback, in memory without
bound, or in a file outside the home.

Not here: broken trees inside sound files (in the modules of their formats); big files (export_big.py).
"""

from __future__ import annotations

import json
import random
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.exam.export_chatgpt import chatgpt_json, plain
from tests.support.exam.export_rows import messages
from tests.support.exam.exported import Turn, script, timeless, zipped


@dataclass(frozen=True)
class Nasty:
    """A file and what is wrong with it."""

    path: Path
    problem: str
    turns: tuple[Turn, ...] | None = None


def truncated(folder: Path, share: float = 0.6) -> Nasty:
    """The download stopped somewhere in the middle."""
    path = chatgpt_json(folder).path
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return Nasty(path, "the JSON ends in the middle")


def truncated_lines(folder: Path) -> Nasty:
    """JSONL whose last line is cut: what stands before it is whole."""
    turns = script(50, 0)
    whole = json.dumps({"messages": messages(turns)})
    path = folder / "cut.jsonl"
    path.write_text(f"{whole}\n{whole[: len(whole) // 2]}", encoding="utf-8")
    return Nasty(path, "the last line is cut", timeless(turns))


def other_encoding(encoding: str, readable: bool = False) -> Callable[[Path], Nasty]:
    """A sound file, but not in UTF-8."""

    def make(folder: Path) -> Nasty:
        turns = [
            Turn(
                turn.role,
                f"äöü {turn.text}".replace("😀", "").replace("таб", "").replace("“", "").replace("”", ""),
                turn.when,
            )
            for turn in script(51, 0)
        ]
        path = folder / f"{encoding}.jsonl"
        path.write_bytes(
            (json.dumps({"messages": messages(turns)}, ensure_ascii=False) + "\n").encode(encoding)
        )
        return Nasty(path, f"encoded as {encoding}", timeless(turns) if readable else None)

    return make


def nul_bytes(folder: Path) -> Nasty:
    """Zeros between the rows, as a power cut leaves them."""
    turns = script(52, 0)
    row = json.dumps({"messages": messages(turns)}).encode()
    path = folder / "zeros.jsonl"
    path.write_bytes(row + b"\n" + b"\0" * 4096 + b"\n")
    return Nasty(path, "a block of zero bytes", timeless(turns))


def nul_in_text(folder: Path) -> Nasty:
    """An escaped zero and a lone surrogate inside a message; how they are stored is the importer's choice."""
    path = folder / "odd.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "a\\u0000b \\ud800 c"}]}\n', encoding="ascii")
    return Nasty(path, "a zero and half of a surrogate pair in a text")


def deep(folder: Path) -> Nasty:
    """Brackets deeper than a recursive parser can follow."""
    path = folder / "deep.json"
    path.write_text("[" * 200_000 + "]" * 200_000, encoding="ascii")
    return Nasty(path, "nested 200,000 levels deep")


def content(name: str, raw: bytes | str, problem: str) -> Callable[[Path], Nasty]:
    """A file with just that in it."""

    def make(folder: Path) -> Nasty:
        path = folder / name
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return Nasty(path, problem)

    return make


WRONG: tuple[Any, ...] = (
    [], {}, 7, "text", None, True,
    [1, 2], [[]], [None], [{}],
    [{"mapping": []}], [{"mapping": {"a": None}, "current_node": "a"}], [{"mapping": {"a": 3},
        "current_node": ["a"]}],
    [{"mapping": {"a": {"message": {"author": None, "content": {"parts": 5}}, "parent": {}}},
        "current_node": "a"}],
    [{"mapping": {"a": {"message": {"author": {"role": 1}, "content": "x", "create_time": "soon"}}},
        "current_node": "a"}],
    [{"uuid": 1, "chat_messages": {}}], [{"uuid": "a", "chat_messages": [None, 4, {"sender": [],
        "content": "x"}]}],
    [{"uuid": "a", "name": "b", "chat_messages": [{"sender": "human", "text": 5,
        "created_at": "yesterday"}]}],
    [{"chat": None}], [{"chat": {"history": []}}], [{"chat": {"history": {"messages": {"a": []},
        "currentId": "a"}}}],
    [{"conversations": "hello"}], [{"conversations": [{"from": 1, "value": None}, "x"]}],
    {"messages": {"role": "user"}}, {"messages": [["user", "hi"]]}, {"messages": [{"role": "user",
        "content": {"a": 1}}]},
    [{"mapping": {"a": {"message": {"author": {"role": "user"}, "create_time": 1e300,
      "content": {"content_type": "text", "parts": ["x"]}}, "parent": None}}, "current_node": "a"}],
)  # fmt: skip


def wrong_types(folder: Path) -> list[Nasty]:
    """Sound JSON in which something is of another type than it should be, one file each."""
    made = []
    for place, value in enumerate(WRONG):
        path = folder / f"wrong-{place:02d}.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        made.append(Nasty(path, f"unexpected types: {json.dumps(value)[:60]}"))
    return made


def zip_slip(folder: Path) -> Nasty:
    """Names that climb out of the folder, absolute ones, a link, and the true file among them."""
    turns = script(53, 0)
    row = json.dumps([plain("slip", turns).conversation()])
    names = (
        "../../escaped.json",
        "/tmp/escaped.json",
        "..\\escaped.json",
        "C:\\escaped.json",
        "a/../../escaped.json",
    )
    path = zipped(folder / "slip.zip", {**dict.fromkeys(names, "[]"), "conversations.json": row})
    link = zipfile.ZipInfo("linked.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    return Nasty(path, "names that lead outside", tuple(turns))


def zip_lying(folder: Path) -> Nasty:
    """The directory of the archive understates the size of its file."""
    path = zipped(folder / "lying.zip", {"conversations.json": json.dumps([{"pad": "x" * 50_000}])})
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"PK\1\2")  # central directory header; the whole size stands at 24 (APPNOTE 4.3.12)
    raw[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    path.write_bytes(raw)
    return Nasty(path, "sizes that are not true")


def zip_without(folder: Path) -> Nasty:
    path = zipped(folder / "photos.zip", {"IMG_1.jpg": b"\xff\xd8\xff", "notes.txt": "hello"})
    return Nasty(path, "an archive without conversations")


def zip_crowded(folder: Path, count: int = 20_000) -> Nasty:
    """Twenty thousand empty entries."""
    path = zipped(folder / "crowded.zip", {f"f{number}": b"" for number in range(count)})
    return Nasty(path, "very many entries")


def other_database(folder: Path) -> Nasty:
    """SQLite, but of another program."""
    path = folder / "other.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE responses (answer TEXT)")
    return Nasty(path, "a database of something else")


def torn_database(folder: Path) -> Nasty:
    """The header of SQLite and then noise."""
    path = folder / "torn.db"
    path.write_bytes(b"SQLite format 3\0" + random.Random(54).randbytes(8176))
    return Nasty(path, "a damaged database")


NASTY: dict[str, Callable[[Path], Nasty]] = {
    "truncated": truncated,
    "truncated-lines": truncated_lines,
    "latin-1": other_encoding("latin-1"),
    "utf-16": other_encoding("utf-16"),
    "utf-8-bom": other_encoding("utf-8-sig", readable=True),
    "nul-bytes": nul_bytes,
    "nul-in-text": nul_in_text,
    "deep": deep,
    "empty": content("empty.json", b"", "nothing in it"),
    "white": content("white.jsonl", b" \n\n\t\n", "white space only"),
    "noise": content("noise.bin", random.Random(55).randbytes(4096), "random bytes"),
    "noise-zip": content(
        "noise.zip", b"PK\3\4" + random.Random(56).randbytes(4096), "an archive by its first bytes only"
    ),
    "not-a-number": content(
        "nan.json", '[{"mapping": {}, "create_time": NaN, "current_node": Infinity}]', "NaN in JSON"
    ),
    "long-number": content(
        "long.json", '[{"mapping": {}, "create_time": ' + "9" * 5000 + "}]", "a number of 5,000 digits"
    ),
    "twice": content(
        "twice.json", '[{"mapping": {}, "mapping": {"a": 1}, "current_node": "a"}]', "a key that comes twice"
    ),
    "zip-slip": zip_slip,
    "zip-lying": zip_lying,
    "zip-without": zip_without,
    "zip-crowded": zip_crowded,
    "other-database": other_database,
    "torn-database": torn_database,
}
