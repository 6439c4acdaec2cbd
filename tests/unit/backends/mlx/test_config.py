"""Published configurations in mlx-lm's words, worked out by hand from transformers' documentation of each."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("mlx_lm")

from engram.backends.mlx.config import faithful_length, in_mlx_words

LLAMA_3 = {"rope_type": "llama3", "factor": 32.0, "original_max_position_embeddings": 8192}
LONG = {"type": "longrope", "short_factor": [1.0, 1.1], "long_factor": [2.0, 4.0]}
PHI_3_128K = {"rope_theta": 10000.0, "rope_scaling": LONG, "original_max_position_embeddings": 4096}


@pytest.mark.parametrize(
    "config, words",
    [
        ({"rope_theta": 10000.0, "partial_rotary_factor": 0.4}, {}),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}, {"rope_theta": 5e5}),
        ({"rope_theta": 1e6, "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}, {}),
        (
            {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.4}},
            {"rope_theta": 1e4, "partial_rotary_factor": 0.4},
        ),
        (
            {"rope_theta": 5e5, "rope_scaling": LLAMA_3},
            {"rope_scaling": {**LLAMA_3, "type": "llama3"}},
        ),
        (
            {"rope_parameters": {**LLAMA_3, "rope_theta": 5e5}},
            {
                "rope_theta": 5e5,
                "rope_scaling": {**LLAMA_3, "type": "llama3"},
                "original_max_position_embeddings": 8192,
            },
        ),
        (
            PHI_3_128K,
            {"rope_scaling": {**LONG, "rope_type": "longrope", "long_factor": LONG["short_factor"]}},
        ),
    ],
    ids=["phi-2", "saved by 5", "both", "phi-2 by 5", "llama 3.2", "llama 3.2 by 5", "phi-3 128k"],
)
def test_what_mlx_lm_has_to_be_told(config: dict[str, Any], words: dict[str, Any]) -> None:
    assert in_mlx_words(config) == words


def test_gemma_has_two_rotary_bases_and_a_rule() -> None:
    kinds = (["sliding_attention"] * 5 + ["full_attention"]) * 3 + ["sliding_attention"] * 2
    rotary = {
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
        "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
    }
    assert in_mlx_words({"layer_types": kinds, "rope_parameters": rotary}) == {
        "rope_theta": 1e6,
        "rope_local_base_freq": 1e4,
        "sliding_window_pattern": 6,
        "rope_scaling": {"rope_type": "linear", "type": "linear", "factor": 8.0},
    }
    assert "sliding_window_pattern" not in in_mlx_words({"layer_types": [*kinds, "sliding_attention"][1:]})


@pytest.mark.parametrize(
    "config, windows, tokens",
    [
        ({}, False, None),
        ({"sliding_window": 4096}, False, 4096),  # Mistral 7B v0.1
        ({"sliding_window": 4096}, True, None),  # kept by mlx-lm's class
        ({"sliding_window": None}, False, None),  # Mistral 7B v0.2
        ({"sliding_window": 32768, "use_sliding_window": False}, False, None),  # Qwen2
        ({"sliding_window": 512, "layer_types": ["full_attention"] * 2}, False, None),
        ({"sliding_window": 512, "layer_types": ["full_attention", "sliding_attention"]}, False, 512),
        (PHI_3_128K, False, 4096),
        ({**PHI_3_128K, "sliding_window": 2047}, False, 2047),
    ],
)
def test_how_far_mlx_lm_agrees_with_transformers(
    config: dict[str, Any], windows: bool, tokens: int | None
) -> None:
    assert faithful_length(config, windows) == tokens
