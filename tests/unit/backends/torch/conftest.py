"""One tiny base for all tests of the torch backend; the whole folder is skipped without torch."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from tests.support.tiny import tiny_base

from engram.backends.torch.backend import TorchBackend
from engram.models.base import Base


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_base(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def backend() -> TorchBackend:
    return TorchBackend(device="cpu", dtype="float32")
