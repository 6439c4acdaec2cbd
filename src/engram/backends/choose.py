"""Picks a backend by name, importing its library only then."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from engram.backends.base import Backend
from engram.config import ModelSettings
from engram.errors import MissingBackend

INSTALL = {
    "torch": "Install Engram with it: pip install '.[torch]' in the folder Engram came from.",
    "mlx": "Install Engram with it: pip install '.[mlx]' in the folder Engram came from.",
}
NEEDS = {"torch": ("torch", "transformers", "peft"), "mlx": ("mlx", "mlx_lm")}


def choose_backend(settings: ModelSettings) -> Backend:
    """The backend that `settings.backend` names; "auto" is torch, or mlx where only that is installed.

    Raises MissingBackend when its libraries are not installed.
    """
    name = settings.backend
    if settings.model == "fake":
        name = "fake"
    if name == "auto":
        name = "mlx" if missing_libraries("torch") and not missing_libraries("mlx") else "torch"
    if name == "fake":
        fake: Backend = import_module("engram.backends.fake").FakeBackend()
        return fake
    if missing := missing_libraries(name):
        raise MissingBackend(f"The {name} backend needs {', '.join(missing)}.", INSTALL[name])
    if name == "mlx":
        mlx: Backend = import_module("engram.backends.mlx.backend").MlxBackend(dtype=settings.dtype)
        return mlx
    module = import_module("engram.backends.torch.backend")
    backend: Backend = module.TorchBackend(settings.device, settings.dtype, settings.accelerator)
    return backend


def missing_libraries(name: str) -> list[str]:
    """Libraries that a backend needs and that are not installed, without importing any."""
    return [library for library in NEEDS[name] if find_spec(library) is None]


def devices(name: str) -> list[str]:
    """Where a backend could compute here, in words, best first. Imports its libraries, and raises what they
    raise when they are broken."""
    for library in NEEDS[name]:
        import_module(library)
    found: list[str] = import_module(f"engram.backends.{name}.device").describe_devices()
    return found
