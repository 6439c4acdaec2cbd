"""Data set folders: complete or not there, cached by what they were made from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engram.config import DataSettings
from engram.disk import Files
from engram.errors import LessonError, StorageError, UsageError
from engram.lessons import dataset
from engram.lessons.build import build_lessons
from engram.lessons.dataset import MOST_CACHED, cached_lessons, read_dataset, stats, write_dataset
from engram.lessons.reader import read_patterns

USUAL = DataSettings().wordings
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
LINE = '{{"input": "key {i}", "output": "value {i}", "category": "{c}"{h}}}\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "pairs.jsonl"
    rows = [LINE.format(i=i, c="ab"[i % 2], h=', "holdout": true' if i > 7 else "") for i in range(10)]
    file.write_text("".join(rows))
    return file


def test_what_is_written_is_read_again(tmp_path: Path, source: Path) -> None:
    lessons = build_lessons(read_patterns([source]), DataSettings(seed=5, valid_fraction=0.6))
    folder = tmp_path / "deep" / "data"
    manifest = write_dataset(folder, lessons)
    assert sorted(item.name for item in folder.iterdir()) == [
        "manifest.json",
        "test.jsonl",
        "train.jsonl",
        "valid.jsonl",
    ]
    assert [item.name for item in folder.parent.iterdir()] == ["data"]
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert manifest["counts"] == {"train": 8 * USUAL, "valid": 24, "recall": 8, "rephrased": 24, "unseen": 2}
    assert manifest["digest"] == lessons.digest and manifest["notes"] == list(lessons.notes) != []
    assert read_dataset(folder) == lessons
    write_dataset(folder, build_lessons(read_patterns([source]), DataSettings()))
    assert read_dataset(folder).settings == DataSettings()
    assert [item.name for item in folder.parent.iterdir()] == ["data"]


def test_someone_elses_folder_is_left_alone(tmp_path: Path, source: Path) -> None:
    lessons = build_lessons(read_patterns([source]), DataSettings())
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "train.jsonl").write_text("precious")
    for place in (tmp_path / "theirs", source):
        with pytest.raises(UsageError, match="something other than a data set"):
            write_dataset(place, lessons)
    assert (tmp_path / "theirs" / "train.jsonl").read_text() == "precious"
    with pytest.raises(UsageError, match="holds no data set"):
        read_dataset(tmp_path / "theirs")


@pytest.mark.parametrize("failing", ["write_rows", "write_manifest", "flush a file", "flush the folder"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_anywhere_leaves_a_whole_data_set(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    old = build_lessons(read_patterns([source]), DataSettings())
    new = build_lessons(read_patterns([source]), DataSettings(seed=1))
    folder = tmp_path / "out" / "data"
    write_dataset(folder, old)

    class Failing(Files):
        def sync(self, path: Path) -> None:
            if failing == ("flush the folder" if path == folder.parent else "flush a file"):
                raise error
            super().sync(path)

    def fail(*_: object) -> None:
        raise error

    if failing.startswith("flush"):
        monkeypatch.setattr(dataset, "Files", Failing)
    else:
        monkeypatch.setattr(dataset, failing, fail)
    with pytest.raises(StorageError if isinstance(error, OSError) else KeyboardInterrupt):
        write_dataset(folder, new)
    assert read_dataset(folder) == (new if failing == "flush the folder" else old)


def test_a_failing_rename_puts_the_earlier_one_back(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = build_lessons(read_patterns([source]), DataSettings())
    folder = tmp_path / "out" / "data"
    write_dataset(folder, old)

    def fail(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        write_dataset(folder, build_lessons(read_patterns([source]), DataSettings(seed=1)))
    assert read_dataset(folder) == old
    assert [item.name for item in folder.parent.iterdir()] == ["data"]


@pytest.mark.parametrize("change", ["flip", "cut", "manifest", "format", "missing", "settings"])
def test_a_changed_data_set_is_refused(tmp_path: Path, source: Path, change: str) -> None:
    folder = tmp_path / "data"
    write_dataset(folder, build_lessons(read_patterns([source]), DataSettings()))
    manifest, train = folder / "manifest.json", folder / "train.jsonl"
    match change:
        case "flip":
            train.write_bytes(train.read_bytes().replace(b"value 1", b"value 2", 1))
        case "cut":
            train.write_bytes(train.read_bytes()[:-5])
        case "manifest":
            manifest.write_text("{")
        case "format":
            manifest.write_text('{"format": 99}')
        case "missing":
            (folder / "test.jsonl").unlink()
        case "settings":
            manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": -1'))
    with pytest.raises(StorageError, match="Build the data again"):
        read_dataset(folder)


def test_the_cache_answers_for_the_same_input_only(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = cached_lessons([source], DataSettings(), cache)
    assert first == build_lessons(read_patterns([source]), DataSettings())
    entry = next(cache.iterdir())
    (entry / "valid.jsonl").write_text("spoilt")
    assert cached_lessons([source], DataSettings(), cache) == first
    monkeypatch.setattr(dataset, "read_patterns", lambda paths: pytest.fail("not from the cache"))
    assert cached_lessons([source], DataSettings(), cache) == first
    monkeypatch.undo()
    assert cached_lessons([source], DataSettings(seed=9), cache) != first
    source.write_text(source.read_text().replace("value 3", "value three"))
    changed = cached_lessons([source], DataSettings(), cache)
    assert changed == build_lessons(read_patterns([source]), DataSettings()) != first
    assert len(list(cache.iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_built_around(tmp_path: Path, source: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the cache folder should be")
    assert cached_lessons([source], DataSettings(), blocked) == build_lessons(
        read_patterns([source]), DataSettings()
    )
    with pytest.raises(LessonError):
        cached_lessons([tmp_path / "nowhere.yaml"], DataSettings(), tmp_path / "cache")


def test_only_the_newest_stay_in_the_cache(tmp_path: Path, source: Path) -> None:
    cache = tmp_path / "cache"
    cached_lessons([source], DataSettings(seed=99), cache)
    oldest = next(cache.iterdir())
    (cache / ".lessons-0.partial").mkdir()  # an interrupted writer's
    os.utime(oldest, (1, 1))
    os.utime(cache / ".lessons-0.partial", (2, 2))
    (cache / "notes").mkdir()
    for seed in range(MOST_CACHED):
        cached_lessons([source], DataSettings(seed=seed), cache)
    names = {item.name for item in cache.iterdir()}
    assert oldest.name not in names and len(names) == MOST_CACHED + 1 and "notes" in names
    assert ".lessons-0.partial" not in names


@pytest.mark.parametrize("failing", ["rmtree", "check_place", "write_rows", "write_manifest", "_keep_newest"])
@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "gone"), UsageError("taken"), StorageError("changed")]
)
def test_a_lost_race_for_the_cache_fails_nobody(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(dataset.shutil if failing == "rmtree" else dataset, failing, lose)
    try:
        found = cached_lessons([source], DataSettings(), tmp_path / "cache")
    finally:
        monkeypatch.undo()
    assert found == build_lessons(read_patterns([source]), DataSettings())


def test_processes_may_race_for_one_cache(tmp_path: Path, source: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engram.config import DataSettings\n"
        "from engram.lessons.dataset import cached_lessons\n"
        "for turn in range(30):\n"
        "    for item in Path(sys.argv[2]).glob('lessons-*/train.jsonl'):\n"
        "        item.unlink(missing_ok=True)\n"
        "    settings = DataSettings(seed=turn % 2)\n"
        "    print(cached_lessons([Path(sys.argv[1])], settings, Path(sys.argv[2])).digest)\n"
    )
    command = [sys.executable, "-c", code, str(source), str(tmp_path / "cache")]
    racers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        for _ in range(3)
    ]
    wanted = [build_lessons(read_patterns([source]), DataSettings(seed=i % 2)).digest for i in range(30)]
    for racer in racers:
        said, complained = racer.communicate(timeout=120)
        assert racer.returncode == 0, complained
        assert said.split() == wanted


def test_stats_count_rows_patterns_categories_and_characters(source: Path) -> None:
    found = stats(build_lessons(read_patterns([source]), DataSettings()))
    assert found["recall"] == {
        "rows": 8,
        "patterns": 8,
        "categories": {"a": 4, "b": 4},
        "prompt_characters": {"mean": 5.0, "longest": 5},
        "answer_characters": {"mean": 7.0, "longest": 7},
    }
    assert list(found) == ["train", "valid", "recall", "rephrased", "unseen"]
