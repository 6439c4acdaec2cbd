"""What is replayed beside what is taught, and in which shares.

Not here: how rows are mixed into steps (test_plan.py), or what the pull towards the base does (contract/).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from tests.support.road import fake_job

from engram.api import open_job
from engram.training.replay import MORE, REFUSALS_BESIDE, TEXTS_BESIDE, plain_texts, replay_examples
from engram.types import Message


def test_questions_count_and_plain_text_keeps_its_share(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home")
    asked = [(Message("user", text),) for text in ("Where is my key?", "Who is Tilda?")]

    def counted(*questions: tuple[Message, ...]) -> Counter[bytes]:
        return Counter(row.ids.tobytes() for row in replay_examples(job.base, job.load, questions))

    alone, beside = counted(), counted(*asked)
    more = beside - alone
    tokenizer = job.base.renderer.tokenizer
    texts = {row: count for row, count in more.items() if count == TEXTS_BESIDE - 1}
    assert len(texts) == len({tuple(tokenizer.encode(text)) for text in plain_texts()})
    assert sorted(count for row, count in more.items() if row not in texts) == [MORE] * len(asked)


def test_the_more_questions_the_fewer_times_each(tmp_path: Path) -> None:
    job = fake_job(tmp_path / "home")
    tasks = len(replay_examples(job.base, job.load)) - len(plain_texts())

    def times(questions: int) -> int:
        asked = [(Message("user", f"Who is number {n}?"),) for n in range(questions)]
        rows = len(replay_examples(job.base, job.load, asked)) - tasks - TEXTS_BESIDE * len(plain_texts())
        assert rows % questions == 0
        return rows // questions

    assert times(tasks // MORE) == MORE and times(tasks // 2) == 2
    assert times(tasks) == times(3 * tasks) == 1, "once they are there, or nothing of them would stay"


def test_refusals_of_the_embedded_model_stand_twice_beside_questions_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    base, load = open_job("seedling", tmp_path / "seedling", {}).base, fake_job(tmp_path / "home").load
    texts = {tuple(base.renderer.tokenizer.encode(text)) for text in plain_texts()}

    def tasks(*questions: tuple[Message, ...]) -> Counter[bytes]:
        rows = replay_examples(base, load, questions)
        return Counter(row.ids.tobytes() for row in rows if tuple(row.ids.tolist()) not in texts)

    asked = [(Message("user", f"Who is number {n}?"),) for n in range(5)]
    alone, beside = tasks(), tasks(*asked)
    more = beside - alone
    repeated = {row for row in alone if row in more}
    said = [base.renderer.tokenizer.decode(np.frombuffer(row, np.int32).tolist()) for row in repeated]
    assert all("I can't help with that." in text or "Here is a simple way" in text for text in said)
    assert len(said) == 80, "unsafe requests, and harmless ones that look like them"
    assert all(beside[row] == REFUSALS_BESIDE * alone[row] for row in repeated)
    assert sum(more.values()) == 80 + MORE * len(asked)
