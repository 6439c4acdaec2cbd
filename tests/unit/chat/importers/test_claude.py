"""Claude's export: words from blocks or flattened, attachments left out, branches of edited questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.chat.importers.makers import claude, claude_message, said

from engram.chat.importers import claude as reader
from engram.chat.importers.conversation import ATTACHED, EMPTY, MEDIA, OTHER_BRANCH, UNKNOWN
from engram.errors import ArtifactError

ROOT = "00000000-0000-4000-8000-000000000000"


def test_a_conversation_with_its_times() -> None:
    found = reader.read(
        claude(claude_message("1", "human", "hello"), claude_message("2", "assistant", "hi", 5))
    )
    assert (found.id, found.title) == ("c1", "Dogs")
    assert found.started_at == datetime(2024, 5, 6, 12, 53, 20, tzinfo=UTC)
    assert said(found) == [("user", "hello"), ("assistant", "hi")]
    assert found.turns[1].said_at == datetime(2024, 5, 6, 13, 5, 0, 500_000, tzinfo=UTC)


def test_blocks_come_before_the_flattened_text() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "name": "search", "input": {"query": "Rufo"}},
        {"type": "tool_result", "name": "search", "content": [{"type": "text", "text": "a dog"}]},
        {"type": "token_budget"},
        {"type": "text", "text": "It is a dog."},
    ]
    message = claude_message("2", "assistant", "This block is not supported.", content=blocks)
    found = reader.read(claude(message))
    assert said(found) == [
        *[("thought", "hm"), ("tool", 'search: {"query": "Rufo"}'), ("tool", "a dog")],
        ("assistant", "Let me look.\nIt is a dog."),
    ]


def test_without_blocks_the_text_counts() -> None:
    for content in ([], None, [{"type": "text", "text": ""}], "", 7):
        found = reader.read(claude(claude_message("1", "human", "hello", content=content)))
        assert said(found) == [("user", "hello")]


def test_what_is_no_talk_is_counted() -> None:
    attached = [{"file_name": "a.txt", "extracted_content": "a whole book"}, {"file_name": "b.png"}]
    found = reader.read(
        claude(
            claude_message("1", "human", "read this", attachments=attached, files=[{"file_name": "c.png"}]),
            claude_message("2", "human", "", attachments=attached[:1]),
            claude_message("3", "assistant", ""),
            claude_message("4", "system", "be kind"),
        )
    )
    assert said(found) == [("user", "read this")]
    assert found.left_out == {ATTACHED: 2, MEDIA: 2, EMPTY: 1, UNKNOWN: 1}


def test_of_an_edited_question_the_latest_branch_is_kept() -> None:
    tree = [
        claude_message("1", "human", "old", 0, parent_message_uuid=ROOT),
        claude_message("2", "assistant", "old answer", 1, parent_message_uuid="1"),
        claude_message("3", "human", "new", 2, parent_message_uuid=ROOT),
        claude_message("4", "assistant", "new answer", 3, parent_message_uuid="3"),
    ]
    found = reader.read(claude(*tree))
    assert said(found) == [("user", "new"), ("assistant", "new answer")] and found.left_out == {
        OTHER_BRANCH: 2
    }
    told = reader.read(claude(*tree, current_leaf_message_uuid="2"))
    assert said(told) == [("user", "old"), ("assistant", "old answer")]
    one_root = reader.read(claude(*(message | {"parent_message_uuid": ROOT} for message in tree)))
    assert len(one_root.turns) == 4, "parents that lead nowhere are no tree"


def test_without_messages_it_is_refused() -> None:
    for value in (claude(), {}, {"chat_messages": ["x"]}):
        with pytest.raises(ArtifactError, match="without messages"):
            reader.read(value)


def test_names_may_be_missing() -> None:
    message = claude_message("", "human", "hello")
    assert reader.read({"chat_messages": [message, message]}).turns[1].id == "message 1"
    assert reader.read({"chat_messages": [message]}).id
