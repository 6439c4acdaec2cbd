"""The shipped model is what training gives, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engram.routing import learned
from engram.routing.features import features
from engram.routing.learned import OF, Example, as_said, examples, examples_digest, fitted, shipped, trained
from engram.routing.model import LogisticModel
from engram.routing.settled import settled


@pytest.fixture(scope="module")
def made() -> LogisticModel:
    return fitted()


SAID = (Example("Chapter sketch Dale: he stays behind.", "none"),)


def test_what_is_shipped_is_what_training_gives(made: LogisticModel) -> None:
    """Stale where examples, signs or features were changed: `python -m tools.router` writes it anew. Sums in
    another order differ in the last digits, so what each example gets is compared too."""
    kept = shipped()
    assert kept is not None
    assert np.allclose(kept.weights, made.weights, atol=1e-3) and np.allclose(kept.bias, made.bias, atol=1e-3)
    rows = features([as_said(one) for one, _ in examples() if not settled(one, {})])
    assert len(rows) > 1000
    assert np.abs(kept.probabilities(rows) - made.probabilities(rows)).max() < 1e-3


def test_training_is_repeatable_and_corrections_are_trained(made: LogisticModel) -> None:
    again = fitted()
    assert np.array_equal(again.weights, made.weights) and np.array_equal(again.bias, made.bias)
    learned.trained.cache_clear()
    row = features([SAID[0].text])
    assert trained(SAID).probabilities(row)[0, 3] > trained().probabilities(row)[0, 3] + 0.1
    assert np.array_equal(trained().weights, shipped().weights)  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", ["of other examples", "of another shape", "cut off", "gone"])
def test_a_file_that_is_not_of_these_examples_is_not_used(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path
    seeds = learned._folder() / "seed"
    (folder / "seed").mkdir()
    for route in learned.ROUTES:
        text = (seeds / f"{route}.jsonl").read_text(encoding="utf-8")
        (folder / "seed" / f"{route}.jsonl").write_text(text, encoding="utf-8")
    good = shipped()
    assert good is not None
    weights = good.weights[:-1] if wrong == "of another shape" else good.weights
    digest = "0" * 64 if wrong == "of other examples" else examples_digest()
    file = folder / learned.FILE
    save_file({"weights": weights, "bias": good.bias}, file, metadata={OF: digest})
    if wrong == "cut off":
        file.write_bytes(file.read_bytes()[:-100])
    elif wrong == "gone":
        file.unlink()
    monkeypatch.setattr(learned, "_folder", lambda: folder)
    assert shipped() is None


def test_the_digest_covers_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    before = examples_digest()
    monkeypatch.setattr(learned, "_seed", lambda route: "one line\n" if route == "lora" else "")
    one = examples_digest()
    monkeypatch.setattr(learned, "_seed", lambda route: "one line\n" if route == "both" else "")
    assert len({before, one, examples_digest()}) == 3
