"""Where a setting comes from: defaults, the home's engram.toml, --config, --quick, flags; the later wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.road import FAKE, SMALL, Said, engram

from engram.config import QUICK


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings that `engram teach` was about to work with."""
    found: list[Any] = []

    def open_job(settings: Any, home: Any, quiet: bool = False) -> Any:
        found.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("engram.cli.teach.open_job", open_job)
    return found


def test_the_later_wins(seen: list[Any], isolated: Path, place: Path) -> None:
    isolated.mkdir()
    (isolated / "engram.toml").write_text("[train]\nrank = 3\nalpha = 3\nseed = 3\n[data]\nseed = 3\n")
    (place / "mine.toml").write_text("[train]\nrank = 4\nalpha = 4\n[measure]\nmax_tokens = 4\n")
    engram("teach", "--config", "mine.toml", "--rank", "5", "--data-seed", "5", "--load-in-4bit")
    (settings,) = seen
    train = settings.train
    assert (train.rank, train.alpha, train.seed, train.batch_size) == (5, 4.0, 3, 8)
    assert (settings.data.seed, settings.measure.max_tokens, settings.model.load_in_4bit) == (5, 4, True)


def test_a_switch_can_be_turned_off_again(seen: list[Any], place: Path) -> None:
    (place / "mine.toml").write_text("[train]\ngrad_checkpoint = true\ntarget_modules = ['a']\n")
    engram("teach", "--config", "mine.toml")
    flags = ["--no-grad-checkpoint", "--target-modules", "q", "--target-modules", "v"]
    engram("teach", "--config", "mine.toml", *flags)
    assert [s.train.grad_checkpoint for s in seen] == [True, False]
    assert [s.train.target_modules for s in seen] == [("a",), ("q", "v")]


@pytest.mark.parametrize(
    ("flags", "file", "iters", "epochs"),
    [
        ([], "", "auto", None),
        (["--iters", "7"], "", 7, None),
        (["--iters", "auto"], "iters = 9", "auto", None),
        (["--epochs", "2"], "iters = 9", "auto", 2.0),
        (["--iters", "7"], "epochs = 3", 7, None),
        (["--quick"], "", QUICK["iters"], None),
        (["--quick"], "epochs = 3", QUICK["iters"], None),
        (["--quick", "--epochs", "2"], "", "auto", 2.0),
        (["--quick", "--iters", "5"], "epochs = 3", 5, None),
    ],
)
def test_iters_and_epochs_replace_each_other(
    seen: list[Any], place: Path, flags: list[str], file: str, iters: int | str, epochs: float | None
) -> None:
    (place / "mine.toml").write_text(f"[train]\n{file}\n")
    said = engram("teach", "--config", "mine.toml", *flags)
    assert seen, said.err
    assert (seen[0].train.iters, seen[0].train.epochs) == (iters, epochs)


def test_quick_yields_to_flags(seen: list[Any]) -> None:
    engram("teach", "--quick", "--rank", "2")
    assert (seen[0].train.rank, seen[0].train.batch_size) == (2, QUICK["batch_size"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--iters", "abc"], "train.iters: give a number of steps, or auto (got 'abc')"),
        (["--iters", "-3"], "give a number of steps"),
        (["--iters", "0"], "iters must be at least 1"),
        (["--iters", "1.5"], "train.iters: give a number of steps, or auto (got '1.5')"),
        (["--iters", "5", "--epochs", "2"], "give one"),
        (["--learning-rate", "0"], "train.learning_rate"),
        (["--learning-rate", "nan"], "train.learning_rate"),
        (["--num-layers", "-2"], "num_layers"),
        (["--batch-size", "3", "--grad-accumulation-steps", "2"], "multiple"),
    ],
)
def test_a_wrong_value_is_one_line(words: list[str], sentence: str) -> None:
    said = engram("teach", *words)
    assert said.code == 2 and sentence in said.err
    first, hint = said.err.splitlines()
    assert first.startswith("engram: the settings given: ") and hint.strip()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("[train]\ncolour = 1\n[chat]\ntop_p = 2\n", ["train.colour: no such setting", "chat.top_p"]),
        ("[trane]\nrank = 1\n", ["trane: no such setting"]),
        ("train = 3\n", ["train"]),
        ("rank: 3", ["not valid TOML"]),
        ("\udcff", ["not valid TOML"]),
    ],
)
def test_a_wrong_file_is_named_with_every_problem(place: Path, text: str, sentences: list[str]) -> None:
    file = place / "wrong.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    said = engram("teach", "--config", file)
    assert said.code == 2 and str(file) in said.err
    assert all(sentence in said.err for sentence in sentences)


def test_a_config_that_is_not_there(place: Path) -> None:
    for missing in ("missing.toml", place):
        said = engram("teach", "--config", missing)
        assert said.code == 2 and "no settings file" in said.err


def test_resume_needs_a_name_and_is_told_which_there_are(place: Path, isolated: Path) -> None:
    (isolated / "runs" / "half" / "checkpoints").mkdir(parents=True)
    for words in (["teach", "tiny.yaml"], ["train", "--data", "rows"]):
        said = engram(*words, *FAKE, "--resume")
        assert said.code == 2 and "--run NAME" in said.err and "half" in said.err


def test_a_finished_run_is_neither_resumed_nor_overwritten(taught: Said, isolated: Path) -> None:
    (name,) = [run.name for run in (isolated / "runs").iterdir()]
    said = engram("teach", "tiny.yaml", *SMALL, "--run", name)
    assert said.code == 2 and "exists already" in said.err and said.err.count("...") == 0
    said = engram("teach", "tiny.yaml", *SMALL, "--run", name, "--resume")
    assert said.code == 2 and "finished" in said.err
