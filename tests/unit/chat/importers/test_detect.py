"""What a file is: each format is told by looking; what is no export, or a trap, is refused in a sentence."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.chat.importers.makers import (
    chatgpt,
    claude,
    claude_message,
    conversations,
    everything,
    webui,
    webui_message,
    write_json,
    write_lines,
    write_zip,
)

from engram.chat.importers.conversation import Conversation, Refused
from engram.chat.importers.detect import detect
from engram.errors import ArtifactError, UsageError

HELLO = [{"role": "user", "content": "hello"}]
CLAUDE = claude(claude_message("1", "human", "hello"))
WEBUI = webui({"1": webui_message("1", None, "user", "hello")}, "1")
SHARED = {"conversations": [{"from": "human", "value": "hello"}]}
ALL = {
    "chatgpt": chatgpt(),
    "claude": CLAUDE,
    "open-webui": WEBUI,
    "sharegpt": SHARED,
    "messages": {"messages": HELLO},
}


@pytest.mark.parametrize("name", ALL)
def test_each_format_is_told_from_the_others(tmp_path: Path, name: str) -> None:
    value = ALL[name]
    for file in (
        write_json(tmp_path / "conversations.json", [value, value]),
        write_json(tmp_path / "one.json", value),
        write_lines(tmp_path / "lines.jsonl", value, value),
        write_zip(tmp_path / "x.zip", {"deep/folder/conversations.json": json.dumps([value])}),
    ):
        (export,) = detect(file)
        assert export.source == name and export.parts == 1 and export.size > 0
        assert all(one.turns for one in conversations(file))


def test_strange_elements_before_the_first_known_one(tmp_path: Path) -> None:
    file = write_json(tmp_path / "x.json", [{}, [], {"mapping": 5}, {"broken": True}, CLAUDE])
    (export,) = detect(file)
    assert export.source == "claude"
    assert [one.where for one in everything(file) if isinstance(one, Refused)] == ["1", "2", "3", "4"]


def test_several_formats_in_a_folder_are_several_exports(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    write_json(folder / "a.json", [CLAUDE])
    write_json(folder / "b.json", [chatgpt()])
    write_json(folder / "settings.json", {"theme": "dark"})
    (folder / "notes.txt").write_text("x")
    exports = detect(folder)
    assert [export.source for export in exports] == ["claude", "chatgpt"]
    assert exports[0].unread == ("settings.json",)


def test_a_program_says_which_file_holds_the_conversations(tmp_path: Path) -> None:
    members = {
        "conversations.json": json.dumps([chatgpt()]),
        "user.json": "{}",
        "message_feedback.json": "[]",
    }
    (export,) = detect(write_zip(tmp_path / "x.zip", members))
    assert export.parts == 1 and export.unread == ("message_feedback.json", "user.json")


def test_what_could_be_two_things_is_asked(tmp_path: Path) -> None:
    file = write_json(tmp_path / "x.json", [chatgpt() | CLAUDE])
    with pytest.raises(ArtifactError, match=r"two things.*mapping.*chat_messages") as caught:
        detect(file)
    assert "--source" in caught.value.hint
    assert detect(file, "claude")[0].source == "claude"
    with pytest.raises(UsageError, match="no format"):
        detect(file, "gemini")
    with pytest.raises(UsageError, match="no database"):
        detect(file, "llm")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.json", b"", "empty"),
        ("x.json", b"hello", "no JSON"),
        ("x.json", b"[]", "no conversations"),
        ("x.json", b'[{"a": 1}]', "no conversations"),
        ("x.json", b'{"a": ', "not valid JSON"),
        ("x.jsonl", b'{"messages": "\xff"}', "not UTF-8"),
        ("x.json", b"[" + b"[" * 200 + b"]" * 200, "ends too early|nested"),
        ("x.json", "[]".encode("utf-16"), "UTF-16"),
        ("x.json.gz", gzip.compress(b"[]", mtime=0), "gzip"),
        ("x.zip", b"PK\x03\x04 and nothing more", "damaged"),
        ("x.png", b"\x89PNG\r\n\x1a\n\0\0\0\0", "UTF-16|no JSON"),
    ],
)
def test_what_is_no_export_is_said(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArtifactError, match=said) as caught:
        detect(tmp_path / name)
    assert caught.value.hint


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        detect(tmp_path / "nothing.zip")
    with pytest.raises(ArtifactError, match="no conversations"):
        detect(tmp_path)


SLIPS = [
    "../evil.json",
    "/etc/evil.json",
    "a/../../evil.json",
    "..\\evil.json",
    "C:\\evil.json",
    "..",
    "a/..",
]


@pytest.mark.parametrize("slip", SLIPS)
def test_names_that_leave_the_folder_are_never_read(tmp_path: Path, slip: str) -> None:
    evil = json.dumps([chatgpt(conversation_id="evil")])
    file = write_zip(tmp_path / "x.zip", {"conversations.json": json.dumps([chatgpt()]), slip: evil})
    first, problem = everything(file)
    assert isinstance(first, Conversation) and first.id == "c1"
    assert isinstance(problem, str) and "leads out of its folder" in problem and repr(slip)[1:-1] in problem
    assert [item.name for item in tmp_path.iterdir()] == ["x.zip"], "nothing is unpacked"
    alone = write_zip(tmp_path / "y.zip", {f"{slip}/conversations.json": evil})
    with pytest.raises(ArtifactError, match="no conversations"):
        detect(alone)


def test_dots_in_names_are_no_crime(tmp_path: Path) -> None:
    members = {"conversations.json": json.dumps([chatgpt()]), "a..b/c...json": "x", ".hidden.json": "x"}
    assert len(conversations(write_zip(tmp_path / "x.zip", members))) == 1


def test_a_bomb_is_not_lit(tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("conversations.json", "w") as out,
    ):
        for _ in range(32):
            out.write(b" " * 2**20)
    assert file.stat().st_size < 2**16
    with pytest.raises(ArtifactError, match="zip bomb") as caught:
        detect(file)
    assert "unpack it yourself" in caught.value.hint


def test_a_small_file_may_repeat_itself(tmp_path: Path) -> None:
    text = json.dumps([CLAUDE | {"uuid": "x", "padding": " " * 2**20}])
    assert len(conversations(write_zip(tmp_path / "x.zip", {"conversations.json": text}))) == 1


def test_a_zip_in_a_zip_is_named(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"conversations.json": "[]"})
    file = write_zip(tmp_path / "x.zip", {"parts/inner.zip": inner.read_bytes(), "readme.txt": "x"})
    with pytest.raises(ArtifactError, match=r"another zip, parts/inner\.zip"):
        detect(file)


def test_encrypted_and_strangely_packed_members(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "x.zip", {"conversations.json": json.dumps([chatgpt()])})
    data = bytearray(file.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + flags, 1)
    file.write_bytes(data)
    with pytest.raises(ArtifactError, match="encrypted"):
        detect(file)
    with zipfile.ZipFile(tmp_path / "y.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("conversations.json", "[]")
    with pytest.raises(ArtifactError, match="unusual"):
        detect(tmp_path / "y.zip")


def test_a_damaged_member_ends_that_member_only(tmp_path: Path) -> None:
    shards = {f"conversations-{n}.json": json.dumps([chatgpt(conversation_id=f"c{n}")] * 50) for n in (1, 2)}
    file = write_zip(tmp_path / "x.zip", shards)
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo("conversations-1.json")
    data = bytearray(file.read_bytes())
    middle = info.header_offset + 60 + info.compress_size // 2
    data[middle : middle + 8] = b"\xff" * 8
    file.write_bytes(data)
    found = everything(file)
    assert sum(isinstance(one, Conversation) and one.id == "c2" for one in found) == 50
    assert any(isinstance(one, str) and "conversations-1.json in x.zip is damaged" in one for one in found)


def test_what_is_cut_off_is_said(tmp_path: Path) -> None:
    text = json.dumps([chatgpt(conversation_id=f"c{n}") for n in range(4)])
    (tmp_path / "x.json").write_text(text[: len(text) - 300])
    found = everything(tmp_path / "x.json")
    assert [getattr(one, "id", "") for one in found[:3]] == ["c0", "c1", "c2"]
    assert found[3:] == ["x.json ends too early, after 3 conversations."]


def test_progress_counts_every_byte(tmp_path: Path) -> None:
    value: Any = json.dumps([chatgpt(conversation_id=f"c{n}") for n in range(9)])
    for file in (write_zip(tmp_path / "x.zip", {"conversations.json": value}), tmp_path / "x.json"):
        if file.suffix == ".json":
            file.write_text(value)
        (export,) = detect(file)
        read: list[int] = []
        assert len(list(export.read(read.append, lambda _: None))) == 9
        assert sum(read) == export.size == len(value)
