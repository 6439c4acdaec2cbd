"""One tiny base for all conversions; everything here needs the stock programs as references."""

from __future__ import annotations

import pytest

pytest.importorskip("peft")
pytest.importorskip("mlx_lm")

from tests.support.tiny import tiny_base

from engram.models.base import Base


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Two blocks."""
    return tiny_base(tmp_path_factory.mktemp("formats"))
