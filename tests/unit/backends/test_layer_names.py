"""Which linear layers `target_modules` means, by the names that model families give them."""

from __future__ import annotations

import pytest

from engram.backends.adapters import layer_names
from engram.backends.base import ALL_BUT_QK
from engram.errors import SettingsError

LLAMA = [
    *(f"{block}.self_attn.{name}_proj" for block in range(2) for name in "qkvo"),
    *(f"{block}.mlp.{name}_proj" for block in range(2) for name in ("gate", "up", "down")),
]
FAMILIES = {
    "llama": (LLAMA, {"v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}),
    "gpt2": (["0.attn.c_attn", "0.attn.c_proj", "0.mlp.c_fc", "0.mlp.c_proj"], {"c_proj", "c_fc"}),
    "phi3": (["0.a.qkv_proj", "0.a.o_proj", "0.m.gate_up_proj"], {"o_proj", "gate_up_proj"}),
    "neox": (["0.a.query_key_value", "0.a.dense", "0.m.dense_h_to_4h"], {"dense", "dense_h_to_4h"}),
    "bert": (["0.a.query", "0.a.key", "0.a.value", "0.i.dense"], {"value", "dense"}),
    "distil": (["0.a.q_lin", "0.a.k_lin", "0.a.v_lin", "0.f.lin1"], {"v_lin", "lin1"}),
    "deepseek": (["0.a.q_b_proj", "0.a.kv_a_proj_with_mqa", "0.m.up_proj"], {"up_proj"}),
    "qwen3_next": (["0.a.in_proj_qkvz", "0.a.in_proj_ba", "0.m.up_proj"], {"in_proj_ba", "up_proj"}),
    "modernbert": (["0.a.Wqkv", "0.a.Wo", "0.m.Wi"], {"Wo", "Wi"}),
}


def test_nothing_named_is_all_of_them() -> None:
    assert layer_names(LLAMA, ()) == {path.split(".")[-1] for path in LLAMA}


@pytest.mark.parametrize("family", FAMILIES)
def test_all_but_queries_and_keys(family: str) -> None:
    paths, rest = FAMILIES[family]
    assert layer_names(paths, (ALL_BUT_QK,)) == rest


def test_beside_names() -> None:
    assert layer_names(LLAMA, ("q_proj",)) == {"q_proj"}
    assert layer_names(LLAMA, (ALL_BUT_QK, "q_proj")) == FAMILIES["llama"][1] | {"q_proj"}


def test_a_model_of_queries_alone_is_adapted_whole() -> None:
    assert layer_names(["0.wq", "0.wk"], (ALL_BUT_QK,)) == {"wq", "wk"}


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        layer_names(LLAMA, ("w1",))
    assert "w1" in caught.value.message
    assert "q_proj" in caught.value.hint and ALL_BUT_QK in caught.value.hint
