"""Which linear layers `target_modules` means, by the names that model families give them."""

from __future__ import annotations

import pytest

from engram.backends.adapters import layer_names
from engram.config import ALL_LINEAR, FEED_FORWARD
from engram.errors import SettingsError

LLAMA = [
    *(f"{block}.self_attn.{name}_proj" for block in range(2) for name in "qkvo"),
    *(f"{block}.mlp.{name}_proj" for block in range(2) for name in ("gate", "up", "down")),
]
FAMILIES = {
    "llama": (LLAMA, {"gate_proj", "up_proj", "down_proj"}),
    "gpt2": (["0.attn.c_attn", "0.attn.c_proj", "0.mlp.c_fc", "0.mlp.c_proj"], {"c_fc"}),
    "phi3": (["0.self_attn.qkv_proj", "0.self_attn.o_proj", "0.mlp.gate_up_proj"], {"gate_up_proj"}),
    "neox": (
        ["0.attention.query_key_value", "0.attention.dense", "0.mlp.dense_h_to_4h"],
        {"dense_h_to_4h"},
    ),
    "bert": (["0.attention.self.query", "0.attention.output.dense", "0.output.dense"], {"dense"}),
    "bloom": (["0.self_attention.query_key_value", "0.mlp.dense_4h_to_h"], {"dense_4h_to_h"}),
    "distil": (["0.attention.q_lin", "0.attention.out_lin", "0.ffn.lin1"], {"lin1"}),
    "qwen3_next": (["0.linear_attn.in_proj_ba", "0.mlp.experts.0.up_proj"], {"up_proj"}),
    "mamba": (["0.mixer.in_proj", "0.mixer.out_proj"], {"in_proj", "out_proj"}),
}


@pytest.mark.parametrize("wanted", [(), (ALL_LINEAR,), (ALL_LINEAR, FEED_FORWARD), ("q_proj", ALL_LINEAR)])
def test_all_of_them_where_so_is_said_or_nothing(wanted: tuple[str, ...]) -> None:
    assert layer_names(LLAMA, wanted) == {path.split(".")[-1] for path in LLAMA}


@pytest.mark.parametrize("family", FAMILIES)
def test_all_outside_attention(family: str) -> None:
    paths, rest = FAMILIES[family]
    assert layer_names(paths, (FEED_FORWARD,)) == rest


def test_beside_names() -> None:
    assert layer_names(LLAMA, ("q_proj",)) == {"q_proj"}
    assert layer_names(LLAMA, (FEED_FORWARD, "q_proj")) == FAMILIES["llama"][1] | {"q_proj"}


def test_a_model_of_attention_alone_is_adapted_whole() -> None:
    assert layer_names(["0.attn.wq", "0.attn.wk"], (FEED_FORWARD,)) == {"wq", "wk"}


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        layer_names(LLAMA, ("w1",))
    assert "w1" in caught.value.message
    assert "q_proj" in caught.value.hint and FEED_FORWARD in caught.value.hint
