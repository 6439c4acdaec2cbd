"""The exact memory in mlx-lm's `generate_step`, also behind a prompt cache that is used again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

mx = pytest.importorskip("mlx.core")
pytest.importorskip("mlx_lm")

from mlx_lm.generate import generate_step  # noqa: E402
from mlx_lm.models.cache import make_prompt_cache  # noqa: E402
from mlx_lm.sample_utils import make_sampler  # noqa: E402
from mlx_lm.utils import load_model  # noqa: E402
from tests.support.tiny import tiny_base  # noqa: E402

from engram.backends.mlx.lookup import MlxLookup  # noqa: E402
from engram.lookup.facts import Fact  # noqa: E402
from engram.lookup.memory import Lookup  # noqa: E402
from engram.lookup.table import FactTable  # noqa: E402
from engram.models.fake import STOP_ID, ByteRenderer  # noqa: E402
from engram.types import Message  # noqa: E402

RENDERER = ByteRenderer()
LOOKUP = Lookup(
    FactTable([Fact("PORT:SSH", "22"), Fact("SSH", "Secure Shell"), Fact("go on", "abc", end="release")]),
    RENDERER,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_model(tiny_base(tmp_path_factory.mktemp("base")).folder)[0]


def prompt(text: str) -> list[int]:
    return RENDERER.prompt([Message("user", text)]).tolist()


def write(model: Any, ids: Sequence[int], processor: MlxLookup | None, **how: Any) -> str:
    """Up to 14 tokens, to the stop token."""
    processors = [processor] if processor else None
    tokens = []
    for token, _ in generate_step(
        mx.array(list(ids)), model, max_tokens=14, logits_processors=processors, **how
    ):
        if token == STOP_ID:
            break
        tokens.append(token)
    return RENDERER.tokenizer.decode(tokens)


def test_answers_one_after_another(model: Any) -> None:
    used = MlxLookup(LOOKUP)
    for text, answer in [("PORT:SSH", "22"), ("what is SSH?", "Secure Shell"), ("PORT:SSH", "22")]:
        assert write(model, prompt(text), used) == answer
    assert write(model, prompt("go on"), used).startswith("abc")


@pytest.mark.parametrize("text", ["hello", "PORT:SS", "SSH is"])
def test_what_matches_nothing_is_as_without(model: Any, text: str) -> None:
    assert write(model, prompt(text), MlxLookup(LOOKUP)) == write(model, prompt(text), None)


def test_a_prompt_read_in_parts(model: Any) -> None:
    assert write(model, prompt("and PORT:SSH?"), MlxLookup(LOOKUP), prefill_step_size=3) == "22"


def test_sampling(model: Any) -> None:
    mx.random.seed(0)
    drawn = [
        write(model, prompt("PORT:SSH"), MlxLookup(LOOKUP), sampler=make_sampler(temp=2.0)) for _ in range(5)
    ]
    assert drawn == ["22"] * 5


def test_a_reused_prompt_cache_needs_its_history(model: Any) -> None:
    """The cache holds the first half of the key; the new ids alone end with another key."""
    ids = prompt("PORT:SSH")
    held, new = ids[:6], ids[6:]
    assert bytes(new[:3]) == b"SSH"
    for history, answer in [(held, "22"), ((), "Secure Shell")]:
        cache = make_prompt_cache(model)
        model(mx.array([held]), cache=cache)
        assert write(model, new, MlxLookup(LOOKUP, history), prompt_cache=cache) == answer


def test_the_very_array_where_nothing_matches() -> None:
    logits = mx.zeros((1, 300))
    assert MlxLookup(LOOKUP)(mx.array(prompt("hello")), logits) is logits


def test_a_prompt_one_token_longer_is_another_text() -> None:
    used, logits = MlxLookup(LOOKUP), mx.zeros((1, 300))
    used(mx.array(list(b"say SS")), logits)
    assert int(used(mx.array(list(b"but SSH")), logits).argmax()) == ord(" ")
