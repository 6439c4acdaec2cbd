"""Picks a backend by name, importing its library only then."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from engram.backends.base import Backend
from engram.config import ModelSettings
from engram.errors import MissingBackend

_INSTALL = {
    "torch": "Install Engram with it: pip install '.[torch]' in the folder Engram came from.",
    "mlx": "Install Engram with it: pip install '.[mlx]' in the folder Engram came from.",
}
_NEEDS = {"torch": ("torch", "transformers", "peft"), "mlx": ("mlx", "mlx_lm")}


def choose_backend(settings: ModelSettings) -> Backend:
    """The backend that `settings.backend` names; "auto" is torch, or mlx where only that is installed.

    Raises MissingBackend when its libraries are not installed.
    """
    name = settings.backend
    if settings.model == "fake":
        name = "fake"
    if name == "auto":
        name = "mlx" if _missing("torch") and not _missing("mlx") else "torch"
    if name == "fake":
        fake: Backend = import_module("engram.backends.fake").FakeBackend()
        return fake
    if missing := _missing(name):
        raise MissingBackend(f"The {name} backend needs {', '.join(missing)}.", _INSTALL[name])
    if name == "mlx":
        mlx: Backend = import_module("engram.backends.mlx.backend").MlxBackend(dtype=settings.dtype)
        return mlx
    module = import_module("engram.backends.torch.backend")
    backend: Backend = module.TorchBackend(device=settings.device, dtype=settings.dtype)
    return backend


def _missing(name: str) -> list[str]:
    return [library for library in _NEEDS[name] if find_spec(library) is None]
