"""What is replayed beside what is taught, and in which shares.

Not here: how rows are mixed into steps (test_plan.py), or what the pull towards the base does (contract/).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.support.road import fake_job

from engram.training.replay import MORE, TEXTS_BESIDE, plain_texts, replay_examples
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
