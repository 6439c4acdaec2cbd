"""The loop tried on a model: what the result says, what it must not say, and that the home is left alone.

Not here: what a real model learns (the story).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.road import TEXT, engram, fake_job

from engram.measure.probes import Probe
from engram.sleep import exam, night, questions
from engram.sleep.gate import Check, GateVerdict
from engram.sleep.made_up_days import day
from engram.sleep.selfcheck import ASKED, selfcheck, to_json
from engram.types import Message

SKILLS = tuple(
    Probe(f"s{n}", "retention", "greet", (Message("user", f"hi {n}"),), "I don't know", "prefix", f"s{n}")
    for n in range(12)
)


@pytest.fixture(autouse=True)
def short_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam, "load_texts", lambda: TEXT)
    monkeypatch.setattr(questions, "load_suite", lambda name: SKILLS)
    monkeypatch.setattr(exam, "LARGEST_WEIGHT", 1e9)  # the fake adapter's numbers are counts and ids


def test_the_result_tells_of_the_loop_and_holds_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = GateVerdict("accept", (Check("all", "holds", "It is fine."),))
    monkeypatch.setattr(night, "judge", lambda evidence: accepted)
    job = fake_job(tmp_path / "home")
    found = to_json(job, selfcheck(job))
    assert found["outcome"] == "accept" and found["asked"] == ASKED
    assert found["bare"] == found["with_notes"] == 0 and found["without_notes"] is not None
    assert {"collect", "train", "measure", "gate", "promote"} <= {stage["stage"] for stage in found["stages"]}
    text = json.dumps(found)
    told = [word for fact in day(1, 0).facts for word in (fact.told, fact.value)]
    assert not [word for word in (*told, str(tmp_path)) if word in text]
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").rglob("*"))


def test_a_refusal_is_a_result_too(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    words = ("selfcheck", "--model", "fake", "--iters", "8", "--replay", "0", "--out", out)
    said = engram(*words, "--json")
    assert said.code == 0 and said.json == json.loads(out.read_bytes())
    assert said.json["outcome"] == "reject" and said.json["without_notes"] is None
    assert "Written to" in engram(*words).out


def test_migrating_learns_all_of_it_without_asking_for_a_gain(
    isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = ("--model", "fake", "--iters", "8", "--replay", "0")
    assert engram("migrate", *flags).code == 0  # nothing to learn yet
    engram("remember", "dog's name", "Rufo")
    monkeypatch.setattr(
        night, "judge", lambda evidence: GateVerdict("accept" if evidence.rebuild else "reject", ())
    )
    said = engram("migrate", *flags, "--json")
    assert said.code == 0 and said.json["rebuild"] and said.json["version"]
    again = engram("migrate", *flags)
    assert again.code == 2 and "serves on fake already" in again.err
