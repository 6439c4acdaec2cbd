"""From a model folder to a Base, and every folder that is refused with a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engram.errors import ModelError
from engram.models.base import Base
from engram.models.folder import base_from_folder
from engram.types import Message

from .conftest import CHATML, CONFIG, make_folder, write_json

Change = Callable[..., None]
TALK = [Message("user", "a?"), Message("assistant", "b")]


def read(folder: Path) -> Base:
    return base_from_folder(folder, "tiny")


def refused(folder: Path, *words: str) -> None:
    """The folder is refused with a sentence holding all the words, and without the way to it."""
    with pytest.raises(ModelError) as caught:
        read(folder)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_plain_folder(folder: Path) -> None:
    base = read(folder)
    assert (base.id, base.context, base.vocabulary_size) == ("tiny", 64, 320)
    assert base.architecture == "LlamaForCausalLM" and base.config == CONFIG
    ids = base.renderer.prompt(TALK[:1])
    assert (
        base.renderer.tokenizer.encode("<|im_start|>user\na?<|im_end|>\n<|im_start|>assistant\n")
        == ids.tolist()
    )


def test_the_digest_names_id_revision_and_renderer(folder: Path, settings: Change) -> None:
    before = read(folder)
    assert before.digest == read(folder).digest
    settings(chat_template=CHATML + " ")
    after = read(folder)
    assert after.revision == before.revision and after.digest != before.digest
    assert str(folder.parent) not in before.digest


# --- revision


def test_the_revision_follows_the_weights_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    copy = make_folder(tmp_path / "elsewhere" / "other-name")
    assert read(copy).revision == read(folder).revision
    assert base_from_folder(folder, "tiny", "commit").revision == "commit"
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert read(copy).revision != read(folder).revision


def shard(folder: Path, names: list[str]) -> None:
    (folder / "model.safetensors").unlink()
    for number, name in enumerate(names):
        save_file({f"w{number}": np.full(4, number, dtype=np.float32)}, folder / name)
    weight_map = {f"w{number}": name for number, name in enumerate(names)}
    write_json(folder, "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})


SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


def test_parts_count_all_and_in_their_order(folder: Path) -> None:
    whole = read(folder).revision
    shard(folder, SHARDS)
    parts = read(folder).revision
    assert parts != whole
    first, second = (folder / name for name in SHARDS)
    swapped = folder / "swap"
    first.rename(swapped), second.rename(first), swapped.rename(second)
    refused(folder, "does not hold w0, which the index says")
    weight_map = dict(zip(("w1", "w0"), SHARDS, strict=True))
    write_json(folder, "model.safetensors.index.json", {"weight_map": weight_map})
    assert read(folder).revision != parts


# --- stop tokens


@pytest.mark.parametrize("declared", [7, [7], [7, 0], [7, 9_999]])
def test_every_declared_stop_token_counts(folder: Path, declared: Any) -> None:
    write_json(folder, "generation_config.json", {"eos_token_id": declared})
    assert read(folder).renderer.stop_ids == {7, 0, 2}  # generation, config, tokenizer's eos


def test_the_end_of_turn_of_the_template_counts(folder: Path, config: Change, settings: Change) -> None:
    config(eos_token_id=None)
    settings(eos_token="<|endoftext|>")
    assert read(folder).renderer.stop_ids == {0, 2}
    settings(eos_token="<|endoftext|>", chat_template=None)
    assert read(folder).renderer.stop_ids == {0}


def test_a_model_that_never_stops_is_refused(folder: Path, config: Change, settings: Change) -> None:
    config(eos_token_id=None)
    settings(eos_token=None, chat_template="{{ messages[0].content }}")
    refused(folder, "names no stop token", "generation_config.json")


@pytest.mark.parametrize("value", ["2", 2.5, -1, True, [[2]], {"id": 2}])
def test_a_malformed_stop_token_is_refused(folder: Path, value: Any) -> None:
    write_json(folder, "generation_config.json", {"eos_token_id": value})
    refused(folder, "tiny/generation_config.json", "eos_token_id")


# --- special tokens and templates


def test_special_tokens_may_be_text_or_objects_or_lie_in_the_older_file(
    folder: Path, settings: Change
) -> None:
    template = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"
    settings(chat_template=template, eos_token={"content": "<|endoftext|>"}, bos_token=None)
    write_json(folder, "special_tokens_map.json", {"bos_token": "<|im_start|>", "eos_token": "ignored"})
    assert read(folder).renderer.prompt(TALK[:1]).tolist() == [
        1,
        *read(folder).renderer.tokenizer.encode("a?"),
        0,
    ]
    settings(eos_token=["<|im_end|>"])
    refused(folder, "eos_token is not text")


def said(folder: Path) -> str:
    base = read(folder)
    return base.renderer.tokenizer.decode(base.renderer.prompt(TALK[:1]).tolist())


def test_the_template_is_looked_for_where_the_field_puts_it(folder: Path, settings: Change) -> None:
    named = [{"name": "tool_use", "template": "tool"}, {"name": "default", "template": "named"}]
    settings(chat_template=named)
    assert said(folder) == "named"
    settings(chat_template=named[:1])
    assert said(folder) == "tool"
    write_json(folder, "chat_template.json", {"chat_template": "beside"})
    assert said(folder) == "beside"
    (folder / "chat_template.jinja").write_text("file")
    assert said(folder) == "file"


@pytest.mark.slow  # the import alone takes seconds; the test above finds the same by hand
def test_transformers_finds_the_same_template_and_tokens(folder: Path, settings: Change) -> None:
    transformers = pytest.importorskip("transformers")
    sources: list[Callable[[], object]] = [
        lambda: None,
        lambda: settings(chat_template=[{"name": "default", "template": CHATML + "!"}]),
        lambda: (folder / "chat_template.jinja").write_text(CHATML + "?"),
    ]
    for prepare in sources:
        prepare()
        theirs = transformers.AutoTokenizer.from_pretrained(folder)
        turns = [{"role": "user", "content": "Who?"}]
        expected = theirs.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
        assert read(folder).renderer.prompt([Message("user", "Who?")]).tolist() == list(expected)
        assert theirs.eos_token_id in read(folder).renderer.stop_ids


@pytest.mark.parametrize(
    "value",
    [[{"name": "a", "template": "1"}, {"name": "b", "template": "2"}], 5, ["x"], [{"name": ["default"]}]],
)
def test_templates_without_a_default_are_refused(folder: Path, settings: Change, value: Any) -> None:
    settings(chat_template=value)
    refused(folder, "none that is called default")


@pytest.mark.parametrize("value", [None, "", []])
def test_no_template_means_questions_and_answers(folder: Path, settings: Change, value: Any) -> None:
    settings(chat_template=value)
    assert "a?" in said(folder) and "user" not in said(folder)


def test_a_folder_without_a_template_starts_as_its_tokenizer_does(folder: Path, settings: Change) -> None:
    from tokenizers import processors

    from .conftest import byte_tokenizer

    starting = byte_tokenizer()
    starting.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", 1)]
    )
    starting.save(str(folder / "tokenizer.json"))
    assert read(folder).renderer.prompt(TALK[:1]).tolist().count(1) == 2  # the template's own two, none added
    settings(chat_template=None)
    assert read(folder).renderer.prompt(TALK[:1])[0] == 1
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|im_end|>"}))
    assert read(folder).renderer.conversation(TALK).ids[-2:].tolist()[0] == 2


def test_an_unreadable_template_is_refused(folder: Path) -> None:
    (folder / "chat_template.jinja").write_bytes(b"\xff\xfe\xff")
    refused(folder, "chat_template.jinja cannot be read")


# --- folders that are refused


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_that_comes_with_a_model_is_refused(folder: Path, file: str) -> None:
    content = json.loads((folder / file).read_text())
    write_json(folder, file, {**content, "auto_map": {"AutoConfig": "evil.Config"}})
    refused(folder, f"tiny/{file}", "auto_map", "runs no code")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "weights.ckpt", "w.pkl"])
def test_weights_as_pickle_alone_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x80\x04.")
    assert read(folder).id == "tiny"  # beside safetensors they are never looked at
    (folder / "model.safetensors").unlink()
    refused(folder, "pickle", "can run code", "save_pretrained")


def test_missing_parts_are_named(folder: Path) -> None:
    shard(folder, SHARDS)
    (folder / SHARDS[1]).unlink()
    refused(folder, SHARDS[1], "its index names")
    (folder / "model.safetensors.index.json").unlink()
    refused(folder, "lacks model.safetensors.index.json")
    (folder / SHARDS[0]).unlink()
    refused(folder, "has no weights")


@pytest.mark.parametrize(
    "weight_map",
    [
        *({}, None, {"w": 3}, {"w": "../../secret.safetensors"}, {"w": "/etc/passwd"}),
        *(
            {"w": "a\\b.safetensors"},
            {"w": "pytorch_model.bin"},
            {"w": "x.safetensors\n"},
            {"w": ".a.safetensors"},
        ),
    ],
)
def test_an_index_that_reaches_elsewhere_is_refused(folder: Path, weight_map: Any) -> None:
    write_json(folder, "model.safetensors.index.json", {"weight_map": weight_map})
    refused(folder, "does not name safetensors files beside it")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"


@pytest.mark.parametrize("cut", [0, 4, 40, -1])
def test_a_cut_off_download_is_refused(folder: Path, cut: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:cut])
    refused(folder, "tiny/model.safetensors is not a whole safetensors file", "Download it again")
    file.write_bytes(POINTER)
    refused(folder, "is not a whole safetensors file")


WRONG = [
    ({"model_type": None}, "model_type"),
    ({"model_type": ""}, "model_type"),
    ({"vocab_size": None}, "vocab_size is None"),
    ({"vocab_size": "320"}, "vocab_size is '320'"),
    ({"vocab_size": True}, "vocab_size is True"),
    ({"vocab_size": 0}, "vocab_size is 0"),
    ({"vocab_size": 100}, "Tokenizer and weights are from different models"),
    ({"max_position_embeddings": None}, "max_position_embeddings is None"),
    ({"max_position_embeddings": 1e3}, "not a positive whole number"),
    ({"architectures": ["BertForMaskedLM"]}, "BertForMaskedLM"),
    ({"architectures": "LlamaForCausalLM"}, "not a list of names"),
    ({"is_encoder_decoder": True}, "no causal language model"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_a_wrong_config_is_refused(folder: Path, config: Change, changes: dict[str, Any], words: str) -> None:
    config(**changes)
    refused(folder, words)


def test_gpt2_calls_its_context_otherwise(folder: Path, config: Change) -> None:
    config(max_position_embeddings=None, n_positions=48, architectures=["GPT2LMHeadModel"])
    assert read(folder).context == 48


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"null", b"[" * 100_000])
def test_json_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        before = (folder / name).read_bytes() if (folder / name).exists() else b"{}"
        (folder / name).write_bytes(content)
        refused(folder, f"tiny/{name}")
        (folder / name).write_bytes(before)


def test_an_adapter_or_an_empty_folder_is_no_model(folder: Path, tmp_path: Path) -> None:
    (folder / "config.json").unlink()
    refused(folder, "no model folder")
    (folder / "adapter_config.json").write_text("{}")
    refused(folder, "an adapter", "base model")
    refused(tmp_path / "absent", "no config.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "model_type",
    "vocab_size",
    "max_position_embeddings",
    "eos_token_id",
    "architectures",
    "chat_template",
]
KEYS += ["eos_token", "bos_token", "is_encoder_decoder", "weight_map"]
FILES = ["config.json", "tokenizer_config.json", "generation_config.json", "chat_template.json"]
FILES += ["special_tokens_map.json", "model.safetensors.index.json"]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=st.sampled_from(FILES), key=st.sampled_from(KEYS), value=json_values)
def test_any_json_at_all_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, file: str, key: str, value: Any
) -> None:
    folder = make_folder(tmp_path_factory.mktemp("fuzz") / "tiny")
    content = json.loads((folder / file).read_text()) if (folder / file).exists() else {}
    write_json(folder, file, {**content, key: value})
    try:
        base = read(folder)
        assert base.context > 0 and base.renderer.stop_ids
    except ModelError as error:
        assert error.message
    shutil.rmtree(folder)
