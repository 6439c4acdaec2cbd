"""Promise 20 for importers: whatever a value or a file holds, a reader gives conversations, reasons or an
error of ours, and what it gives can be written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.faults.hostile import contents, json_values, rewritten
from tests.support.remembering import opened
from tests.unit.chat.importers import makers
from tests.unit.chat.importers.test_llm_logs import NEW, OLD, TALK, WHEN, chain, response

from engram.chat.importers.conversation import Conversation, Refused
from engram.chat.importers.detect import FORMATS, detect
from engram.chat.importers.importing import Importer
from engram.chat.importers.json_stream import Element
from engram.errors import EngramError

ANSWER = "<think>b</think>c"
SOUND: dict[str, Any] = {
    "chatgpt": makers.chatgpt(
        makers.node("u", "root", "user", "a", makers.NOON, metadata={"model_slug": "m"}),
        makers.node(
            "t", "u", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "x"}]}
        ),
        makers.node("a", "t", "assistant", ANSWER),
    ),
    "claude": makers.claude(
        makers.claude_message("1", "human", "a", parent_message_uuid="0"),
        makers.claude_message("2", "assistant", ANSWER, parent_message_uuid="1"),
    ),
    "open-webui": makers.webui(
        {
            "1": makers.webui_message("1", None, "user", "a"),
            "2": makers.webui_message(
                "2", "1", "assistant", '<details type="reasoning">x</details>' + ANSWER
            ),
        },
        "2",
    ),
    "sharegpt": {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": ANSWER}]},
    "messages": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a"}]},
            {"role": "assistant", "content": ANSWER, "tool_calls": [{"function": {"name": "f"}}]},
        ],
        "entries": [{"id": 1, "said_at": "2024-05-06T12:53:20Z"}] * 2,
        "source": "session:1",
    },
}
SIZES = [40, pytest.param(2_000, marks=pytest.mark.slow)]
SLOWLY = {"deadline": None, "suppress_health_check": list(HealthCheck)}
READERS = {format.name: format.read_all for format in FORMATS}


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", SOUND)
def test_whatever_a_value_holds(name: str, examples: int) -> None:
    @settings(max_examples=examples, **SLOWLY)  # type: ignore[arg-type]
    @given(rewritten(SOUND[name]).map(json.loads) | json_values())
    def check(value: Any) -> None:
        try:
            found = list(READERS[name]([Element("1", value), Element("2", SOUND[name])]))
        except EngramError:
            pytest.fail("a value is refused where it stands, and the rest is read")
        assert all(isinstance(one, Conversation | Refused) for one in found)
        assert any(isinstance(one, Conversation) and one.turns for one in found), "the sound one"

    check()


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", [*SOUND, "zip", "llm"])
def test_whatever_a_file_holds_is_written_down_or_refused(name: str, examples: int, tmp_path: Path) -> None:
    file = tmp_path / ("x.json" if name in SOUND else name)
    sound = PLAIN_FILES[name](file)
    with opened(tmp_path / "memory.db") as ledger:

        @settings(max_examples=examples, **SLOWLY)  # type: ignore[arg-type]
        @given(contents(sound))
        def check(data: bytes) -> None:
            file.write_bytes(data)
            try:
                for export in detect(file):
                    importer = Importer(ledger, export.source)
                    for found in export.read(lambda size: None, importer.summary.problems.append):
                        importer.add(found)
            except EngramError as error:
                assert error.message and error.exit_code in (1, 2)

        check()
        assert ledger.verify().ok


def _json(name: str) -> Callable[[Path], bytes]:
    return lambda file: json.dumps([SOUND[name]] * 2).encode()


def _zip(file: Path) -> bytes:
    return makers.write_zip(file, {"conversations.json": json.dumps([SOUND["claude"]])}).read_bytes()


def _llm(file: Path) -> bytes:
    rows = chain(*TALK) | {
        "responses": [response("01", "c1", "a", ANSWER)],
        "threads": [["t1", "", "v", None, WHEN]],
        "turns": [["1", "t1", "u", "a", "m", WHEN]],
    }
    return makers.write_database(file, OLD + NEW, rows).read_bytes()


PLAIN_FILES: dict[str, Callable[[Path], bytes]] = {name: _json(name) for name in SOUND} | {
    "zip": _zip,
    "llm": _llm,
}
