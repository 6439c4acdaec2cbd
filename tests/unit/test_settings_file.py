"""Settings from TOML and YAML: the same values, strictly read, laid over each other in one order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engram.config import PROFILES, Settings
from engram.errors import SettingsError
from engram.settings_file import read_settings


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refused(file: Path, *sentences: str, **options: Any) -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings(file, **options)
    for sentence in sentences:
        assert sentence in str(wrong.value), str(wrong.value)


YAML = """\
model: {model: qwen2-0.5b, load_in_4bit: yes}
train:
  learning_rate: 1e-5
  iters: 20
  grad_checkpoint: true
  target_modules: [q_proj, v_proj]
data:
  seed: 7
"""
TOML = """\
[model]
model = "qwen2-0.5b"
load_in_4bit = true
[train]
learning_rate = 1e-5
iters = 20
grad_checkpoint = true
target_modules = ["q_proj", "v_proj"]
[data]
seed = 7
"""


def test_yaml_says_what_toml_says(tmp_path: Path) -> None:
    from_yaml, from_toml = (
        read_settings(write(tmp_path, YAML)),
        read_settings(write(tmp_path, TOML, "mine.toml")),
    )
    assert from_yaml == from_toml != Settings()
    assert from_yaml.train.learning_rate == 0.00001 and from_yaml.model.load_in_4bit is True


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(1e-12, 1e3, allow_nan=False), st.sampled_from(["{!r}", "{:e}", "{:.3E}", "+{!r}"]))
def test_a_number_is_a_number_however_it_is_written(tmp_path: Path, value: float, form: str) -> None:
    """PyYAML takes 1e-5 for a text."""
    text = form.format(value)
    found = read_settings(write(tmp_path, f"train:\n  learning_rate: {text}\n"))
    assert found.train.learning_rate == float(text)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
def test_an_empty_file_sets_nothing(tmp_path: Path, text: str) -> None:
    assert read_settings(write(tmp_path, text)) == Settings()


def test_quotes_make_a_text(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, "model: {model: '123'}")).model.model == "123"
    for number in ("123", "1e-5", ".5"):
        refused(write(tmp_path, f"model: {{model: {number}}}"), "model.model: input should be a valid string")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train:\n  learning-rate: 1\n", "no such setting. Did you mean learning_rate?"),
        ("rank: 8\n", "rank: no such setting. It is train.rank."),
        ("trian:\n  rank: 8\n", "trian: no such setting. Did you mean train?"),
        ("train:\n  shape: text\n", "train.shape: no such setting. It is data.shape."),
        ("data:\n  thinking: maybe\n", "data.thinking"),
        ("train:\n  rank: 8\n  rank: 9\n", "mine.yaml:3: the key 'rank' stands here twice"),
        ("train: {}\ntrain: {}\n", "mine.yaml:2: the key 'train' stands here twice"),
        ("- train\n", "mine.yaml:1: a settings file has sections"),
        ("train: 3\n", "train"),
        ("train:\n  rank: !!python/object/apply:os.system [id]\n", "a setting is a word, a number"),
        ("train:\n  rank: !!python/name:os.system x\n", "mine.yaml:2: a setting is a word"),
        ("train:\n  rank: {a: 1}\n", "mine.yaml:2: a setting is a word"),
        ("train:\n  rank: [8\n", "not valid YAML"),
        ("train:\n  learning_rate: .nan\n", "train.learning_rate"),
        ("train:\n  learning_rate: 1e999\n", "train.learning_rate"),
        ("train:\n  rank: " + "9" * 5_000, "train.rank"),
        ("[" * 50, "nested more than"),
        ("profile: chatty\n", "there is no profile 'chatty'. Did you mean chat?"),
        ("profile: [chat]\n", "there is no profile"),
    ],
)
def test_a_wrong_yaml_file_is_refused_by_name(tmp_path: Path, text: str, sentence: str) -> None:
    refused(write(tmp_path, text), sentence, "mine.yaml")


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    target = tmp_path / "made"
    refused(
        write(tmp_path, f"train:\n  rank: !!python/object/apply:pathlib.Path.touch [!!str {target}]\n"),
        "mine",
    )
    assert not target.exists()


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    refused(write(tmp_path, "train: {rang: 1, batch: 2}\nchat: {top_p: 3}\n"), "rang", "batch", "top_p")


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_valid_and_changes_something(name: str) -> None:
    found = read_settings(profile=name)
    assert found != Settings()
    for section, values in PROFILES[name].items():
        for key, value in values.items():
            assert getattr(getattr(found, section), key) == value


def test_the_later_wins(tmp_path: Path) -> None:
    """Defaults, profile, engram.toml, --config, flags."""
    home = write(tmp_path, "[train]\nrank = 2\nalpha = 2\nbatch_size = 2\nwarmup = 0.5\n", "engram.toml")
    config = write(tmp_path, "profile: chat\ntrain: {alpha: 3, batch_size: 3}\n")
    found = read_settings(home, config, overrides={"train": {"batch_size": 4}}).train
    assert (found.warmup, found.rank, found.alpha, found.batch_size) == (0.5, 2, 3, 4)
    assert found.learning_rate == PROFILES["chat"]["train"]["learning_rate"]
    assert found.weight_decay == Settings().train.weight_decay


def test_a_named_profile_beats_that_of_a_file(tmp_path: Path) -> None:
    config = write(tmp_path, "profile: chat\n")
    assert read_settings(config, profile="code") == read_settings(profile="code")
    second = write(tmp_path, 'profile = "code"\n', "second.toml")
    assert read_settings(config, second) == read_settings(profile="code")
    with pytest.raises(SettingsError, match="no profile 'none'"):
        read_settings(profile="none")


def test_steps_and_passes_replace_each_other_between_layers(tmp_path: Path) -> None:
    """A profile says epochs; a file that says iters must not contradict it."""
    found = read_settings(write(tmp_path, "train: {iters: 9}\n"), profile="chat").train
    assert (found.iters, found.epochs) == (9, None)
    found = read_settings(write(tmp_path, "train: {iters: 9}\n"), overrides={"train": {"epochs": 2}}).train
    assert (found.iters, found.epochs) == ("auto", 2)
    refused(write(tmp_path, "train: {iters: 9, epochs: 2}\n"), "give one")


def test_a_module_has_larger_steps_unless_theirs_was_set(tmp_path: Path) -> None:
    usual = Settings().train.batch_size
    assert read_settings(overrides={"train": {"memory": "lora"}}).train.batch_size == usual
    larger = read_settings(overrides={"train": {"memory": "engram"}}).train.batch_size
    assert larger > usual
    home = write(tmp_path, "[train]\nbatch_size = 4\n", "engram.toml")
    assert read_settings(home, overrides={"train": {"memory": "engram"}}).train.batch_size == 4
