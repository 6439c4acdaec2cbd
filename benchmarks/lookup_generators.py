"""The exact memory in other people's generators: transformers' `generate` and mlx-lm's `generate_step`.

One row per way: how many of the facts came out exactly. Not here: Engram's own generator (lookup.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from tests.support.facts import arbitrary_facts

from engram.lookup.facts import Fact
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.models.base import Base
from engram.types import Message

FACTS = 64
ROWS = 16
NEW = 40  # tokens


def generators(base: Base) -> Iterator[dict[str, Any]]:
    """Ways that are installed here."""
    facts = arbitrary_facts(FACTS, seed=9)
    if find_spec("transformers"):
        yield from _transformers(base, facts)
    if find_spec("mlx_lm"):
        yield from _mlx_lm(base, facts)


def _transformers(base: Base, facts: list[Fact]) -> Iterator[dict[str, Any]]:
    from transformers import AutoModelForCausalLM

    from engram.backends.torch.lookup import TransformersLookup

    model = AutoModelForCausalLM.from_pretrained(base.folder).eval()
    ways: dict[str, dict[str, Any]] = {
        "greedy": {"do_sample": False},
        "sampling at 1.5": {"do_sample": True, "temperature": 1.5, "top_k": 50},
        "4 beams": {"do_sample": False, "num_beams": 4},
        "3 beams, sampled": {"do_sample": True, "num_beams": 3},
    }
    for name, how in ways.items():
        processor = TransformersLookup(Lookup(FactTable(facts), base.renderer))
        right = 0
        for start in range(0, len(facts), ROWS):
            right += _batch(model, base, facts[start : start + ROWS], processor, how)
        yield {"way": f"transformers, padded left, {name}", "n": len(facts), "right": right}


def _batch(model: Any, base: Base, facts: Sequence[Fact], processor: Any, how: dict[str, Any]) -> int:
    """Prompts of different lengths in one batch; how many answers are exact."""
    import torch

    stop = min(base.renderer.stop_ids)
    prompts = [_prompt(base, "so " * (n % 7) + fact.key) for n, fact in enumerate(facts)]
    width = max(map(len, prompts))
    ids = torch.tensor([[stop] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    done = model.generate(
        input_ids=ids,
        attention_mask=mask,
        logits_processor=[processor],
        max_new_tokens=NEW,
        pad_token_id=stop,
        eos_token_id=sorted(base.renderer.stop_ids),
        **how,
    )
    told = [base.renderer.tokenizer.decode(row[width:].tolist()) for row in done]
    return sum(answer.strip() == fact.answer for answer, fact in zip(told, facts, strict=True))


def _mlx_lm(base: Base, facts: Sequence[Fact]) -> Iterator[dict[str, Any]]:
    """The prompt is cut in the middle of the key: what is before it lies in the cache."""
    import mlx.core as mx
    from mlx_lm.generate import generate_step
    from mlx_lm.models.cache import make_prompt_cache
    from mlx_lm.utils import load_model

    from engram.backends.mlx.config import in_mlx_words
    from engram.backends.mlx.lookup import MlxLookup

    model, _ = load_model(base.folder, model_config=in_mlx_words(base.config))
    lookup, right = Lookup(FactTable(facts), base.renderer), 0
    for fact in facts:
        ids = _prompt(base, f"what is {fact.key}?")
        cut = len(ids) // 2
        cache = make_prompt_cache(model)
        model(mx.array([ids[:cut]]), cache=cache)
        told = []
        used = MlxLookup(lookup, history=ids[:cut])
        for token, _ in generate_step(
            mx.array(ids[cut:]), model, max_tokens=NEW, prompt_cache=cache, logits_processors=[used]
        ):
            if token in base.renderer.stop_ids:
                break
            told.append(token)
        right += base.renderer.tokenizer.decode(told).strip() == fact.answer
    yield {"way": "mlx-lm, prompt cache used again", "n": len(facts), "right": right}


def _prompt(base: Base, text: str) -> list[int]:
    return [int(token) for token in base.renderer.prompt([Message("user", text)])]
