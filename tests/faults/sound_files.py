"""Sound files of every kind that Engram reads, as small as can be: what fuzzing starts from.

Not here: how each is read (file_readers.py), or how it is spoiled (hostile.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import numpy as np
from tests.support.road import engram, write_patterns

from engram.backends.base import AdapterWeights
from engram.disk import to_json
from engram.home import Home
from engram.models.fake import fake_base
from engram.models.resolve import SEEDLING
from engram.sleep.trend_lines import Part, Share, Trend, append_trend
from engram.synth.asks import Ask
from engram.synth.folder import Answered, SynthFolder
from engram.training.checkpoint import RunFolder, tensor_bytes
from engram.training.state import LoopState
from engram.training.versions import publish_version
from engram.types import Message

TOML = b"""\
[model]
model = "seedling"
[train]
iters = "auto"
rank = 8
learning_rate = 1e-3
target_modules = ["q_proj", "v_proj"]
[data]
valid_fraction = 0.2
"""
SETTINGS_YAML = b"""\
profile: chat
model: {model: seedling}
train:
  iters: auto
  learning_rate: 1e-3
  target_modules: [q_proj, v_proj]
"""
TURNS = [
    {"role": "user", "content": "a?"},
    {"role": "assistant", "content": "<think>b</think>c", "tool_calls": [{"function": {"name": "f"}}]},
    {"role": "tool", "content": "d"},
    {"role": "assistant", "content": [{"type": "text", "text": "e"}]},
]
OWN = {
    "x.jsonl": b"".join(json.dumps({"messages": TURNS}).encode() + b"\n" for _ in range(3)),
    "x.json": json.dumps({"data": [{"instruction": "a", "input": None, "output": "b"}] * 3}).encode(),
    "x.csv": b'prompt;completion\n"a;b";"c\nd"\ne;f\n',
}
JSONL = b"".join(
    json.dumps({"input": f"{key} key", "output": key, "category": "keys", "holdout": key == "c"}).encode()
    + b"\n"
    for key in "abc"
)
_END = {"id": 0, "content": "<|im_end|>", "special": True, "lstrip": False, "rstrip": False}
MODEL = {
    "config.json": {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": 8,
        "max_position_embeddings": 64,
        "eos_token_id": [0, 1],
    },
    "generation_config.json": {"eos_token_id": 0},
    "tokenizer_config.json": {
        "eos_token": "<|im_end|>",
        "chat_template": [{"name": "default", "template": "x"}],
    },
    "special_tokens_map.json": {"bos_token": {"content": "a"}, "unk_token": "b"},
    "tokenizer.json": {
        "version": "1.0",
        "added_tokens": [{**_END, "single_word": False, "normalized": False}],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"<|im_end|>": 0, "a": 1, "b": 2}, "unk_token": "b"},
    },
    "model.safetensors.index.json": {"weight_map": {"step": "model.safetensors"}},
}
IDENTITY = {"settings": {"rank": 8, "seed": 0}, "data": "digest"}
TENSORS = {"step": np.zeros(1, np.int64)}
TASKS = b"""\
{"id": "a", "category": "keys", "prompt": "Key?", "type": "contains_any", "expected": ["one", "uno"]}
{"id": "b", "category": "k", "prompt": "Key?", "type": "regex", "expected": "^(tw|du)[eo]$", "max_tokens": 8}
{"id": "c", "category": "sums", "prompt": "2 + 2?", "type": "numeric", "expected": 4, "tolerance": 0.5}
{"id": "d", "category": "form", "prompt": "List.", "type": "format_bullets", "expected": [2, 3]}
{"id": "e", "category": "form", "prompt": "JSON.", "type": "json_keys", "expected": ["name"]}
{"id": "f", "category": "code", "prompt": "Add.", "type": "python_tests", "expected": "assert f(1) == 2"}
"""
ASK = Ask(1, "tea", "a kind", 1, "train")
CONVERSATION = {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}]}
COMPLETION = {
    "choices": [
        {"message": {"content": json.dumps({"conversations": [CONVERSATION]})}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    "error": {"message": "c"},
}


def just(name: str, data: bytes) -> Callable[[Path], None]:
    """Makes one file in a folder."""

    def write(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return write


def make_version(folder: Path) -> None:
    home = Home(folder).create()
    weights = AdapterWeights({"lora_B.weight": np.ones((1, 1), np.float32)}, {"peft_type": "LORA"})
    publish_version(home, fake_base(), weights, {"sources": ["a"], "splits": {"recall": None}})


def make_run(folder: Path) -> None:
    run = RunFolder.start(folder / "run", IDENTITY)
    run.append({"step": 1, "loss": 1.0})
    run.save(1, TENSORS, loop())


def loop() -> dict[str, object]:
    return json.loads(to_json(asdict(LoopState(step=1))))  # type: ignore[no-any-return]


def make_model(folder: Path) -> None:
    """A folder with every file that a model may have, as small as can be."""
    for name, value in MODEL.items():
        (folder / name).write_bytes(to_json(value))
    (folder / "chat_template.jinja").write_bytes((SEEDLING / "chat_template.jinja").read_bytes())
    (folder / "model.safetensors").write_bytes(tensor_bytes(TENSORS))


def make_dataset(folder: Path) -> None:
    write_patterns(folder)
    assert engram("data", "build", folder / "tiny.yaml", "--out", folder / "rows").code == 0


def make_answer(folder: Path) -> None:
    with SynthFolder(folder / "out").opened({"version": 1}):
        SynthFolder(folder / "out").keep(ASK, Answered(((Message("user", "a?"), Message("assistant", "b")),)))


def make_suite(folder: Path) -> None:
    lines = (resources.files("engram.measure") / "suites" / "skills.jsonl").read_bytes().splitlines()[:3]
    (folder / "x.jsonl").write_bytes(b"\n".join(lines) + b"\n")


def make_trends(folder: Path) -> None:
    part, share = {"new": Part(0.1, 0.9, 120)}, {"night-20261121-1": Share(108, 120)}
    figures = (*("2026-11-21T03:12:00Z", "accept", "2026-11-21-1", 40, 40), part, 2.1, 2.2, share, (1, 2))
    append_trend(Home(folder), Trend("night-20261121-1", *figures))
