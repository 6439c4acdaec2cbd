"""`engram export` and `engram adapters convert`: which adapter is meant, what is said, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from tests.support.road import engram

from engram.backends.base import AdapterWeights
from engram.errors import AdapterError
from engram.formats.export import Source, export
from engram.home import Home
from engram.models.base import Base
from engram.models.resolve import resolve
from engram.training.versions import publish_version
from engram.types import Message

pytest.importorskip("gguf")


def publish(home: Path, base: Base, rank: int = 2, blocks: tuple[int, ...] = (4, 5)) -> str:
    """A random adapter on seedling's last two blocks, as a version of the home."""
    random = np.random.default_rng(1)
    tensors = {}
    for block in blocks:
        place = f"base_model.model.model.layers.{block}.self_attn.q_proj"
        tensors[f"{place}.lora_A.weight"] = random.standard_normal((rank, 256)).astype(np.float32)
        tensors[f"{place}.lora_B.weight"] = random.standard_normal((256, rank)).astype(np.float32)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": 4,
        "lora_dropout": 0.0,
        "target_modules": ["q_proj"],
        "layers_to_transform": list(blocks),
        "bias": "none",
        "base_model_name_or_path": base.id,
        "revision": base.revision,
    }
    place = Home(home).create()
    return publish_version(place, base, AdapterWeights(tensors, config), {"steps": 3}).name


@pytest.fixture
def base(isolated: Path) -> Base:
    """Seedling, with v1 in service."""
    found = resolve("seedling")
    assert publish(isolated, found) == "2026-11-21-1"
    assert engram("adapters", "use", "v1").code == 0
    return found


FILES = {
    "merged": {"model.safetensors", "config.json", "generation_config.json", "tokenizer.json"}
    | {"tokenizer_config.json", "chat_template.jinja"},
    "peft": {"adapter_model.safetensors", "adapter_config.json"},
    "mlx": {"adapters.safetensors", "adapter_config.json"},
    "gguf": {"model.gguf"},
    "gguf-lora": {"adapter.gguf"},
    "ollama": {"model.gguf", "Modelfile"},
}


@pytest.mark.parametrize("form", FILES)
def test_every_format(base: Base, place: Path, form: str) -> None:
    said = engram("export", "--format", form, "--out", "out", "--json")
    assert said.code == 0, said.err
    assert (
        said.json["adapter"] == "2026-11-21-1"
        and said.json["base"] == "seedling"
        and said.json["format"] == form
    )
    assert set(said.json["files"]) == FILES[form] | {"manifest.json"}
    assert {file.name for file in (place / "out").iterdir()} == set(said.json["files"])
    manifest = json.loads((place / "out" / "manifest.json").read_bytes())
    assert manifest["source"]["manifest"]["steps"] == 3 and manifest["source"]["name"] == "2026-11-21-1"
    assert str(place).encode() not in b"".join(file.read_bytes() for file in (place / "out").iterdir())
    assert (
        "again: seedling with 2026-11-21-1" in engram("export", "v1", "--format", form, "--out", "again").out
    )
    for file in FILES[form]:
        assert (place / "out" / file).read_bytes() == (place / "again" / file).read_bytes()


def test_peft_is_the_versions_own_bytes(base: Base, place: Path, isolated: Path) -> None:
    engram("export", "v1", "--format", "peft", "--out", "out")
    for name in FILES["peft"]:
        assert (place / "out" / name).read_bytes() == (
            isolated / "adapters" / "2026-11-21-1" / name
        ).read_bytes()


def test_the_flag_and_the_code_name_the_same_formats() -> None:
    from engram.cli import convert
    from engram.cli.export import Format
    from engram.formats.convert import FORMATS as adapters
    from engram.formats.export import FORMATS

    assert set(get_args(Format)) == set(FORMATS) and set(get_args(convert.Format)) == set(adapters)


def test_the_bare_base(base: Base, place: Path) -> None:
    said = engram("export", "none", "--format", "gguf", "--out", "bare")
    assert said.code == 0 and "seedling with none" in said.out and "smollm" in said.err
    for form in ("merged", "peft", "mlx", "gguf-lora"):
        said = engram("export", "none", "--format", form, "--out", "out")
        assert said.code == 2 and "without an adapter" in said.err and not (place / "out").exists()
    engram("adapters", "use", "none")
    assert "without an adapter" in engram("export", "--format", "peft", "--out", "out").err


def test_nothing_is_overwritten(base: Base, place: Path) -> None:
    (place / "out").mkdir()
    (place / "out" / "mine").write_text("x")
    for words in (["export", "v1", "--format", "mlx"], ["adapters", "convert", "v1", "--to", "mlx"]):
        said = engram(*words, "--out", "out")
        assert said.code == 1 and "never overwritten" in said.err
    assert [file.name for file in (place / "out").iterdir()] == ["mine"]
    said = engram("export", "v1", "--format", "mlx", "--out", "no/such/folder")
    assert said.code == 1 and "No such file" in said.err


def test_a_version_trained_in_another_template_needs_that_template(base: Base, place: Path) -> None:
    said = engram("export", "v1", "--format", "merged", "--out", "out", "--template", "alpaca")
    assert said.code == 1 and "was trained with" in said.err and not (place / "out").exists()


def test_weights_are_not_exported_with_a_template_that_was_not_trained(base: Base, isolated: Path) -> None:
    """Also where both templates are called the same, as two files or two revisions may be."""
    source = Source(resolve("seedling", template="chatml"), isolated / "adapters" / "2026-11-21-1")
    source = replace(source, base=replace(source.base, template=""))
    for form in ("merged", "gguf", "gguf-lora", "ollama"):
        with pytest.raises(AdapterError, match="2026-11-21-1 was trained with another chat template"):
            export(source, form, Path("out"))
    export(source, "peft", Path("out"))


def test_a_chosen_template_goes_along(isolated: Path, place: Path) -> None:
    from transformers import AutoTokenizer, GenerationConfig

    alpaca = resolve("seedling", template="alpaca")
    publish(isolated, alpaca)
    said = engram("export", "v1", "--format", "merged", "--out", "out", "--template", "alpaca")
    assert said.code == 0, said.err
    chat = [{"role": "user", "content": "What is 2 + 2?"}]
    stock = AutoTokenizer.from_pretrained(str(place / "out"))
    ours = alpaca.renderer.prompt([Message("user", "What is 2 + 2?")]).tolist()
    assert stock.apply_chat_template(chat, add_generation_prompt=True, return_dict=False) == ours
    stops = GenerationConfig.from_pretrained(str(place / "out")).eos_token_id
    assert set(stops) == alpaca.renderer.stop_ids
    said = engram("export", "v1", "--format", "ollama", "--out", "ollama", "--template", "alpaca")
    assert said.code == 0 and "Alpaca" in said.err
    assert "### Instruction:" in (place / "ollama" / "Modelfile").read_text()


def test_convert_there_and_back(base: Base, place: Path) -> None:
    said = engram("adapters", "convert", "v1", "--to", "mlx", "--out", "mlx", "--json")
    assert said.code == 0, said.err
    assert said.json["rank"] == 2 and said.json["scale"] == 2.0 and said.json["base"] == "seedling"
    assert json.loads((place / "mlx" / "adapter_config.json").read_text())["num_layers"] == 2
    assert "mlx as peft, rank 2" in engram("adapters", "convert", "mlx", "--to", "peft", "--out", "peft").out
    assert engram("adapters", "convert", "peft", "--to", "mlx", "--out", "back").code == 0
    for file in FILES["mlx"]:
        assert (place / "mlx" / file).read_bytes() == (place / "back" / file).read_bytes()
    said = engram("adapters", "convert", "v1", "--to", "peft", "--out", "out")
    assert said.code == 2 and "already" in said.err


def test_a_plain_folder_needs_its_base_named(base: Base, place: Path, isolated: Path) -> None:
    folder = isolated / "adapters" / "2026-11-21-1"
    said = engram("adapters", "convert", folder, "--to", "mlx", "--out", "out")
    assert said.code == 1 and "--model" in said.err and not (place / "out").exists()
    assert (
        engram("adapters", "convert", folder, "--to", "mlx", "--out", "out", "--model", "seedling").code == 0
    )
    said = engram("adapters", "convert", folder, "--to", "mlx", "--out", "more", "--model", "nothing-like-it")
    assert said.code == 1 and "nothing-like-it" in said.err


def test_a_folder_is_converted_without_a_home(base: Base, place: Path, isolated: Path) -> None:
    engram("adapters", "convert", "v1", "--to", "mlx", "--out", "mlx")
    said = engram("adapters", "convert", "mlx", "--to", "peft", "--out", "out", "--home", "nowhere")
    assert said.code == 0 and not (place / "nowhere").exists()


def test_a_broken_version_is_not_exported(base: Base, place: Path, isolated: Path) -> None:
    file = isolated / "adapters" / "2026-11-21-1" / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    for words in (["export", "v1", "--format", "merged"], ["adapters", "convert", "v1", "--to", "mlx"]):
        said = engram(*words, "--out", "out")
        assert said.code == 1 and "does not match its digest" in said.err and not (place / "out").exists()


def test_names_that_are_no_adapters(base: Base, place: Path) -> None:
    for words in (["export", "v2", "--format", "mlx"], ["adapters", "convert", "v2", "--to", "mlx"]):
        said = engram(*words, "--out", "out")
        assert said.code == 2 and "'v2'" in said.err
    said = engram("adapters", "convert", "../../etc", "--to", "mlx", "--out", "out")
    assert said.code == 2 and "not a valid adapter name" in said.err
    said = engram("export", "--format", "mlx", "--out", "out", "--model", "fake")
    assert said.code == 2 and "fake answers without an adapter" in said.err
    said = engram("export", "none", "--format", "gguf", "--out", "out", "--model", "fake")
    assert said.code == 1 and "not exported" in said.err
