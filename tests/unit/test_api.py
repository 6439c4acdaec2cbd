"""The same in Python: teach, load, generate; and what each refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.road import MEASURE, ROWS, STEPS, TEXT, write_patterns

import engram
from engram.api import open_job
from engram.errors import (
    AdapterError,
    BadName,
    LessonError,
    ModelError,
    SettingsError,
    UnknownName,
    UsageError,
)
from engram.types import Message


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the fake base was taught three patterns: v1."""
    place = tmp_path_factory.mktemp("taught")
    home = place / "home"
    home.mkdir()
    lines = "\n".join(f"{name} = {value}" for name, value in MEASURE.items())
    (home / "engram.toml").write_text(f"[measure]\n{lines}\n[train]\nreplay = 0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engram.teaching.load_texts", lambda: TEXT)
        comparison = engram.teach(
            write_patterns(place), "fake", place / "out", home, iters=STEPS, batch_size=ROWS
        )
    assert isinstance(comparison, engram.Comparison) and comparison.splits["recall"]
    assert (place / "out" / "report.html").exists()
    return home


def test_a_taught_model_answers_what_it_was_taught_and_the_bare_one_does_not(taught: Path) -> None:
    model = engram.load("fake", adapter="2026-11-21-1", home=taught)
    assert model.generate("alpha key") == "one"
    assert model.generate([Message("user", "beta key")]) == "two"
    assert model.generate("alpha key", max_tokens=1) == "o"
    assert engram.load("fake", home=taught).generate("alpha key").startswith("I don't know")


def test_backend_fake_is_the_fake_base_whatever_the_model(taught: Path) -> None:
    assert engram.load("seedling", "2026-11-21-1", taught, backend="fake").generate("gamma key") == "three"


def test_answers_are_as_the_home_says_unless_asked_otherwise(taught: Path) -> None:
    settings = taught / "engram.toml"
    before = settings.read_text()
    settings.write_text(before + "[chat]\nmax_tokens = 2\n")
    try:
        model = engram.load("fake", adapter="2026-11-21-1", home=taught)
        assert model.generate("gamma key") == "th"
        assert model.generate("gamma key", max_tokens=3) == "thr"
        settings.write_text(before + "[chat]\ntemperature = 50\n")
        hot = engram.load("fake", adapter="2026-11-21-1", home=taught)
        assert len({hot.generate("gamma key", seed=seed) for seed in range(5)}) > 1
        assert hot.generate("gamma key", temperature=0) == "three"
    finally:
        settings.write_text(before)


@pytest.mark.parametrize(
    ("adapter", "error"),
    [("2026-11-21-2", UnknownName), ("../2026-11-21-1", BadName), ("", BadName), ("2026-11-21-1/", BadName)],
)
def test_an_adapter_that_is_not_there(taught: Path, adapter: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        engram.load("fake", adapter=adapter, home=taught)


def test_a_home_that_is_not_there_has_no_adapters(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="None has been made yet"):
        engram.load("fake", adapter="2026-11-21-1", home=tmp_path / "new")


def test_a_changed_file_is_refused_by_name(taught: Path) -> None:
    weights = taught / "adapters" / "2026-11-21-1" / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(AdapterError, match=r"2026-11-21-1/adapter_model\.safetensors"):
            engram.load("fake", adapter="2026-11-21-1", home=taught)
    finally:
        weights.write_bytes(whole)


def test_models_settings_and_patterns_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model here"):
        engram.load("no such model here", home=tmp_path)
    with pytest.raises(SettingsError, match=r"model\.colour: no such setting"):
        engram.load("fake", home=tmp_path, colour="red")
    with pytest.raises(SettingsError, match=r"train\.rank"):
        engram.teach("x.yaml", "fake", tmp_path / "out", tmp_path, rank=0)
    with pytest.raises(LessonError, match=r"x\.yaml"):
        engram.teach(tmp_path / "x.yaml", "fake", tmp_path / "out", tmp_path)
    with pytest.raises(UsageError):
        engram.teach([], "fake", tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_home_of_a_user_who_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names a user"):
        engram.load("fake", home="~nobody-of-this-name/x")


def test_settings_of_the_home_hold_and_arguments_win(tmp_path: Path) -> None:
    (tmp_path / "engram.toml").write_text("[train]\nrank = 4\nalpha = 3\n[model]\ndtype = 'float16'\n")
    job = open_job("fake", tmp_path, {"train": {"rank": 5}})
    assert (job.settings.train.rank, job.settings.train.alpha) == (5, 3.0)
    assert job.settings.model.dtype == "float16" and job.home.root == tmp_path


def test_the_environment_names_the_home(isolated: Path) -> None:
    assert open_job("fake", None, {}).home.root == isolated


def test_no_public_name_is_also_a_module_which_would_take_its_place() -> None:
    package = Path(engram.__file__).parent
    modules = {item.stem for item in package.iterdir()}
    assert not modules & set(engram.__all__)
    assert callable(engram.teach) and callable(engram.load) and isinstance(engram.Model, type)


def test_facts_are_answered_word_for_word_and_all_else_as_before(tmp_path: Path) -> None:
    facts = {"PORT:SSH": "22", "ACRONYM:GPU": "Graphics Processing Unit"}
    model, bare = (engram.load("fake", home=tmp_path, facts=given) for given in (facts, None))
    assert model.generate("PORT:SSH") == "22"
    assert model.generate("What is acronym: gpu?") == "Graphics Processing Unit"
    for question in ("PORT:SS", "PORT:SSH2", "Hello."):
        assert model.generate(question) == bare.generate(question)
    with pytest.raises(UsageError):
        engram.load("fake", home=tmp_path, facts={"": "nothing"})
