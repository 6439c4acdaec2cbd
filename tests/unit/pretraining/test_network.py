"""The network against transformers' own Llama, and documents that must not see each other. Tiny sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from pretraining.export import write_folder  # noqa: E402
from pretraining.model import ModelConfig, Seedling, from_llama_names, to_llama_names  # noqa: E402

TINY = ModelConfig(
    vocab_size=96, hidden_size=32, intermediate_size=48,
    num_layers=3, num_heads=4, num_kv_heads=2, head_size=8,
    max_positions=64,
)  # fmt: skip


@pytest.fixture
def model() -> Seedling:
    made = Seedling(TINY)
    made.initialise(7)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if weight.ndim == 1:
                weight.copy_(torch.linspace(0.5, 1.5, len(weight)))
            elif name != "embedding":
                weight.mul_(5)  # so that attention and feed-forward matter
    return made


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    ends = [{"id": 0, "content": "<|endoftext|>"}, {"id": 2, "content": "<|im_end|>"}]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"added_tokens": ends}), encoding="utf-8")
    return tmp_path


def weights(model: Seedling) -> dict[str, torch.Tensor]:
    return {name: weight.detach() for name, weight in model.named_parameters()}


def test_exported_logits_equal_transformers(model: Seedling, tokenizer: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "out", weights(model), TINY, tokenizer, torch.float32)
    theirs, report = transformers.LlamaForCausalLM.from_pretrained(
        tmp_path / "out", output_loading_info=True, dtype=torch.float32
    )
    assert not report["missing_keys"] and not report["unexpected_keys"]
    ids = torch.randint(0, 96, (3, 64), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        reference = theirs(ids).logits
        assert reference.std() > 0.05
        torch.testing.assert_close(model(ids), reference, atol=1e-4, rtol=0)
    assert theirs.config.eos_token_id == [2, 0]
    assert theirs.generation_config.eos_token_id == [2, 0]


def test_exported_weights_are_bf16_and_tied(model: Seedling, tokenizer: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "out", weights(model), TINY, tokenizer)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert theirs.dtype == torch.bfloat16
    assert theirs.lm_head.weight.data_ptr() == theirs.model.embed_tokens.weight.data_ptr()
    assert sum(p.numel() for p in theirs.parameters()) == sum(p.numel() for p in model.parameters())


def test_names_go_there_and_back(model: Seedling) -> None:
    back = from_llama_names(to_llama_names(weights(model), TINY), TINY)
    assert back.keys() == weights(model).keys()
    assert all(torch.equal(back[name], weight) for name, weight in weights(model).items())


def test_documents_and_filling_do_not_touch_each_other(model: Seedling) -> None:
    ids = torch.randint(0, 96, (2, 32), generator=torch.Generator().manual_seed(2))
    alone = model(ids[1:, :20])[0]
    padded = ids.clone()
    padded[1, 20:] = 0
    where = torch.arange(32, 52)  # the second document's first twenty positions
    together = model.logits(model.hidden(padded, where, rows=100))
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_too_long_is_refused(model: Seedling) -> None:
    with pytest.raises(ValueError, match="64 positions"):
        model(torch.zeros(1, 65, dtype=torch.long))


def test_export_without_stop_token_is_refused(model: Seedling, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"added_tokens": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="im_end"):
        write_folder(tmp_path / "out", weights(model), TINY, tmp_path)
    assert not (tmp_path / "out").exists()
