"""Engram: a long-term memory for local language models.

    import engram
    comparison = engram.teach("my_patterns.yaml", out="out")
    model = engram.load("seedling", adapter="v1")
    print(model.generate("The capital of Portugal is"))

The names below are the public interface; everything else may change between versions. They are loaded on
first use, so that `import engram` stays fast and works without torch or mlx.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engram.api import Model, load, teach
    from engram.errors import EngramError
    from engram.measure.comparison import Comparison

__version__ = "0.1.0"
__all__ = ["Comparison", "EngramError", "Model", "__version__", "load", "teach"]

_WHERE = {
    "Comparison": "engram.measure.comparison",
    "EngramError": "engram.errors",
    "Model": "engram.api",
    "load": "engram.api",
    "teach": "engram.api",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'engram' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
