"""Which backend a name means, and what is said where its libraries are missing."""

from __future__ import annotations

import pytest

from engram.backends import choose
from engram.backends.choose import choose_backend
from engram.config import ModelSettings
from engram.errors import MissingBackend


def install(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    monkeypatch.setattr(choose, "find_spec", lambda name: name if name in libraries else None)


def test_auto_is_torch_also_where_only_mlx_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "mlx", "mlx_lm")
    with pytest.raises(MissingBackend, match="torch backend needs torch, transformers, peft") as caught:
        choose_backend(ModelSettings())
    assert "[torch]" in caught.value.hint


def test_mlx_by_name_is_refused_with_the_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "mlx", "mlx_lm")
    with pytest.raises(MissingBackend, match="not part of this version") as caught:
        choose_backend(ModelSettings(backend="mlx"))
    assert "--backend torch" in caught.value.hint


@pytest.mark.parametrize("settings", [ModelSettings(backend="fake"), ModelSettings(model="fake")])
def test_the_fake_needs_nothing(monkeypatch: pytest.MonkeyPatch, settings: ModelSettings) -> None:
    install(monkeypatch)
    assert choose_backend(settings).name == "fake"
