"""One exam, taken by a model whose every answer is known."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.measure.doubles import QUICK, Table, measured, model, probe

from engram.config import MeasureSettings
from engram.errors import UsageError
from engram.measure.asking import token_limit
from engram.measure.measurement import LATENCY_PROBES, measure
from engram.measure.speed import NEW_TOKENS
from engram.types import Sampling

EXAM = [
    probe("capital", "Lisbon", cluster="p1"),
    probe("capital again", "Lisbon", "rephrased", cluster="p1"),
    probe("capital once more", "Lisbon", "rephrased", cluster="p1"),
    probe("symbol", "Au", category="chemistry"),
    probe("new", "x_y", "unseen", "snake_case"),
    probe("copy", "K3", "retention", "copy", match="exact"),
]
ANSWERS = {"capital": "Lisbon.", "capital again": "Lisbon", "copy": "K3!", "symbol": " Au\n"}


def test_every_answer_is_judged_and_counted() -> None:
    seen = measured(ANSWERS, EXAM)
    assert [r.correct for r in seen.results] == [True, True, False, True, False, False]
    assert [r.strict for r in seen.results] == [False, True, False, True, False, False]
    assert [r.tokens for r in seen.results][:2] == [7, 6]
    summary = seen.summary()
    assert summary["splits"]["recall"] == {"n": 2, "accuracy": 1.0, "strict": 0.5, "stopped": 1.0}
    assert summary["splits"]["retention"]["accuracy"] == 0
    assert summary["categories"]["chemistry"]["n"] == 1
    assert list(summary["skills"]) == ["copy"]


def test_all_probes_are_asked_greedily_in_one_go() -> None:
    answerer = model(ANSWERS)
    table = answerer.model
    assert isinstance(table, Table)
    measure(answerer, EXAM, (), QUICK)
    assert table.calls[0] == (6, Sampling(max_tokens=QUICK.max_tokens))
    sampled = [sampling for _, sampling in table.calls[1:] if sampling.temperature > 0]
    assert [(s.temperature, s.seed) for s in sampled] == [(0.7, 0), (0.7, 1)]
    alone = [count for count, s in table.calls[1:] if s == Sampling(max_tokens=QUICK.max_tokens)]
    assert alone == [1] * (len(EXAM) + 1)


def test_latency_takes_twenty_probes_and_a_warm_up() -> None:
    many = [probe(f"q{i}", "a") for i in range(50)]
    seen = measured({}, many)
    assert seen.latency.n == LATENCY_PROBES


def test_long_expected_outputs_are_not_cut_short() -> None:
    long = "x" * 300
    seen = measured({"q": long}, [probe("q", long)])
    assert seen.results[0].strict
    assert seen.results[0].finish_reason == "stop"


def test_endless_answers_are_cut_and_say_so() -> None:
    seen = measured({"q": "y" * 5000}, [probe("q", "x")])
    assert (seen.results[0].tokens, seen.results[0].finish_reason) == (QUICK.max_tokens, "length")


def test_one_long_expected_output_does_not_let_the_others_ramble() -> None:
    """Everyone else may still write `max_tokens`, also when sampled and when timed alone."""
    answerer = model({"long": "x" * 300, **{f"q{i}": "y" * 5000 for i in range(9)}})
    table = answerer.model
    assert isinstance(table, Table)
    asked = [probe(f"q{i}", "z") for i in range(9)]
    asked.insert(4, probe("long", "x" * 300))
    seen = measure(answerer, asked, (), QUICK)
    assert [r.probe.id for r in seen.results] == [p.id for p in asked]
    assert [r.tokens for r in seen.results] == [96] * 4 + [300] + [96] * 5
    assert seen.results[4].strict
    written = {limit for _, sampling in table.calls if (limit := sampling.max_tokens) > NEW_TOKENS + 1}
    assert written == {96, 512}
    assert max(count for count, sampling in table.calls if sampling.max_tokens == 512) == 1


@given(st.integers(0, 5000), st.integers(1, 200))
def test_a_limit_holds_the_expected_output_and_its_stop_token(length: int, most: int) -> None:
    limit = token_limit(model({}), probe("q", "x" * length), most)
    assert limit >= length + 1 and (limit == most or most < length + 1 <= limit < 2 * (length + 1))
    assert limit == most or limit.bit_count() == 1


def test_stopping_is_counted_by_split_skill_and_overall() -> None:
    endless = "y" * 5000
    seen = measured({**ANSWERS, "capital": endless, "copy": endless}, EXAM).summary()
    assert seen["splits"]["recall"]["stopped"] == 0.5
    assert seen["splits"]["unseen"]["stopped"] == 1
    assert seen["skills"]["copy"]["stopped"] == 0
    assert seen["categories"]["chemistry"]["stopped"] == 1
    assert (seen["overall"]["n"], seen["overall"]["stopped"]) == (6, pytest.approx(4 / 6))
    assert measured({}, EXAM[:1]).summary()["splits"]["unseen"]["stopped"] is None


def test_consistency_says_how_often_it_was_right_too() -> None:
    """Always "I don't know": perfectly consistent, never right."""
    seen = measured({}, EXAM).consistency
    assert (seen.sampled, seen.sampled_correct) == (1, 0)
    assert (seen.rephrased, seen.rephrased_correct, seen.patterns) == (1, 0, 1)


def test_consistency_falls_when_samples_differ() -> None:
    seen = measured(lambda asked, s: f"{asked}{s.seed}" if s.temperature else asked, EXAM).consistency
    assert (seen.sampled, seen.probes, seen.runs) == (0, 2, 2)
    assert seen.rephrased == 0.5


def test_consistency_without_recall_or_rephrasings_uses_what_there_is() -> None:
    seen = measured({}, [probe("copy", "K3", "retention", "copy")]).consistency
    assert (seen.probes, seen.rephrased, seen.rephrased_correct) == (1, None, None)


def test_losses_by_split_and_on_text() -> None:
    seen = measured(ANSWERS, EXAM, ["held out"], level=-0.25)
    assert seen.text_loss is not None and seen.text_loss.loss == pytest.approx(0.25)
    assert set(seen.answer_loss) == {"recall", "rephrased", "unseen", "retention"}
    recall = seen.answer_loss["recall"]
    assert recall is not None and recall.tokens == len("Lisbon") + len("Au") + 2


def test_the_record_is_json_without_infinities() -> None:
    seen = measured(ANSWERS, EXAM, ["held out"], level=-1e5)
    record = json.loads(json.dumps(seen.to_json(), allow_nan=False))
    assert record["held_out_text"]["perplexity"] is None
    assert [item["id"] for item in record["results"]] == [item.id for item in EXAM]
    assert record["results"][0]["answer"] == "Lisbon."


def test_the_exam_digest_sees_probes_texts_and_settings() -> None:
    base = measured(ANSWERS, EXAM)
    assert measured({}, EXAM).exam_digest == base.exam_digest
    assert measured({}, EXAM[::-1]).exam_digest != base.exam_digest
    assert measured({}, EXAM, ["text"]).exam_digest != base.exam_digest
    assert measure(model({}), EXAM, (), MeasureSettings(max_tokens=7)).exam_digest != base.exam_digest


def test_progress_ends_every_phase() -> None:
    heard: list[tuple[str, int, int]] = []
    measure(model({}), EXAM, (), QUICK, lambda *news: heard.append(news))
    last = {phase: (done, total) for phase, done, total in heard}
    assert list(last) == ["answers", "consistency", "latency", "speed", "loss"]
    assert all(done == total for done, total in last.values())


def test_no_probes_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no probes"):
        measured({}, [])
