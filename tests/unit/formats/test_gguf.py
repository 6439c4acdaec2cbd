"""GGUF files: transformers, which reads them with code of its own, gets the logits and tokens of the source;
llama.cpp too, where it is installed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from tests.support.stock import IDS, make_peft, torch_logits
from tests.support.talking import talking_base
from tests.support.tiny import tiny_base
from transformers import AutoModelForCausalLM, AutoTokenizer

from engram.errors import AdapterError, ModelError
from engram.formats.convert import read_adapter
from engram.formats.gguf_file import write_adapter, write_model
from engram.formats.gguf_sizes import interleaved
from engram.models.base import Base
from engram.types import Message

gguf = pytest.importorskip("gguf")

CLOSE = 5e-5  # of logits up to about 8; float32 all the way
TEXTS = (
    "the cat sat",
    "3 cats, 1234 mice\n\n  and it's   odd: naïve Ünïcode 猫!",
    "<|im_start|>user\nhi<|im_end|>\n",
)
LLAMA_3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
KINDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama untied": {"tie_word_embeddings": False},
    "qwen2": {"kind": "qwen2", "cut": "qwen2"},
    "qwen3": {"kind": "qwen3", "cut": "qwen2", "head_dim": 128},  # the only size transformers reads
}


def read_by_transformers(file: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.float32)
    return model.eval()


def logits_of(model: Any) -> Any:
    with torch.no_grad():
        return model(torch.tensor(IDS).long()).logits[0].numpy()


def field(file: Path, name: str) -> Any:
    found = gguf.GGUFReader(file).fields.get(name)
    return None if found is None else found.contents()


@pytest.mark.parametrize("kind", KINDS)
def test_transformers_reads_the_merged_model(tmp_path: Path, kind: str) -> None:
    base = talking_base(tmp_path / "base", **KINDS[kind])
    adapter = make_peft(
        tmp_path / "adapter", base, target_modules=["q_proj", "k_proj", "v_proj", "down_proj"]
    )
    expected = torch_logits(base.folder, adapter)
    write_model(base, read_adapter(adapter, 2), "adapter", tmp_path / "model.gguf")
    assert np.abs(expected - torch_logits(base.folder)).max() > 0.5
    assert np.abs(logits_of(read_by_transformers(tmp_path / "model.gguf")) - expected).max() < CLOSE


@pytest.mark.parametrize("cut", ["smollm", "gpt-2", "qwen2", "llama-bpe"])
def test_the_vocabulary_is_the_bases(tmp_path: Path, cut: str) -> None:
    base = talking_base(tmp_path / "base", cut=cut)
    file = tmp_path / "model.gguf"
    write_model(base, None, "none", file)
    stock = AutoTokenizer.from_pretrained(str(base.folder))
    tokens = field(file, "tokenizer.ggml.tokens")
    known = len(stock)
    assert known > 270
    assert tokens == [*stock.convert_ids_to_tokens(range(known)), f"[PAD{known}]", f"[PAD{known + 1}]"]
    kinds = [3] * 3 + [1] * (known - 3) + [5] * 2  # control, normal, unused
    assert field(file, "tokenizer.ggml.token_type") == kinds
    assert field(file, "tokenizer.ggml.pre") == cut and field(file, "tokenizer.ggml.model") == "gpt2"
    assert (
        field(file, "tokenizer.ggml.eos_token_id") == 2
        and field(file, "tokenizer.ggml.add_bos_token") is False
    )
    assert field(file, "tokenizer.chat_template") == stock.chat_template


def test_transformers_builds_the_same_tokenizer_from_it(tmp_path: Path) -> None:
    base = talking_base(tmp_path / "base", cut="llama-bpe")
    write_model(base, None, "none", tmp_path / "model.gguf")
    theirs = AutoTokenizer.from_pretrained(str(tmp_path), gguf_file="model.gguf")
    for text in TEXTS:
        assert theirs(text, add_special_tokens=False)["input_ids"] == base.renderer.tokenizer.encode(text)


def test_sizes(tmp_path: Path) -> None:
    base = talking_base(tmp_path / "base", rms_norm_eps=1e-4, rope_theta=5000.0)
    write_model(base, None, "none", tmp_path / "model.gguf")
    expected = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "tiny",
        "general.file_type": 0,
        "llama.block_count": 2,
        "llama.context_length": 256,
        "llama.embedding_length": 64,
        "llama.feed_forward_length": 128,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.attention.key_length": 16,
        "llama.rope.dimension_count": 16,
        "llama.rope.freq_base": 5000.0,
        "llama.vocab_size": base.vocabulary_size,
    }
    for name, value in expected.items():
        assert field(tmp_path / "model.gguf", name) == value, name
    assert field(tmp_path / "model.gguf", "llama.attention.layer_norm_rms_epsilon") == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("dtype", "kind", "file_type"), [(torch.bfloat16, "BF16", 32), (torch.float16, "F16", 1)]
)
def test_stored_types_are_kept(tmp_path: Path, dtype: torch.dtype, kind: str, file_type: int) -> None:
    """Matrices bit for bit as they were, vectors as float32; nothing was to be merged."""
    base = talking_base(tmp_path / "base")
    AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=dtype).save_pretrained(base.folder)
    write_model(base, None, "none", tmp_path / "model.gguf")
    assert field(tmp_path / "model.gguf", "general.file_type") == file_type
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors}
    weights = AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=dtype).state_dict()
    for theirs, ours in (
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("blk.1.ffn_down.weight", "model.layers.1.mlp.down_proj.weight"),
        ("blk.0.attn_v.weight", "model.layers.0.self_attn.v_proj.weight"),
    ):
        assert tensors[theirs].tensor_type.name == kind
        assert tensors[theirs].data.tobytes() == weights[ours].view(torch.int16).numpy().tobytes()
    assert tensors["output_norm.weight"].tensor_type.name == "F32"
    assert np.array_equal(tensors["output_norm.weight"].data, weights["model.norm.weight"].float().numpy())
    assert "output.weight" not in tensors


def test_biases_of_llama_are_put_in_order_too(tmp_path: Path) -> None:
    """transformers leaves them out when it reads GGUF, so by hand: heads of 16 rows, halves taken in turn."""
    base = talking_base(tmp_path / "base", attention_bias=True)
    write_model(base, None, "none", tmp_path / "model.gguf")
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors}
    weights = AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=torch.float32).state_dict()
    bias = weights["model.layers.1.self_attn.k_proj.bias"].numpy()
    turned = [bias[16 * head + half * 8 + row] for head in range(2) for row in range(8) for half in range(2)]
    assert tensors["blk.1.attn_k.bias"].tolist() == turned
    plain = weights["model.layers.1.self_attn.v_proj.bias"].numpy()
    assert np.array_equal(tensors["blk.1.attn_v.bias"], plain)


def test_rows_by_hand() -> None:
    """Two heads of four rows: first half and second half of each, taken in turn."""
    rows = np.arange(8)[:, None]
    assert interleaved(rows, 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_llama_3_frequencies_are_transformers(tmp_path: Path) -> None:
    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    base = talking_base(tmp_path / "base", rope_parameters=LLAMA_3_ROPE)
    write_model(base, None, "none", tmp_path / "model.gguf")
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors}
    config = AutoConfig.from_pretrained(str(base.folder))
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = 10000.0 ** (-np.arange(0, 16, 2) / 16)
    assert len({round(float(factor), 3) for factor in tensors["rope_freqs.weight"]}) > 2
    np.testing.assert_allclose(plain / tensors["rope_freqs.weight"], scaled.numpy(), rtol=1e-5)


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_an_adapter_alone_adds_what_merging_adds(tmp_path: Path, kind: str) -> None:
    base = talking_base(tmp_path / "base", **KINDS[kind])
    source = make_peft(
        tmp_path / "adapter", base, target_modules=["q_proj", "k_proj", "up_proj"], use_rslora=True
    )
    adapter = read_adapter(source, 2)
    write_adapter(base, adapter, "mine", tmp_path / "adapter.gguf")
    for name, number in (("bare", None), ("merged", adapter)):
        write_model(base, number, name, tmp_path / f"{name}.gguf")
    file = tmp_path / "adapter.gguf"
    assert field(file, "general.type") == "adapter" and field(file, "adapter.type") == "lora"
    assert field(file, "general.architecture") == kind
    parts, bare, merged = (
        {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / f"{name}.gguf").tensors}
        for name in ("adapter", "bare", "merged")
    )
    changed = {name.removesuffix(".lora_a") for name in parts if name.endswith(".lora_a")}
    assert changed == {name for name in bare if not np.array_equal(bare[name], merged[name])}
    assert len(changed) == 6
    for name in changed:  # as llama.cpp does: alpha / rank, the rank being that of B
        a, b = parts[f"{name}.lora_a"], parts[f"{name}.lora_b"]
        scale = field(file, "adapter.lora.alpha") / b.shape[1]
        np.testing.assert_allclose(bare[name] + scale * b @ a, merged[name], atol=1e-5)


def test_what_gguf_cannot_say_is_refused(tmp_path: Path) -> None:
    base = talking_base(tmp_path / "base")
    dora = read_adapter(make_peft(tmp_path / "dora", base, use_dora=True), 2)
    with pytest.raises(AdapterError, match="mine is a DoRA"):
        write_adapter(base, dora, "mine", tmp_path / "x.gguf")
    write_model(base, dora, "mine", tmp_path / "merged.gguf")  # merged, it is an ordinary model


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architectures": ["PhiForCausalLM"]}, "a PhiForCausalLM, which is not exported"),
        ({"hidden_act": "gelu"}, "activation 'gelu'"),
        ({"rope_parameters": {"rope_type": "yarn", "factor": 2.0}}, "rotary scaling 'yarn'"),
        ({"use_sliding_window": True}, "sliding windows"),
        ({"partial_rotary_factor": 0.5}, "a part of each head"),
        ({"num_hidden_layers": "2"}, "num_hidden_layers is '2'"),
        ({"quantization": {"bits": 4}}, "4-bit weights"),
    ],
)
def test_networks_that_are_refused(tmp_path: Path, config: dict[str, Any], words: str) -> None:
    base = talking_base(tmp_path / "base")
    with pytest.raises(ModelError, match=words):
        write_model(replace(base, config={**base.config, **config}), None, "none", tmp_path / "x.gguf")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["model"].update(byte_fallback=True), "no byte-level BPE"),
        (lambda d: d["model"].update(ignore_merges=True), "ignore_merges"),
        (lambda d: d.update(normalizer={"type": "Lowercase"}), "normalizer Lowercase"),
        (lambda d: d["pre_tokenizer"]["pretokenizers"][0].update(individual_digits=False), "no known name"),
    ],
)
def test_tokenizers_that_are_refused(tmp_path: Path, change: Any, words: str) -> None:
    base = talking_base(tmp_path / "base")
    file = base.folder / "tokenizer.json"
    definition = json.loads(file.read_text())
    change(definition)
    file.write_text(json.dumps(definition))
    with pytest.raises(ModelError, match=words):
        write_model(base, None, "none", tmp_path / "x.gguf")


def test_a_base_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no tokenizer.json"):
        write_model(tiny_base(tmp_path / "base"), None, "none", tmp_path / "x.gguf")


@pytest.fixture(scope="module")
def seedling_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Base, Path]:
    """Seedling in float32, a random adapter, and GGUF files bare, merged and of the adapter alone."""
    from engram.models.folder import base_from_folder
    from engram.models.resolve import SEEDLING

    place = tmp_path_factory.mktemp("seedling")
    shutil.copytree(SEEDLING, place / "base")
    wide = AutoModelForCausalLM.from_pretrained(str(SEEDLING), dtype=torch.float32)
    wide.save_pretrained(place / "base")
    base = base_from_folder(place / "base", "seedling")
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    adapter = read_adapter(make_peft(place / "adapter", base, target_modules=targets, lora_alpha=0.5), 6)
    write_model(base, adapter, "mine", place / "merged.gguf")
    write_model(base, None, "none", place / "bare.gguf")
    write_adapter(base, adapter, "mine", place / "adapter.gguf")
    return base, place


@pytest.mark.slow
@pytest.mark.parametrize("how", ["bare", "merged", "adapter beside"])
def test_llama_cpp_answers_as_transformers_does(seedling_files: tuple[Base, Path], how: str) -> None:
    """The same tokens, logits within rounding, and the same answers to the last stop token."""
    llama_cpp = pytest.importorskip("llama_cpp")
    base, place = seedling_files
    model: Any = AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=torch.float32).eval()
    if how != "bare":
        model = PeftModel.from_pretrained(model, str(place / "adapter")).eval()
    file = place / ("merged.gguf" if how == "merged" else "bare.gguf")
    beside = {"lora_path": str(place / "adapter.gguf")} if how == "adapter beside" else {}
    wide = {"type_k": 0, "type_v": 0}  # keys and values in float32
    llama = llama_cpp.Llama(
        str(file), n_ctx=512, verbose=False, logits_all=True, n_threads=1, **wide, **beside
    )
    for text in TEXTS:
        assert llama.tokenize(text.encode(), add_bos=True, special=True) == base.renderer.tokenizer.encode(
            text
        )
    for question in ("What is the capital of France?", "Count from 3 to 9.", "Who are you?", "2 + 5 ="):
        ids = torch.from_numpy(base.renderer.prompt([Message("user", question)])).long()[None]
        with torch.no_grad():
            whole = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False
            )
            expected = model(whole).logits[0].numpy()
        llama.reset()
        llama.eval(whole[0].tolist())
        assert np.abs(np.array(llama.scores[: whole.shape[1]]) - expected).max() < 2e-3
        said = llama.create_chat_completion(
            [{"role": "user", "content": question}], temperature=0, max_tokens=24
        )
        answer = base.renderer.tokenizer.decode(whole[0, ids.shape[1] :].tolist())
        assert said["choices"][0]["message"]["content"].strip() == answer.strip()
        stopped = int(whole[0, -1]) in base.renderer.stop_ids
        assert said["choices"][0]["finish_reason"] == ("stop" if stopped else "length")


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        *KINDS.values(),
        {"attention_bias": True},
        {"rope_parameters": LLAMA_3_ROPE},
        {"cut": "gpt-2"},
        {"cut": "llama-bpe"},
    ],
    ids=[*KINDS, "biases", "llama 3 frequencies", "gpt-2", "llama-bpe"],
)
def test_llama_cpp_reads_every_kind(tmp_path: Path, kind: dict[str, Any]) -> None:
    """Merged and with the adapter beside: logits of transformers, tokens of the base."""
    llama_cpp = pytest.importorskip("llama_cpp")
    base = talking_base(tmp_path / "base", **kind)
    source = make_peft(tmp_path / "adapter", base, target_modules=["q_proj", "k_proj", "v_proj", "down_proj"])
    adapter = read_adapter(source, 2)
    expected = torch_logits(base.folder, source)
    write_model(base, adapter, "mine", tmp_path / "merged.gguf")
    write_model(base, None, "none", tmp_path / "bare.gguf")
    write_adapter(base, adapter, "mine", tmp_path / "adapter.gguf")
    for file, beside in (("merged.gguf", {}), ("bare.gguf", {"lora_path": str(tmp_path / "adapter.gguf")})):
        wide = {"type_k": 0, "type_v": 0, "n_ctx": 128, "logits_all": True, "verbose": False}
        llama = llama_cpp.Llama(str(tmp_path / file), **wide, **beside)
        for text in TEXTS:
            assert llama.tokenize(
                text.encode(), add_bos=True, special=True
            ) == base.renderer.tokenizer.encode(text)
        llama.eval(IDS[0].tolist())
        assert np.abs(np.array(llama.scores[: IDS.shape[1]]) - expected).max() < 2e-3
