"""An answer of a teacher is taken whole or not at all."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from tests.faults.hostile import contents, rewritten

from engram.synth.replies import LONGEST_TURN, MOST_TURNS, parse_reply, schema
from engram.synth.strict_json import BadAnswer

SIGNS = "So.\n\tSee: é☕👩‍🔬"
SOUND: dict[str, Any] = {
    "conversations": [
        {
            "messages": [
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": SIGNS},
            ]
        },
        {"messages": [{"role": role, "content": f"{n}"} for n in range(3) for role in ("user", "assistant")]},
    ]
}


def test_a_sound_answer() -> None:
    first, second = parse_reply(f" \n{json.dumps(SOUND)}\n", 2)
    assert [(turn.role, turn.content) for turn in first] == [("user", "Why?"), ("assistant", SIGNS)]
    assert [turn.content for turn in second] == ["0", "0", "1", "1", "2", "2"]


def turns(value: Any) -> Any:
    return value["conversations"][1]["messages"]


def change(how: str) -> str:
    value = copy.deepcopy(SOUND)
    match how:
        case "another key":
            value["note"] = "x"
        case "another key in a conversation":
            value["conversations"][1]["title"] = "x"
        case "another key in a turn":
            turns(value)[3]["name"] = "x"
        case "a missing key":
            del turns(value)[3]["content"]
        case "one too many":
            value["conversations"].append(value["conversations"][0])
        case "one too few":
            value["conversations"].pop()
        case "a list":
            return json.dumps(value["conversations"])
        case "another role":
            turns(value)[0]["role"] = "system"
        case "the wrong order":
            turns(value).reverse()
        case "no last answer":
            turns(value).pop()
        case "no turns":
            turns(value).clear()
        case "too many turns":
            value["conversations"][1]["messages"] = turns(value) * (MOST_TURNS // 6 + 1)
        case "an empty turn":
            turns(value)[5]["content"] = " \n"
        case "a number for a turn":
            turns(value)[5]["content"] = 7
        case "a long turn":
            turns(value)[5]["content"] = "x" * (LONGEST_TURN + 1)
        case "a terminal's command":
            turns(value)[5]["content"] = "a\x1b[2Jb"
        case "half a character":
            turns(value)[5]["content"] = "\ud800"
        case "a fence":
            return f"```json\n{json.dumps(value)}\n```"
        case "words before":
            return f"Here it is: {json.dumps(value)}"
        case "two values":
            return json.dumps(value) * 2
        case "cut":
            return json.dumps(value)[:-2]
        case "a key twice":
            return json.dumps(value)[:-1] + "," + json.dumps(value)[1:]
        case "NaN":
            return json.dumps(value).replace('"Why?"', "NaN")
        case "deep":
            return "[" * 100_000
        case "too long":
            return " " * 2**21 + json.dumps(value)
        case "nothing":
            return ""
    return json.dumps(value)


HOWS = [
    *(
        "another key",
        "another key in a conversation",
        "another key in a turn",
        "a missing key",
    ),
    *(
        "one too many",
        "one too few",
        "a list",
        "another role",
        "the wrong order",
        "no last answer",
    ),
    *(
        "no turns",
        "too many turns",
        "an empty turn",
        "a number for a turn",
        "a long turn",
    ),
    *(
        "a terminal's command",
        "half a character",
        "a fence",
        "words before",
        "two values",
        "cut",
    ),
    *(
        "a key twice",
        "NaN",
        "deep",
        "too long",
        "nothing",
    ),
]


@pytest.mark.parametrize("how", HOWS)
def test_anything_else_is_refused_whole(how: str) -> None:
    text = change(how)
    assert text != json.dumps(SOUND)
    with pytest.raises(BadAnswer) as error:
        parse_reply(text, 2)
    assert error.value.message.isascii() and len(error.value.message) <= 120, "it is sent back to the teacher"


@hypothesis_settings(max_examples=60, deadline=None)
@given(contents(json.dumps(SOUND).encode()))
def test_whatever_a_teacher_writes(data: bytes) -> None:
    check(data.decode("utf-8", "replace"))


@hypothesis_settings(max_examples=60, deadline=None)
@given(rewritten(SOUND))
def test_whatever_values_it_gives(data: bytes) -> None:
    check(data.decode("utf-8", "replace"))


def check(text: str) -> None:
    try:
        found = parse_reply(text, 2)
    except BadAnswer as error:
        assert error.message
    else:
        said = [[turn.role for turn in one] for one in found]
        assert len(found) == 2 and all(roles == ["user", "assistant"] * (len(roles) // 2) for roles in said)
        assert all(turn.content.strip() for one in found for turn in one)


def test_the_schema_says_the_same() -> None:
    """A hand-written walk over the schema: the sound answer fits, one with another key does not."""
    assert fits(SOUND, schema(2))
    for how in ("another key", "another key in a conversation", "another key in a turn", "another role"):
        assert not fits(json.loads(change(how)), schema(2))


def fits(value: Any, rule: dict[str, Any]) -> bool:
    match rule["type"]:
        case "object":
            keys = set(rule["properties"])
            assert rule["additionalProperties"] is False and set(rule["required"]) == keys
            return set(value) == keys and all(fits(value[key], rule["properties"][key]) for key in keys)
        case "array":
            return all(fits(item, rule["items"]) for item in value)
        case _:
            return isinstance(value, str) and value in rule.get("enum", [value])
