"""A model's config.json as transformers reads it, in the words that mlx-lm reads, and how far the two agree.

transformers 5 keeps all that concerns rotary positions under `rope_parameters`. Most models of mlx-lm (0.32)
look for `rope_theta`, `rope_scaling` and the like beside it and take defaults of their own where they find
nothing: such a model loads, and answers wrongly. Not here: tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engram.errors import ModelError, UsageError
from engram.models.base import Base

_BESIDE = ("rope_theta", "partial_rotary_factor")  # what mlx-lm does not count to the scaling
_PLAIN = (None, "default")
_LONG = ("longrope", "su")
_ORIGINAL = "original_max_position_embeddings"


def in_mlx_words(config: Mapping[str, Any]) -> dict[str, Any]:
    """What mlx-lm has to be told besides `config`."""
    rotary = config.get("rope_parameters") or {}
    whole, local = rotary.get("full_attention", rotary), rotary.get("sliding_attention", {})
    words = {name: whole.get(name) for name in (*_BESIDE, _ORIGINAL)}
    words["rope_local_base_freq"] = local.get("rope_theta")
    words["sliding_window_pattern"] = _pattern(config.get("layer_types") or ())
    if whole.get("rope_type") not in _PLAIN:
        words["rope_scaling"] = {name: value for name, value in whole.items() if name not in _BESIDE}
    said = {name: value for name, value in config.items() if value is not None}
    words = {name: value for name, value in words.items() if value is not None and name not in said}
    scaling = words.get("rope_scaling") or said.get("rope_scaling")
    return words | ({"rope_scaling": _named(scaling)} if scaling else {})


def check_read(config: Mapping[str, Any], arguments: Any, id: str) -> None:
    """Raises ModelError if mlx-lm's class, made from `arguments`, has no place for something that counts."""
    counts = {
        "rope_scaling": _kind(config) not in _PLAIN,
        "partial_rotary_factor": config.get("partial_rotary_factor") not in (None, 1.0),
    }
    unread = [name for name, said in counts.items() if said and not hasattr(arguments, name)]
    if unread:
        raise ModelError(
            f"mlx-lm has no place for {', '.join(unread)}, which {id} asks for; it would answer wrongly.",
            "Use --backend torch.",
        )


def faithful_length(config: Mapping[str, Any], windows: bool) -> int | None:
    """Tokens up to which mlx-lm computes what transformers does; None for any number.

    `windows` says whether mlx-lm keeps the model's sliding windows. Where it does not, every block attends to
    everything, which is the same only until a window is full. Of "longrope" see `_named`.
    """
    limits = [None if windows else _window(config)]
    if _kind(config) in _LONG:
        limits.append(config.get(_ORIGINAL) or config["rope_scaling"].get(_ORIGINAL))
    return min((limit for limit in limits if limit), default=None)


def check_length(tokens: int, base: Base) -> None:
    """Raises UsageError for a row that mlx-lm would not compute as transformers does."""
    if tokens > base.context:
        raise UsageError(
            f"A row of {tokens} tokens is too long: with mlx, {base.id} reads {base.context}.",
            "Leave it out (a smaller max_seq_length finds such rows), or use --backend torch.",
        )


def _named(scaling: Mapping[str, Any]) -> dict[str, Any]:
    """With its kind under both names, and "longrope" with its short factors.

    transformers takes the short ones up to the original context and the long ones beyond; mlx-lm always takes
    what it reads as the long ones.
    """
    kind = scaling.get("rope_type") or scaling.get("type")
    short = {"long_factor": scaling["short_factor"]} if kind in _LONG and "short_factor" in scaling else {}
    return {**scaling, "type": kind, "rope_type": kind, **short}


def _kind(config: Mapping[str, Any]) -> str | None:
    scaling = config.get("rope_scaling") or {}
    return scaling.get("rope_type") or scaling.get("type")


def _window(config: Mapping[str, Any]) -> int | None:
    """Tokens that a block with a sliding window attends to; None without such blocks."""
    kinds = config.get("layer_types")
    if config.get("use_sliding_window") is False or (kinds and "sliding_attention" not in kinds):
        return None
    return config.get("sliding_window")


def _pattern(kinds: Any) -> int | None:
    """Every how many blocks one attends to everything, if that is a rule and the others slide."""
    if "full_attention" not in kinds or "sliding_attention" not in kinds:
        return None
    every = list(kinds).index("full_attention") + 1
    rule = ["sliding" if number % every else "full" for number in range(1, len(kinds) + 1)]
    return every if [kind.removesuffix("_attention") for kind in kinds] == rule else None
