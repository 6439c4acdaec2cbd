"""Gathering: what is of use is kept at once, what is not is asked for so often and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.teacher import Answer, Asked, completion, conversations, failure, good, teaching

from engram.errors import TeacherError
from engram.privacy.guard import PrivacyGuard
from engram.synth.asks import Size, plan
from engram.synth.client import Client
from engram.synth.folder import SynthFolder
from engram.synth.gathering import GIVE_UP, Gathered, gather
from engram.synth.presets import Endpoint

ASKS = plan(["tea", "bees", "maps", "snow"], Size(8, 2, 0.25, 0))


def gathered(folder: Path, url: str, retries: int = 1) -> Gathered:
    client = Client(Endpoint(url, "m"), timeout=5, max_tokens=50, wait=lambda time: None)
    kept = SynthFolder(folder)
    with kept.opened({"version": 1}):
        return gather(ASKS, kept, client, PrivacyGuard(), retries=retries)


def test_every_request_once_and_never_again(tmp_path: Path) -> None:
    with teaching() as teacher:
        first = gathered(tmp_path, teacher.url)
        assert len(teacher.asked) == len(ASKS) == 4 and first.known == 0
        again = gathered(tmp_path, teacher.url)
        assert len(teacher.asked) == 4 and again.known == 4
    assert first.answers == again.answers and not first.bad and not first.failed
    assert [len(first.answers[ask.number].conversations) for ask in ASKS] == [2, 2, 2, 2]


def test_what_is_no_use_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    def script(asked: Asked, before: int) -> Answer:
        return good(asked, before) if before % 3 == 2 else completion("Sure! {}")

    with teaching(script) as teacher:
        found = gathered(tmp_path, teacher.url, retries=2)
    assert len(teacher.asked) == 12 and not found.failed
    (why,) = found.bad
    assert found.bad[why] == 8 and "text around the JSON" in why
    assert [why in asked.prompt for asked in teacher.asked] == [False, True, True] * 4


def test_an_answer_is_never_taken_in_parts(tmp_path: Path) -> None:
    """The second conversation of each answer is wrong: nothing of the first may be kept."""

    def script(asked: Asked, before: int) -> Answer:
        made: list[dict[str, Any]] = conversations(asked, mark=" MARKER")
        made[1]["messages"][1]["role"] = "system"
        return completion(json.dumps({"conversations": made}))

    with teaching(script) as teacher, pytest.raises(TeacherError, match="in a row") as error:
        gathered(tmp_path, teacher.url, retries=1)
    assert len(teacher.asked) == 2 * GIVE_UP and "take turns" in str(error.value)
    assert not any("MARKER" in file.read_text() for file in tmp_path.rglob("*.json*"))


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    def script(asked: Asked, before: int) -> Answer:
        return completion("no") if "about: bees" in asked.prompt else good(asked, before)

    with teaching(script) as teacher:
        found = gathered(tmp_path, teacher.url)
        assert [ask.topic for ask in found.failed] == ["bees"] and len(found.answers) == 3
    with teaching() as teacher:
        assert not gathered(tmp_path, teacher.url).failed
        assert ["bees" in asked.prompt for asked in teacher.asked] == [True]


def test_what_was_answered_before_an_error_is_kept(tmp_path: Path) -> None:
    def script(asked: Asked, before: int) -> Answer:
        return good(asked, before) if before < 2 else failure(401)

    with teaching(script) as teacher, pytest.raises(TeacherError, match="wants a key"):
        gathered(tmp_path, teacher.url)
    with teaching() as teacher:
        assert gathered(tmp_path, teacher.url).known == 2 and len(teacher.asked) == 2


def test_answers_pass_the_guard_before_they_are_written(tmp_path: Path) -> None:
    secret, mail = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "ana.lopes@post.example.org"

    def script(asked: Asked, before: int) -> Answer:
        made = conversations(asked)
        made[0]["messages"][0]["content"] += f" Write to {mail}."
        made[0]["messages"][1]["content"] += f" Use the token {secret} for it."
        made[1]["messages"][1]["content"] = "I will kill you, I know where you live."
        return completion(json.dumps({"conversations": made}))

    with teaching(script) as teacher:
        found = gathered(tmp_path, teacher.url)
    for answer in found.answers.values():
        (kept,) = answer.conversations
        assert "[EMAIL]" in kept[0].content and answer.masked["email"] == 1
        assert sum(answer.masked.values()) == 2 and sum(answer.left_out.values()) == 1
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert secret.encode() not in written and mail.encode() not in written and b"kill you" not in written
