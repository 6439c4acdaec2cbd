"""Our own vectors: lengths, likeness of forms, stability, and what chance likeness costs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.answer.embedders import HashedNgrams, load_embedder
from engram.answer.static_vectors import StaticVectors
from engram.config import RecallSettings
from engram.errors import EngramError, MissingBackend, ModelError
from engram.store.search import LIKENESS

EMBEDDER = HashedNgrams()


def likeness(one: str, other: str) -> float:
    vectors = EMBEDDER.embed([one, other])
    return float(vectors[0] @ vectors[1])


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_rows_have_length_one_or_nothing(texts: list[str]) -> None:
    rows = EMBEDDER.embed(texts)
    assert rows.shape == (len(texts), EMBEDDER.dimension) and rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


def test_a_text_alone_equals_the_same_in_a_batch() -> None:
    texts = ["my dog is Rufo", "the locker code", "我的狗"]
    assert np.array_equal(EMBEDDER.embed(texts), np.concatenate([EMBEDDER.embed([t]) for t in texts]))


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("gardening tips", "the gardener's tip", "the winter coat"),
        ("swimming", "swimmer", "singer"),
        ("Fahrräder", "fahrrad", "gurke"),
        ("my dog's name", "dog names", "cat food"),
    ],
)
def test_forms_of_a_word_are_nearer_than_other_words(text: str, near: str, far: str) -> None:
    assert likeness(text, near) > likeness(text, far) + 0.1


def test_words_without_topic_make_nothing_alike() -> None:
    assert likeness("what did you say about the dog", "what did you say about the roof") < 0.25
    assert likeness("我的狗", "我的猫") < likeness("我的狗叫", "我的狗叫小白")


def test_unrelated_texts_are_hardly_ever_alike_by_chance() -> None:
    """So that LIKENESS means something: 1,000 against 1,000 texts of random letters."""
    rng = random.Random(5)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvwz", k=rng.randint(5, 9))) for _ in range(12_000)]
    texts = [" ".join(words[6 * n : 6 * n + 6]) for n in range(2000)]
    vectors = EMBEDDER.embed(texts)
    assert np.mean(vectors[:1000] @ vectors[1000:].T >= LIKENESS) < 2e-4


def test_the_id_names_what_the_vectors_depend_on() -> None:
    assert EMBEDDER.id != HashedNgrams(64).id and EMBEDDER.id == HashedNgrams().id


def test_the_settings_choose() -> None:
    assert load_embedder(RecallSettings(embedder="none")) is None
    assert isinstance(load_embedder(RecallSettings()), HashedNgrams)
    with pytest.raises(EngramError) as caught:
        load_embedder(RecallSettings(embedder="nowhere/nothing"))
    assert isinstance(caught.value, MissingBackend | ModelError) and caught.value.hint


class Double:
    """As model2vec answers: rows of any length and float type."""

    def encode(self, texts: list[str]) -> Any:
        return np.array([[len(text), 0.0] for text in texts], dtype=np.float64)


def test_static_vectors_are_scaled() -> None:
    rows = StaticVectors(Double(), "id-1").embed(["abc", "", "xy"])
    assert rows.tolist() == [[1, 0], [0, 0], [1, 0]] and rows.dtype == np.float32


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("model2vec")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        StaticVectors.open(str(tmp_path))
