"""`--dry-run` as a person meets it: a table or JSON, errors from the trial process, nothing started."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.road import FAKE, SMALL, engram, fake_job, write_patterns

from engram import errors
from engram.cli.calibrate import answer_orders, measure_apart
from engram.cli.dry_run import duration
from engram.errors import EngramError, MissingBackend, OutOfMemory, SettingsError
from engram.training.calibration import SHAPES, calibration_from_json


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    lines = [{"prompt": f"what is {n}?", "completion": f"it is {n * n}"} for n in range(20)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_train_says_what_it_would_take(rows: Path, isolated: Path) -> None:
    words = ("train", "--data", rows, *FAKE, "--batch-size", "4", "--replay", "0", "--dry-run")
    said = engram(*words)
    assert said.code == 0, said.err
    for part in ("Steps:    12 steps", "Time:     about ", "Memory:   not known", "Disk:", "was not started"):
        assert part in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    as_json = engram(*words, "--json")
    assert as_json.code == 0 and as_json.err == ""
    found = as_json.json
    assert (found["steps"], found["at_most"], found["memory_bytes"]) == (12, False, None)
    stages = {name: value for name, value in found["seconds"].items() if name != "total"}
    assert found["seconds"]["total"] == pytest.approx(sum(stages.values()), abs=0.1)
    assert not isolated.exists()


def test_teach_says_what_it_would_take(tmp_path: Path, isolated: Path) -> None:
    said = engram("teach", write_patterns(tmp_path), *SMALL, "--out", tmp_path / "out", "--dry-run", "--json")
    assert said.code == 0, said.err
    assert said.json["steps"] == 12 and "exam" in said.json["notes"][-1]
    assert not isolated.exists() and not (tmp_path / "out").exists()


def test_errors_come_back_from_the_trial_process(tmp_path: Path) -> None:
    orders = {
        "settings": fake_job(tmp_path, rank=2).settings.model_dump(mode="json"),
        "home": str(tmp_path),
        "clock": "wall",
    }
    answered = json.loads(json.dumps(answer_orders(orders)))
    assert len(calibration_from_json(answered["calibration"]).trials) == len(SHAPES)
    orders["settings"]["model"]["load_in_4bit"] = True  # type: ignore[index]
    error = answer_orders(orders)["error"]
    assert error["kind"] == "ModelError" and "quantize" in error["message"] and error["hint"]


def _says(monkeypatch: pytest.MonkeyPatch, code: int, out: str, err: str = "") -> None:
    done = subprocess.CompletedProcess[str]([sys.executable], code, out, err)
    monkeypatch.setattr("engram.cli.calibrate.subprocess.run", lambda *given, **named: done)


@pytest.mark.parametrize(
    ("code", "out", "err", "kind", "words"),
    [
        (-9, "", "", OutOfMemory, "signal 9"),
        (1, "", "Traceback\nImportError: no numpy", EngramError, "ImportError: no numpy"),
        (0, "not json", "", EngramError, "said nothing"),
        (
            0,
            '{"error": {"kind": "SettingsError", "message": "M.", "hint": "H."}}',
            "",
            SettingsError,
            "M. H.",
        ),
        (0, '{"error": {"kind": "MissingBackend", "message": "M", "hint": "H"}}', "", MissingBackend, "M H"),
        (0, '{"error": {"kind": "LessonError", "message": "M", "hint": ""}}', "", errors.UsageError, "^M$"),
        (0, '{"error": {"kind": "dict", "message": "M", "hint": ""}}', "", EngramError, "^M$"),
    ],
)
def test_however_the_trial_process_ends_it_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: int,
    out: str,
    err: str,
    kind: type[EngramError],
    words: str,
) -> None:
    _says(monkeypatch, code, out, err)
    with pytest.raises(kind, match=words) as caught:
        measure_apart(fake_job(tmp_path))
    assert type(caught.value) is kind


def test_durations_are_words() -> None:
    said = [duration(seconds) for seconds in (0.2, 40, 250, 3599.6, 7500)]
    assert said == ["1 s", "40 s", "4 min 10 s", "1 h 0 min", "2 h 5 min"]
