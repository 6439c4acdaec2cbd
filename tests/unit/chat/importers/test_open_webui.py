"""Open WebUI's export: the branch that was kept, both units of time, folded blocks in answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.chat.importers.makers import (
    NOON,
    conversations,
    everything,
    said,
    webui,
    webui_message,
    write_json,
)

from engram.chat.importers import open_webui as reader
from engram.chat.importers.conversation import MEDIA, OTHER_BRANCH, SYSTEM
from engram.errors import ArtifactError

WHEN = datetime.fromtimestamp(NOON, UTC)
TREE = {
    "1": webui_message("1", None, "user", "old"),
    "2": webui_message("2", "1", "assistant", "old answer", NOON + 1),
    "3": webui_message("3", None, "user", "new", NOON + 2),
    "4": webui_message("4", "3", "assistant", "new answer", NOON + 3) | {"model": "llama3:8b"},
}


def test_the_branch_that_was_kept() -> None:
    found = reader.read(webui(TREE, "2"))
    assert said(found) == [("user", "old"), ("assistant", "old answer")] and found.left_out == {
        OTHER_BRANCH: 2
    }
    for missing in (None, "gone", 7):
        latest = reader.read(webui(TREE, missing))  # type: ignore[arg-type]
        assert said(latest) == [("user", "new"), ("assistant", "new answer")]
        assert latest.turns[1].model == "llama3:8b"


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000_000])
def test_seconds_and_smaller_units_are_told_apart(unit: int) -> None:
    row = webui({"1": webui_message("1", None, "user", "hello", NOON * unit)}, "1")
    assert reader.read(row).turns[0].said_at == WHEN == reader.read(row).started_at
    assert reader.read(row["chat"]).started_at == WHEN, "milliseconds inside"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain <details><summary>x</summary>y</details>", None),
        (
            '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
            "&gt; is &lt; right?\n> yes\n</details>\nRight.",
            [("thought", "> is < right?\nyes"), ("assistant", "Right.")],
        ),
        (
            '<details type="tool_calls" done="true" name="f" arguments="&quot;x&quot;">\n'
            "<summary>Tool Executed</summary>\n</details>Done.",
            [
                ("tool", '<details type="tool_calls" done="true" name="f" arguments=""x"">'),
                ("assistant", "Done."),
            ],
        ),
        ('a<details type="reasoning">never closed', [("thought", "never closed"), ("assistant", "a")]),
        ("<think>hm</think>Two.", [("thought", "hm"), ("assistant", "Two.")]),
    ],
)
def test_folded_blocks_stand_apart(text: str, expected: list[tuple[str, str]] | None) -> None:
    found = reader.read(webui({"1": webui_message("1", None, "assistant", text)}, "1"))
    assert said(found) == (expected or [("assistant", text)])


def test_a_user_may_write_folded_blocks() -> None:
    text = '<details type="reasoning">what is this?</details>'
    assert said(reader.read(webui({"1": webui_message("1", None, "user", text)}, "1"))) == [("user", text)]


def test_pictures_and_system_prompts_are_left_out() -> None:
    content = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
    ]
    found = reader.read(
        webui(
            {
                "0": webui_message("0", None, "system", "be kind"),
                "1": webui_message("1", "0", "user", content) | {"files": [{"type": "image"}]},
            },
            "1",
        )
    )
    assert said(found) == [("user", "what is this?")] and found.left_out == {SYSTEM: 1, MEDIA: 2}


def test_one_chat_or_all_with_or_without_its_row(tmp_path: Path) -> None:
    row = webui(TREE, "4")
    for name, value in {"all": [row], "one": row, "bare": row["chat"] | {"id": "c1"}}.items():
        (found,) = conversations(write_json(tmp_path / f"{name}.json", value))
        assert (found.id, found.title, said(found)[0]) == ("c1", "Dogs", ("user", "new"))


def test_without_messages_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="without messages"):
        reader.read(webui({}, None))
    found = everything(write_json(tmp_path / "x.json", [webui(TREE, "4"), webui({}, None)]))
    assert len(found) == 2
