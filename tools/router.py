"""Writes the router's model beside its examples, so that no process has to train it.

Not here: the training (engram/routing/learned.py); a test trains anew and compares.

Run: `python -m tools.router` after a change of examples, signs or features.
"""

from __future__ import annotations

from safetensors.numpy import save

from engram.disk import write_file
from engram.routing.learned import FILE, OF, examples_digest, fitted
from tools.sections import ROOT


def content() -> bytes:
    """The file: weights [features, routes], bias [routes], and the digest of the examples."""
    model = fitted()
    return save({"weights": model.weights, "bias": model.bias}, metadata={OF: examples_digest()})


if __name__ == "__main__":
    write_file(ROOT / "src" / "engram" / "routing" / FILE, content())
