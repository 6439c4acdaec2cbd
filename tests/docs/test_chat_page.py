"""docs/chat.md says what `engram chat` knows: commands, keys of its JSON, tags, how much the model sees."""

from __future__ import annotations

import re

from tests.support.chatting import chat
from tools.sections import ROOT

from engram.answer.prompt import ANSWER_SHARE
from engram.chat.commands import COMMANDS
from engram.config import ChatSettings, RecallSettings
from engram.store.tags import TAGS

PAGE = (ROOT / "docs" / "chat.md").read_text(encoding="utf-8")


def test_every_command_is_told_and_no_other() -> None:
    told = re.findall(r"`/([a-z]+)", PAGE.split("## Commands")[1].split("\n\n")[1])
    assert sorted(told) == sorted(command.name for command in COMMANDS)
    for command in COMMANDS:
        assert f"`/{command.name} {command.arguments}".rstrip() + "`" in PAGE


def test_every_key_of_the_json_is_told() -> None:
    rows = [
        line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `") and "/" not in line[:4]
    ]
    told = [key for row in rows for key in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(told) == sorted(chat("hello\n", "--json").json)


def test_tags_and_figures() -> None:
    assert all(f"#{tag}" in PAGE for tag in TAGS)
    numbers = {1: "one", 4: "quarter", 6: "Six"}
    assert f"exchanges: {ChatSettings().history}." in PAGE and numbers[ChatSettings().history] in PAGE
    assert f"{RecallSettings().tokens} tokens at most" in PAGE and f"a {numbers[ANSWER_SHARE]} of it" in PAGE


def test_its_commands_work_in_their_order() -> None:
    """The two that are piped: what the first tells is a note for the second."""
    piped = re.findall(r'^\$ echo "(.+)" \| engram chat(.*)$', PAGE, re.MULTILINE)
    assert len(piped) == 2
    told, asked = (chat(text + "\n", *words.split()) for text, words in piped)
    assert told.code == 0 and "Rufo" in asked.json["notes"][0]["text"]
