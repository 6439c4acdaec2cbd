"""`engram data synth` as a user types it: with the grammar, and with a teacher on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.road import engram
from tests.support.teacher import KEY, Answer, Asked, allow_this_machine, completion, good, teaching
from tests.support.terminal import ENTER, Terminal

SMALL = ["--count", "12", "--per-request", "2", "--topic", "tea", "--topic", "bees", "--topic", "maps"]


@pytest.fixture(autouse=True)
def this_machine(isolated: object, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_this_machine(monkeypatch)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(f.relative_to(folder)): f.read_bytes()
        for f in folder.rglob("*")
        if f.is_file() and f.name != "lock"
    }


def questions(file: Path) -> set[str]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {turn["content"] for row in rows for turn in row["messages"] if turn["role"] == "user"}


def to(url: str, folder: Path, *more: str) -> list[str | Path]:
    teacher = ["--teacher", url, "--teacher-model", "big", "--yes"]
    return ["data", "synth", "--out", folder, *teacher, *SMALL, *more]


# --- the grammar


def test_the_grammar_writes_what_train_and_eval_read(tmp_path: Path) -> None:
    said = engram("data", "synth", "--count", "120", "--seed", "5", "--out", tmp_path / "d", "--json")
    assert said.code == 0 and said.json["teacher"] is None
    assert said.json["train"] + said.json["test"] + sum(said.json["left_out"].values()) == 120
    assert questions(tmp_path / "d" / "train.jsonl").isdisjoint(questions(tmp_path / "d" / "test.jsonl"))
    seen = engram("data", "inspect", tmp_path / "d", "--json").json
    assert seen["rows"]["train"] + seen["rows"]["valid"] == said.json["train"]
    assert seen["rows"]["unseen"] == said.json["test"]
    assert seen["duplicates"] == seen["refused"] == seen["too_long"] == []


def test_again_is_the_same_and_otherwise_is_refused(tmp_path: Path) -> None:
    words = ["data", "synth", "--count", "40", "--out", tmp_path / "d"]
    assert engram(*words).code == 0
    before = files(tmp_path / "d")
    assert engram(*words).code == 0 and files(tmp_path / "d") == before
    said = engram(*words, "--seed", "1")
    assert said.code == 2 and "differing: seed" in said.err and files(tmp_path / "d") == before
    assert engram("data", "synth", "--count", "40", "--out", tmp_path / "e").code == 0
    assert files(tmp_path / "e") == before


def test_train_reads_it(tmp_path: Path) -> None:
    engram("data", "synth", "--count", "40", "--out", tmp_path / "d")
    said = engram("train", "--data", tmp_path / "d", "--model", "fake", "--iters", "3", "--dry-run")
    assert said.code == 0, said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--topic", "tea"], "topics of its own"),
        (["--count", "1"], "cannot be split"),
        (["--teacher", "nobody"], "There is no teacher"),
        (["--teacher", "local"], "--teacher-model"),
        (["--teacher", "gemini", "--teacher-model", "m"], "GEMINI_API_KEY"),
        (
            ["--teacher", "local", "--teacher-model", "m", "--topic", "ana@post.example.org"],
            "not sent out: email",
        ),
    ],
)
def test_what_is_refused(words: list[str], sentence: str, tmp_path: Path) -> None:
    said = engram("data", "synth", "--out", tmp_path / "d", *words)
    assert said.code == 2 and sentence in " ".join(said.err.split()) and not (tmp_path / "d").exists()


# --- a teacher


def test_a_teacher_is_asked_only_after_consent(tmp_path: Path) -> None:
    with teaching() as teacher:
        words = [word for word in to(teacher.url, tmp_path / "d") if word != "--yes"]
        said = engram(*words)
        assert said.code == 2 and "Nobody is there" in said.err
        said = engram(*words, "--dry-run", "--price-in", "1", "--price-out", "2", "--json")
        assert said.code == 0 and said.json["at_most"]["most_requests"] == 18
        assert teacher.asked == [] and not (tmp_path / "d").exists()
    shown = " ".join(said.err.split())
    assert "only topic names, nothing of your memories" in shown and "6 requests, at most 18" in shown
    assert "per million tokens" in shown
    assert "Price: unknown" in engram(*words, "--dry-run").err


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    with teaching() as teacher:
        words = [str(word) for word in to(teacher.url, tmp_path / "d") if word != "--yes"]
        with Terminal(*words) as screen:
            screen.wait_for("Ask the teacher?")
            assert teacher.asked == []
            screen.type("n" + ENTER)
            assert screen.end() == 0
        assert teacher.asked == [] and not (tmp_path / "d").exists()


def test_a_teacher_writes_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    prices = ["--price-in", "1", "--price-out", "2"]
    with teaching() as teacher:
        words = to(teacher.url, tmp_path / "d", "--key-env", "MY_KEY", "--verbose", *prices)
        said = engram(*words, "--json")
        assert said.code == 0 and len(teacher.asked) == 6
        assert all(asked.headers["Authorization"] == f"Bearer {KEY}" for asked in teacher.asked)
        before = files(tmp_path / "d")
        again = engram(*words, "--json")
        assert len(teacher.asked) == 6 and files(tmp_path / "d") == before
    assert said.json["teacher"]["paid"] == pytest.approx(6 * (100 * 1 + 50 * 2) / 1e6)
    assert again.json["teacher"]["answered_before"] == 6 and again.json["train"] == said.json["train"]
    assert said.json["train"] == said.json["test"] * 2 == 4, "each topic was asked twice, and answered alike"
    assert questions(tmp_path / "d" / "train.jsonl").isdisjoint(questions(tmp_path / "d" / "test.jsonl"))
    assert "1/6" in said.err and "6/6" in said.err
    everything = b"".join(before.values()) + (said.out + said.err + again.out + again.err).encode()
    assert KEY.encode() not in everything


def test_nothing_but_topics_leaves(tmp_path: Path) -> None:
    """With a full memory: no word of it is in any request."""
    engram("remember", "my dog's name", "Zorbelian")
    with teaching() as teacher:
        engram(*to(teacher.url, tmp_path / "d"))
    sent = json.dumps([asked.body for asked in teacher.asked])
    assert teacher.asked and "Zorbelian" not in sent and "dog" not in sent


def test_killed_and_called_again_it_ends_with_the_same_files(tmp_path: Path) -> None:
    with teaching() as teacher:
        engram(*to(teacher.url, tmp_path / "whole"))
    whole = files(tmp_path / "whole")

    def slow(asked: Asked, before: int) -> Answer:
        time.sleep(0.05 if before < 3 else 30)
        return good(asked, before)

    with teaching(slow) as teacher:
        words = to(teacher.url, tmp_path / "d")
        command = [sys.executable, "-m", "engram", *(str(word) for word in words)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1_200):  # a minute
            if len(teacher.asked) > 3:
                break
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        answered = sorted((tmp_path / "d" / "synth" / "answers").glob("*.json"))
        assert len(answered) == 3 and not (tmp_path / "d" / "train.jsonl").exists()
    with teaching() as teacher:  # the same server, at another port
        assert engram(*to(teacher.url, tmp_path / "d")).code == 0
        assert len(teacher.asked) == 3
    assert files(tmp_path / "d") == whole


def test_an_interrupt_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object, *_: object) -> str:
        raise KeyboardInterrupt

    with teaching() as teacher:
        monkeypatch.setattr("engram.synth.client.Client.chat", interrupted)
        said = engram(*to(teacher.url, tmp_path / "d"))
    assert said.code == 1 and "Interrupted after 0 requests" in said.err and "goes on from there" in said.err


def test_a_teacher_that_cannot_do_it(tmp_path: Path) -> None:
    with teaching(lambda asked, before: completion("I cannot.")) as teacher:
        said = engram(*to(teacher.url, tmp_path / "d"))
    assert said.code == 1 and "nothing of use" in said.err and not (tmp_path / "d" / "train.jsonl").exists()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    def script(asked: Asked, before: int) -> Answer:
        return completion("no") if "about: bees" in asked.prompt else good(asked, before)

    with teaching(script) as teacher:
        said = engram(*to(teacher.url, tmp_path / "d", "--retries", "0"))
    assert said.code == 1 and "2 requests brought nothing; the same command asks again" in " ".join(
        said.err.split()
    )
    assert "Answers not used: 2." in said.err and "to train" in said.out
