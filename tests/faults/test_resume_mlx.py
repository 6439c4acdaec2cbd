"""Promise 9 on mlx: killed anywhere, a run resumed in a fresh session exports the unbroken run's bytes.

Not here: how they are killed (tests/support/killer.py), or torch (test_resume_torch.py).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("torch")  # writes the tiny model
pytest.importorskip("mlx_lm")
if os.name != "posix":
    pytest.skip("needs fork", allow_module_level=True)

from tests.support.killer import Killer, every_place
from tests.support.tiny import tiny_base
from tests.support.tiny_run import SETTINGS, Where

from engram.models.base import Base

LONG = SETTINGS.model_copy(update={"iters": 20})
PASS = 3  # steps: ten rows in fours
FEW: list[Where] = [
    ("step", 1),
    ("step", 7),
    ("evaluation", 0),
    ("evaluation", 2),
    ("file", 11),
    ("file", 27),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_base(tmp_path_factory.mktemp("tiny"))


def test_killed_at_six_points(base: Base, tmp_path: Path) -> None:
    assert SETTINGS.dropout > 0 and SETTINGS.replay > 0, "dropout and anchors depend on kept state"
    killer = Killer(base, SETTINGS, tmp_path, "mlx")
    for where in FEW:
        killer.check(where)


@pytest.mark.slow
def test_killed_at_every_point(base: Base, tmp_path: Path) -> None:
    killer = Killer(base, LONG, tmp_path, "mlx")
    points = every_place(killer, int(LONG.iters), PASS)
    assert len(points) >= 150
    for where in points:
        killer.check(where)
