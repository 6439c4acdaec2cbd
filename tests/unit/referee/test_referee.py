"""The referee on the fake backend: every way is asked, what is done is kept, and nobody gets less.

Not here: what a real model makes of it (the README's table).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.support.road import TEXT, engram, fake_job

from engram.config import ALL_LINEAR, Settings
from engram.errors import UsageError
from engram.measure.probes import Probe
from engram.referee import referee as desk
from engram.referee import table
from engram.referee.asking import Score
from engram.referee.facts import make_facts
from engram.referee.picture import picture
from engram.referee.referee import NAMES, WAYS, check_names, referee
from engram.referee.ways import FEW_FACTS, DoesNotFit, as_long_as, in_context, retrieval, trained_with
from engram.training.stopping import AutoRule
from engram.types import Message

SKILLS = tuple(
    Probe(f"s{n}", "retention", "greet", (Message("user", f"hi {n}"),), "I don't know", "prefix", f"s{n}")
    for n in range(6)
)


@pytest.fixture(autouse=True)
def short_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "load_texts", lambda: TEXT)
    monkeypatch.setattr(desk, "load_suite", lambda name: SKILLS)


def test_the_fake_learns_by_adapter_and_knows_nothing_alone(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home", iters="auto")
    base, learned = referee(job, [12], ["base", "lora"], tmp_path / "out", 0)
    assert base.shares["recall"].right == 0 and base.shares["untold"].share == 1
    assert learned.shares["recall"].share == 1 and learned.shares["updated"].share == 1
    assert learned.bytes > 0 and learned.write_seconds > 0 and base.bytes == 0
    assert base.shares["recall"].low < 0.05 and learned.shares["recall"].high == 1


def test_what_is_done_is_kept_and_nothing_else_is_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, out = fake_job(tmp_path / "home"), tmp_path / "out"
    first = referee(job, [10], ["base"], out, 0)

    def forbidden(*given: object) -> None:
        raise AssertionError("it was asked again")

    with monkeypatch.context() as patch:
        patch.setattr(desk, "take", forbidden)
        assert referee(job, [10], ["base"], out, 0) == first
        with pytest.raises(AssertionError, match="asked again"):
            referee(job, [10], ["base"], out, 1)
    (out / "parts" / "10-base.json").write_text("{}", encoding="utf-8")
    again = referee(job, [10], ["base"], out, 0)
    assert [replace(s, latency_ms=0) for s in again] == [replace(s, latency_ms=0) for s in first]


def test_what_does_not_fit_into_the_context_says_so(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home")
    with pytest.raises(DoesNotFit, match="there is room for"):
        in_context(job, make_facts(100, 0)[0], tmp_path)
    (score,) = referee(job, [100], ["context"], tmp_path / "out", 0)
    assert score.reason.startswith("does not fit") and not score.shares
    assert "does not fit" in table.markdown([score]) and "does not fit" in picture([score])


def test_retrieval_puts_both_values_in_order_before_the_model(tmp_path: Path) -> None:
    facts, _ = make_facts(20, 0)
    changed = next(fact for fact in facts if fact.older)
    ready = retrieval(fake_job(tmp_path / "home"), facts, tmp_path / "work")
    note = ready.notes(changed.question)
    assert note and changed.value in note.content
    assert changed.older not in note.content or note.content.index(changed.older) < note.content.index(
        changed.value
    )
    assert ready.bytes > 0 and ready.seconds > 0


def test_the_exact_memory_knows_every_fact_and_nothing_else(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home")
    (score,) = referee(job, [30], ["lookup"], tmp_path / "out", 0)
    assert score.shares["recall"].share == score.shares["updated"].share == 1
    assert score.shares["untold"].share == 1, "the fake does not know what nobody told"
    assert score.shares["longer"].right == 0, "a value alone is no sentence"
    base = referee(job, [30], ["base"], tmp_path / "out", 0)[0]
    assert score.shares["retention"] == base.shares["retention"]
    assert score.prompt_tokens == base.prompt_tokens and score.bytes > 0


def test_many_facts_are_given_longer_and_few_no_less_than_teach_gives() -> None:
    assert as_long_as(10) == as_long_as(FEW_FACTS) == AutoRule()
    assert as_long_as(FEW_FACTS + 1).max_steps == AutoRule().max_steps, "one more gets no less"
    many = as_long_as(5 * FEW_FACTS)
    assert many.max_tokens == 5 * AutoRule().max_tokens and many.max_steps == 5 * 1800


def test_many_facts_are_trained_in_all_layers_more_slowly_with_less_pull_unless_those_were_set() -> None:
    usual = Settings()
    assert trained_with(usual, FEW_FACTS) == usual
    many = trained_with(usual, FEW_FACTS + 1).train
    assert many.target_modules == (ALL_LINEAR,) and many.anchor_weight < usual.train.anchor_weight
    assert many.learning_rate < usual.train.learning_rate
    theirs = {"target_modules": ["q_proj"], "anchor_weight": 7.0, "learning_rate": 0.01}
    set_so = Settings.model_validate({"train": theirs})
    assert trained_with(set_so, 1000) == set_so


def test_a_score_of_shorter_training_does_not_stand_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = fake_job(tmp_path / "home")
    (first,) = referee(job, [12], ["base"], tmp_path / "out", 0)
    asked: list[str] = []
    take = desk.take
    monkeypatch.setattr(desk, "take", lambda *words: asked.append(words[0]) or take(*words))
    assert referee(job, [12], ["base"], tmp_path / "out", 0) == [first] and not asked
    monkeypatch.setattr(desk, "as_long_as", lambda facts: AutoRule().times(2))
    referee(job, [12], ["base"], tmp_path / "out", 0)
    assert asked == ["base"]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (0.0911, "91 ms"), (8.482, "8.48 s"), (1610.5, "1,610 s")]
)
def test_a_time_is_told_in_a_unit_of_its_size(seconds: float, told: str) -> None:
    assert table.costs(Score("lora", 10, write_seconds=seconds), None)["write time"] == told


def test_together_adds_what_each_knows(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home", iters="auto")
    adapter, together = referee(job, [12], ["lora-replay", "together"], tmp_path / "out", 0)
    assert together.shares["recall"].share == 1 and together.prompt_tokens > adapter.prompt_tokens
    assert together.bytes > adapter.bytes and together.write_seconds > adapter.write_seconds


def test_names_and_numbers_are_checked(tmp_path: Path) -> None:
    assert check_names([]) == NAMES == tuple(way.name for way in WAYS)
    with pytest.raises(UsageError, match="no way 'lorra'"):
        check_names(["lorra"])
    with pytest.raises(UsageError, match="at least 10"):
        referee(fake_job(tmp_path / "home"), [3], NAMES, tmp_path / "out", 0)


def test_the_command_writes_a_table_a_page_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = (
        "referee",
        "--model",
        "fake",
        "--facts",
        "10",
        "--way",
        "base",
        "--way",
        "retrieval",
        "--out",
        out,
    )
    said = engram(*words)
    assert said.code == 0, said.err
    assert "base" in said.out and "retrieval" in said.out and "…" not in said.out
    found = json.loads((out / "referee.json").read_bytes())
    assert [score["way"] for score in found["scores"]] == ["base", "retrieval"]
    assert str(tmp_path) not in json.dumps(found)
    markdown = (out / "referee.md").read_text(encoding="utf-8")
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1 and len(rows) == 4
    assert "<script" not in (out / "referee.html").read_text(encoding="utf-8")
    again = engram(*words, "--json")
    assert again.json["scores"] == found["scores"]


def test_the_picture_is_xml_and_has_a_dot_for_every_share(tmp_path: Path) -> None:
    scores = referee(fake_job(tmp_path / "home"), [10, 11], ["base"], tmp_path / "out", 0)
    drawn = ElementTree.fromstring(picture(scores))
    dots = [e for e in drawn.iter("{http://www.w3.org/2000/svg}circle") if e.get("r") == "3.5"]
    assert len(dots) == sum(len(score.shares) for score in scores) > 0
