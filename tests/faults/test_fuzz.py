"""Promise 20: whatever a file holds, its reader gives a value or one of our errors, and nothing else.

Not here: what a sound file means (each room's own tests).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.faults.file_readers import READERS, read_run, sound_bytes
from tests.faults.hostile import contents, rewritten
from tests.faults.sound_files import JSONL, TENSORS, make_run

from engram.disk import write_folder
from engram.errors import EngramError
from engram.lessons.bulk import check_bulk
from engram.lessons.reader import read_patterns
from engram.training.checkpoint import tensor_bytes

SIZES = [20, pytest.param(1_000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("name", READERS)
def test_the_sound_file_is_read(name: str, tmp_path: Path) -> None:
    """Else everything below would be refused for some other reason."""
    READERS[name].prepare(tmp_path)
    READERS[name].read(tmp_path)


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", READERS)
def test_whatever_a_file_holds(name: str, examples: int, tmp_path: Path) -> None:
    reader = READERS[name]
    reader.prepare(tmp_path)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(contents(sound_bytes(name)))
    def check(data: bytes) -> None:
        (tmp_path / reader.file).write_bytes(data)
        expect_ours(reader.read, tmp_path)

    check()


def expect_ours(read: Callable[[Path], object], folder: Path) -> None:
    """A value, or an error of ours that says something; anything else fails the test that calls this."""
    try:
        read(folder)
    except EngramError as error:
        assert error.message and error.exit_code in (1, 2)


@pytest.mark.parametrize("examples", SIZES)
def test_a_checkpoint_that_vouches_for_a_strange_loop(examples: int, tmp_path: Path) -> None:
    """Digests are right and the content is not: another program's, or another version's."""
    make_run(tmp_path)
    folder = tmp_path / "run" / "checkpoints" / "step-000001"
    sound = json.loads((folder / "loop.json").read_bytes())

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rewritten(sound))
    def check(data: bytes) -> None:
        shutil.rmtree(folder)
        files = {"loop.json": data, "state.safetensors": tensor_bytes(TENSORS)}
        write_folder(folder, files, {"kind": "checkpoint", "step": 1})
        expect_ours(read_run, tmp_path)

    check()


@pytest.mark.parametrize("examples", SIZES)
def test_bulk_and_plain_reading_of_lines_agree(examples: int, tmp_path: Path) -> None:
    """Both take a file with as many patterns, or both refuse it."""
    file = tmp_path / "x.jsonl"

    def count(read: Callable[[], int]) -> int | None:
        try:
            return read()
        except EngramError:
            return None

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(contents(JSONL))
    def check(data: bytes) -> None:
        file.write_bytes(data)
        assert count(lambda: len(read_patterns([file]))) == count(lambda: sum(check_bulk([file])))

    check()
