"""Which backend a name means, and what is said where its libraries are missing."""

from __future__ import annotations

import pytest

from engram.backends import choose
from engram.backends.choose import choose_backend
from engram.config import ModelSettings
from engram.errors import MissingBackend


def install(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    monkeypatch.setattr(choose, "find_spec", lambda name: name if name in libraries else None)


TORCH = ("torch", "transformers", "peft")


def test_auto_is_torch_and_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(MissingBackend, match="torch backend needs torch, transformers, peft") as caught:
        choose_backend(ModelSettings())
    assert "[torch]" in caught.value.hint


@pytest.mark.parametrize("there, chosen", [(("mlx", "mlx_lm"), "mlx"), (("mlx", "mlx_lm", *TORCH), "torch")])
def test_auto_is_mlx_only_where_torch_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], chosen: str
) -> None:
    pytest.importorskip("mlx_lm")
    install(monkeypatch, *there)
    assert choose_backend(ModelSettings()).name == chosen


def test_mlx_by_name_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, *TORCH)
    with pytest.raises(MissingBackend, match="mlx backend needs mlx, mlx_lm") as caught:
        choose_backend(ModelSettings(backend="mlx"))
    assert "[mlx]" in caught.value.hint


@pytest.mark.parametrize("settings", [ModelSettings(backend="fake"), ModelSettings(model="fake")])
def test_the_fake_needs_nothing(monkeypatch: pytest.MonkeyPatch, settings: ModelSettings) -> None:
    install(monkeypatch)
    assert choose_backend(settings).name == "fake"
