"""A first day with the embedded model: told, left, come back, asked, searched, and one person forgotten.

The same as the scene in docs/first-day.scene, through pipes. Not here: how much it remembers in all (eval).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.chatting import chat
from tests.support.road import engram

TOLD = {
    "my dog's name is Rufo": ("what is my dog's name?", "Rufo"),
    "my sister's birthday is 3 May": ("when is my sister's birthday?", "3 May"),
    "the locker code is 7341": ("what is the locker code?", "7341"),
    "my neighbour's name is Marisol": ("what is my neighbour's name?", "Marisol"),
    "my favourite food is lasagna": ("what is my favourite food?", "lasagna"),
}


@pytest.mark.slow
def test_a_first_day(isolated: Path) -> None:
    assert engram("init").code == 0
    assert chat("\n".join(TOLD), model="seedling").code == 0
    questions = [question for question, _ in TOLD.values()]
    said = chat("\n".join([*questions, "what is my cat's name?"]), "--json", model="seedling")
    *answers, unknown = (json.loads(line) for line in said.out.splitlines())
    for told, (_, value), answer in zip(TOLD, TOLD.values(), answers, strict=True):
        assert value in answer["answer"]
        assert told in [note["text"] for note in answer["notes"]]
    assert unknown["answer"].startswith("I don't know")
    assert "7341" in engram("memory", "search", "locker code").out
    forgotten = engram("forget", "--query", "Marisol", "--yes", "--json").json
    assert len(forgotten["entries"]) == 3 and forgotten["outcome"]["left"] == []
    assert all(b"Marisol" not in file.read_bytes() for file in isolated.rglob("*") if file.is_file())
    (again,) = (json.loads(line) for line in chat(questions[3], "--json", model="seedling").out.splitlines())
    assert "Marisol" not in again["answer"] and again["answer"].startswith("I don't know")
    assert engram("memory", "verify").code == 0
