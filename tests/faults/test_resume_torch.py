"""Promise 9 on torch: killed anywhere, a run resumed in a fresh session exports the unbroken run's bytes.

Not here: how they are killed (tests/support/killer.py), or mlx (test_resume_mlx.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
if os.name != "posix":
    pytest.skip("needs fork", allow_module_level=True)

from tests.support.killer import Killer, every_place
from tests.support.road import MEASURE, TEXT, write_patterns
from tests.support.tiny import tiny_base
from tests.support.tiny_run import SETTINGS, Where
from tests.unit.training.makers import without_times

from engram.backends.torch.backend import TorchBackend
from engram.config import MeasureSettings, Settings
from engram.errors import Interrupted, SettingsError
from engram.home import Home
from engram.job import Job, Nobody
from engram.measure.probes import load_suite
from engram.models.base import Base
from engram.teaching import teach
from engram.training.curve import read_metrics

LONG = SETTINGS.model_copy(update={"iters": 20})
PASS = 3  # steps: ten rows in fours
FEW: list[Where] = [
    *(("step", number) for number in (1, 3, 7, 10)),
    *(("evaluation", number) for number in (0, 1, 3)),
    *(("file", number) for number in (2, 11, 27, 40, 64)),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_base(tmp_path_factory.mktemp("tiny"))


def test_killed_at_twelve_points(base: Base, tmp_path: Path) -> None:
    assert SETTINGS.dropout > 0 and SETTINGS.num_layers == 1 and SETTINGS.replay > 0
    killer = Killer(base, SETTINGS, tmp_path)
    for where in FEW:
        killer.check(where)


@pytest.mark.slow
def test_killed_at_every_point(base: Base, tmp_path: Path) -> None:
    killer = Killer(base, LONG, tmp_path)
    points = every_place(killer, int(LONG.iters), PASS)
    assert len(points) >= 150
    for where in points:
        killer.check(where)


def test_teaching_that_was_interrupted_ends_in_the_same_bytes(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the whole main job; the second time in a fresh one, with nothing but the home in common."""
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)
    skills = [p for p in load_suite("skills") if sum(len(m.content) for m in p.messages) < 150]
    monkeypatch.setattr("engram.teaching.load_suite", lambda _: skills)
    patterns = [write_patterns(tmp_path)]
    whole = teach(tiny_job(base, tmp_path / "whole"), patterns, tmp_path / "a", "mine")
    with pytest.raises(Interrupted, match="after step 5"):
        teach(tiny_job(base, tmp_path / "home", steps=5), patterns, tmp_path / "b", "mine")
    coarse = replace(tiny_job(base, tmp_path / "home"), backend=TorchBackend("cpu", "bfloat16"))
    with pytest.raises(SettingsError, match="dtype was 'float32' and is 'bfloat16'"):
        teach(coarse, patterns, tmp_path / "b", "mine", resume=True)
    resumed = teach(tiny_job(base, tmp_path / "home"), patterns, tmp_path / "b", "mine", resume=True)
    assert resumed.version.digest == whole.version.digest
    runs = [tmp_path / home / "runs" / "mine" / "metrics.jsonl" for home in ("whole", "home")]
    ours, theirs = (without_times(read_metrics(run)) for run in runs)
    assert ours == theirs


def tiny_job(base: Base, home: Path, steps: int = 100) -> Job:
    """A job on the tiny Llama whose user asks for a stop once `steps` steps were taken."""
    taken = 0

    class Counter(Nobody):
        training = False

        def stage(self, name: str) -> None:
            self.training = name == "Training"

        def update(self, done: int, total: int, note: str = "") -> None:
            nonlocal taken
            taken += self.training

    @contextmanager
    def requests() -> Iterator[Callable[[], bool]]:
        yield lambda: taken >= steps

    settings = Settings(train=SETTINGS, measure=MeasureSettings(**MEASURE, max_tokens=4))
    return Job(Home(home), settings, base, TorchBackend("cpu", "float32"), Counter(), requests)
