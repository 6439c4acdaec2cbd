"""Which linear layers `target_modules` means, by the names that model families give them."""

from __future__ import annotations

import pytest

from engram.backends.adapters import FEED_FORWARD, layer_names
from engram.errors import SettingsError

LLAMA = [
    *(f"{block}.self_attn.{name}_proj" for block in range(2) for name in "qkvo"),
    *(f"{block}.mlp.{name}_proj" for block in range(2) for name in ("gate", "up", "down")),
]
GPT2 = ["0.attn.c_attn", "0.attn.c_proj", "0.mlp.c_fc", "0.mlp.c_proj"]
BERT = ["0.attention.self.query", "0.attention.output.dense", "0.intermediate.fc"]


def test_nothing_named_is_all_of_them() -> None:
    assert layer_names(LLAMA, ()) == {path.split(".")[-1] for path in LLAMA}


def test_feed_forward_is_what_is_no_part_of_attention() -> None:
    assert layer_names(LLAMA, (FEED_FORWARD,)) == {"gate_proj", "up_proj", "down_proj"}
    assert layer_names(LLAMA, (FEED_FORWARD, "q_proj")) == {"gate_proj", "up_proj", "down_proj", "q_proj"}
    assert layer_names(BERT, (FEED_FORWARD,)) == {"fc"}


@pytest.mark.parametrize("paths", [GPT2, GPT2[::-1]], ids=["in order", "backwards"])
def test_a_name_that_attention_has_too_is_left_out(paths: list[str]) -> None:
    assert layer_names(paths, (FEED_FORWARD,)) == {"c_fc"}


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        layer_names(LLAMA, ("w1",))
    assert (
        "w1" in caught.value.message and "q_proj" in caught.value.hint and FEED_FORWARD in caught.value.hint
    )
    with pytest.raises(SettingsError):
        layer_names(GPT2[:2], (FEED_FORWARD,))
