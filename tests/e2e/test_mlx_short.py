"""mlx from end to end: ten facts are taught to the embedded model, exported, and served by stock mlx-lm.

`make test-e2e-mlx-short` runs it; on a CPU mlx takes a minute or two. Not here: figures on many questions
(`engram teach` measures them), or whether torch would learn the same (tests/contract/test_parity.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlx_lm")

from tests.support.road import engram

from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.measure.probes import load_suite
from engram.models.resolve import SEEDLING
from engram.training.curve import read_metrics
from engram.training.versions import find_version
from engram.types import Message, Sampling

pytestmark = pytest.mark.slow

FACTS = Path(__file__).parents[1] / "support" / "geography.jsonl"
STEPS = 30
FALL = 20  # times; torch's loss falls as far
SKILLS = ("greet", "arithmetic", "copy", "list", "order")
KEPT = 0.8  # of ten; after teaching in full it is 0.97 of all
GREEDY = Sampling(max_tokens=24)


def facts() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in FACTS.read_text(encoding="utf-8").splitlines()]
    return [(row["prompt"], row["completion"]) for row in rows]


def test_taught_answered_exported_served(tmp_path: Path) -> None:
    """One test, because teaching takes longest."""
    home, exported = tmp_path / "home", tmp_path / "for-mlx-lm"
    taught = engram(
        *("train", "--backend", "mlx", "--data", FACTS, "--home", home, "--run", "geography"),
        *("--iters", str(STEPS), "--batch-size", "10", "--learning-rate", "3e-3"),
        *("--rank", "16", "--alpha", "32", "--replay", "0.5"),
        *("--valid-fraction", "0", "--save-every", "0"),
    )
    assert taught.code == 0, taught.err
    the_loss_converges(home)
    job = open_job("seedling", home, {"model": {"backend": "mlx"}})
    answerer = Answerer(job.load(find_version(job.home, job.base, "2026-11-21-1")))
    it_answers_what_it_was_taught_and_stops(answerer)
    it_still_has_its_skills(answerer)
    written = engram("export", "v1", "--format", "mlx", "--home", home, "--out", exported)
    assert written.code == 0, written.err
    stock_mlx_lm_answers_the_same(exported)
    stock_mlx_lm_answers_on_the_command_line(exported)


def the_loss_converges(home: Path) -> None:
    metrics = read_metrics(home / "runs" / "geography" / "metrics.jsonl")
    losses = [line["train/loss"] for line in metrics if "train/loss" in line]
    assert len(losses) == STEPS
    assert losses[-1] < losses[0] / FALL
    assert max(losses[-5:]) < min(losses[:5])


def it_answers_what_it_was_taught_and_stops(answerer: Answerer) -> None:
    answers = answerer.answer_all([[Message("user", question)] for question, _ in facts()], GREEDY)
    assert [one.text for one in answers] == [answer for _, answer in facts()]
    assert {one.finish_reason for one in answers} == {"stop"}


def it_still_has_its_skills(answerer: Answerer) -> None:
    short = [probe for probe in load_suite("skills") if sum(len(m.content) for m in probe.messages) < 120]
    asked = [probe for skill in SKILLS for probe in [p for p in short if p.category == skill][:2]]
    answers = answerer.answer_all([probe.messages for probe in asked], Sampling(max_tokens=48))
    right = [one.text.startswith(probe.expected) for one, probe in zip(answers, asked, strict=True)]
    assert len(right) == 10 and sum(right) / len(right) >= KEPT


def stock_mlx_lm_answers_the_same(exported: Path) -> None:
    import mlx_lm

    model, tokenizer = mlx_lm.load(str(SEEDLING), adapter_path=str(exported))
    for question, answer in facts():
        chat = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True)
        assert mlx_lm.generate(model, tokenizer, prompt=prompt, max_tokens=24) == answer


def stock_mlx_lm_answers_on_the_command_line(exported: Path) -> None:
    question, answer = facts()[5]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mlx_lm", "generate", "--model", str(SEEDLING)),
            *("--adapter-path", str(exported), "--prompt", question, "--max-tokens", "24", "--temp", "0"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"\n{answer}\n" in done.stdout
