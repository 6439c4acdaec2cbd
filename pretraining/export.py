"""Write a checkpoint as a plain Hugging Face folder that stock transformers and mlx_lm load.

Run: `python -m pretraining.export OUT` (newest checkpoint; `--averaged` takes the moving average). It writes
config.json, generation_config.json and model.safetensors (bf16), and copies the tokenizer's files beside.
It does not judge the model.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from pretraining import checkpoint
from pretraining.model import ModelConfig, to_llama_names

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
)
END_TOKENS = ("<|im_end|>", "<|endoftext|>")


def llama_config(config: ModelConfig, end_ids: list[int], dtype: torch.dtype) -> dict[str, Any]:
    """config.json of a `LlamaForCausalLM` with our sizes."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_size,
        "max_position_embeddings": config.max_positions,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.norm_eps,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "torch_dtype": str(dtype).removeprefix("torch."),
        "bos_token_id": None,
        "eos_token_id": end_ids,
        "pad_token_id": end_ids[-1],
    }


def token_ids(tokenizer: Path, names: tuple[str, ...]) -> list[int]:
    """Ids of special tokens by their text; raises ValueError when tokenizer.json lacks one."""
    added = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    ids = {entry["content"]: int(entry["id"]) for entry in added}
    if missing := [name for name in names if name not in ids]:
        raise ValueError(f"{tokenizer / 'tokenizer.json'} has no special token {', '.join(missing)}")
    return [ids[name] for name in names]


def write_folder(
    out: Path,
    weights: dict[str, Tensor],
    config: ModelConfig,
    tokenizer: Path,
    dtype: torch.dtype = torch.bfloat16,
) -> None:
    """Write the folder `out` from our weights (names of `Seedling`), its files replaced where they exist."""
    ends = token_ids(tokenizer, END_TOKENS)
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: w.to(dtype) for name, w in to_llama_names(weights, config).items()}
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    settings = llama_config(config, ends, dtype)
    generation = {"do_sample": False, "eos_token_id": ends, "pad_token_id": ends[-1]}
    for name, content in (("config.json", settings), ("generation_config.json", generation)):
        (out / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for name in TOKENIZER_FILES:
        if (tokenizer / name).is_file():
            shutil.copyfile(tokenizer / name, out / name)


def export(source: Path, out: Path, tokenizer: Path, averaged: bool = False) -> int:
    """Export a checkpoint folder; returns the tokens it was trained on."""
    tensors, state = checkpoint.load(source)
    prefix = "ema." if averaged else "model."
    weights = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
    write_folder(out, weights, ModelConfig(**state["config"]), tokenizer)
    return int(state["tokens"])


def main(argv: list[str] | None = None) -> None:
    """The command."""
    work = Path(__file__).parent / "work"
    parser = argparse.ArgumentParser(prog="python -m pretraining.export", description="Export a checkpoint.")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder; default: the newest")
    parser.add_argument(
        "--tokenizer", type=Path, default=work / "tokenizer", help="folder with tokenizer.json"
    )
    parser.add_argument("--averaged", action="store_true", help="take the moving average of the weights")
    args = parser.parse_args(argv)
    found = [args.checkpoint] if args.checkpoint else checkpoint.complete(work / "checkpoints")
    if not found:
        parser.error(f"no checkpoint in {work / 'checkpoints'}: run python -m pretraining.train first")
    tokens = export(found[-1], args.out, args.tokenizer, args.averaged)
    print(f"{found[-1].name} ({tokens:,} tokens) written to {args.out}")


if __name__ == "__main__":
    main()
