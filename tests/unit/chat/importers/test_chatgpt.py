"""ChatGPT's export: the branch that was kept, who said what, and what is no talk at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.chat.importers.makers import NOON, chatgpt, conversations, node, said, write_json, write_zip

from engram.chat.importers import chatgpt as reader
from engram.chat.importers.conversation import EMPTY, HIDDEN, MEDIA, OTHER_BRANCH, SYSTEM, UNKNOWN
from engram.errors import ArtifactError

PLAIN = [("user", "my dog is called Rufo"), ("assistant", "A fine name!")]
WHEN = datetime.fromtimestamp(NOON, UTC)


def test_a_conversation_with_its_times_and_model() -> None:
    answer = node("a", "u", "assistant", "hi", NOON + 2.5, metadata={"model_slug": "gpt-4o"})
    found = reader.read(chatgpt(node("u", "root", "user", "hello", NOON), answer))
    assert (found.id, found.title, found.started_at) == ("c1", "Dogs", WHEN)
    assert [turn.said_at for turn in found.turns] == [WHEN, WHEN + timedelta(seconds=2.5)]
    assert [(turn.id, turn.model) for turn in found.turns] == [("u", ""), ("a", "gpt-4o")]


def test_only_the_branch_that_was_kept() -> None:
    tree = [
        node("u", "root", "user", "old wording", NOON),
        node("a", "u", "assistant", "old answer", NOON + 1),
        node("v", "root", "user", "new wording", NOON + 2),
        node("b", "v", "assistant", "first try", NOON + 3),
        node("c", "v", "assistant", "second try", NOON + 4),
    ]
    found = reader.read(chatgpt(*tree, tip="b"))
    assert said(found) == [("user", "new wording"), ("assistant", "first try")]
    assert found.left_out == {OTHER_BRANCH: 3}
    for missing in ("gone", None, 5, ["b"]):
        last = reader.read(chatgpt(*tree) | {"current_node": missing})
        assert said(last)[-1] == ("assistant", "second try"), "the latest leaf"


def test_circles_and_holes_end_a_branch() -> None:
    circle = reader.read(chatgpt(node("u", "a", "user", "x"), node("a", "u", "assistant", "y")))
    assert said(circle) == [("user", "x"), ("assistant", "y")]
    itself = reader.read(chatgpt(node("u", "u", "user", "x")))
    assert said(itself) == [("user", "x")]
    hole = reader.read(chatgpt(node("u", "gone", "user", "x"), node("a", "u", "assistant", "y")))
    assert said(hole) == [("user", "x"), ("assistant", "y")]


def test_system_and_hidden_messages_are_left_out() -> None:
    found = reader.read(
        chatgpt(
            node("s", "root", "system", "be kind"),
            node("h", "s", "user", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
            node("e", "h", "user", content={"content_type": "user_editable_context", "user_profile": "I am"}),
            node("u", "e", "user", "hello"),
            node("x", "u", "critic", "who am I?"),
            node("n", "x", "assistant", ""),
        )
    )
    assert said(found) == [("user", "hello")]
    assert found.left_out == {SYSTEM: 1, HIDDEN: 2, UNKNOWN: 1, EMPTY: 1}


def test_thinking_and_tools_stand_apart() -> None:
    thoughts = {
        "content_type": "thoughts",
        "thoughts": [{"summary": "s", "content": "hm"}, {"summary": "so"}],
    }
    code = {"content_type": "code", "language": "python", "text": "1 + 1"}
    output = {"content_type": "execution_output", "text": "2"}
    found = reader.read(
        chatgpt(
            node("u", "root", "user", "what is 1 + 1?"),
            node("t", "u", "assistant", content=thoughts),
            node("c", "t", "assistant", content=code, recipient="python"),
            node("o", "c", "tool", content=output),
            node("a", "o", "assistant", "<think>easy</think>Two."),
        )
    )
    assert said(found) == [
        ("user", "what is 1 + 1?"),
        *[
            ("thought", "hm"),
            ("thought", "so"),
            ("tool", "python: 1 + 1"),
            ("tool", "2"),
            ("thought", "easy"),
        ],
        ("assistant", "Two."),
    ]


def test_parts_may_be_objects() -> None:
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"},
        "what is this?",
        {"content_type": "audio_transcription", "text": "and that?"},
    ]
    content = {"content_type": "multimodal_text", "parts": parts}
    only = {"content_type": "multimodal_text", "parts": parts[:1]}
    found = reader.read(
        chatgpt(node("u", "root", "user", content=content), node("v", "u", "user", content=only))
    )
    assert said(found) == [("user", "what is this?\nand that?")]
    assert found.left_out == {MEDIA: 2}


@pytest.mark.parametrize(
    "value",
    [
        *({"mapping": {}}, {"mapping": []}, {}, {"mapping": None}),
    ],
)
def test_without_messages_it_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ArtifactError, match="without messages"):
        reader.read(value)


def test_titles_and_times_may_be_missing() -> None:
    bare = chatgpt(title="", create_time=None)
    bare["mapping"]["u"]["message"]["create_time"] = None
    found = reader.read({key: bare[key] for key in ("mapping", "title")} | {"id": "x"})
    assert (found.id, found.title, found.started_at) == ("x", "", None)
    assert found.turns[0].said_at is None and said(found) == PLAIN


def test_zip_folder_and_file_hold_the_same(tmp_path: Path) -> None:
    shards = {f"conversations-{n}.json": [chatgpt(conversation_id=f"c{n}")] for n in (0, 1, 10, 2)}
    text = {name: json.dumps(value) for name, value in shards.items()}
    write_zip(tmp_path / "export.zip", text | {"user.json": "{}", "chat.html": "<html>"})
    (tmp_path / "folder").mkdir()
    for name, value in shards.items():
        write_json(tmp_path / "folder" / name, value)
    zipped, folder = (conversations(tmp_path / name) for name in ("export.zip", "folder"))
    assert zipped == folder and [one.id for one in zipped] == ["c0", "c1", "c2", "c10"]
    assert all(said(one) == PLAIN for one in zipped)
