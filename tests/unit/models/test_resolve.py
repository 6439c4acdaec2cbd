"""Names to models: what is found, in which order, and what is said when nothing is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engram.errors import ModelError
from engram.home import check_name
from engram.models import resolve as resolve_module
from engram.models.catalogue import CATALOGUE, DEFAULT, check_backend, hub_id_of
from engram.models.resolve import available_offline, cached_snapshot, is_hub_id, resolve

from .conftest import make_folder

QWEN = "Qwen/Qwen2-0.5B-Instruct"


def test_the_catalogue_has_the_promised_keys_and_sane_entries() -> None:
    promised = ["seedling", "smollm-135m", "smollm-360m", "smollm2-135m", "qwen2-0.5b", "phi-2"]
    assert list(CATALOGUE) == [*promised, "llama-3.2-3b", "llama-3.2-3b-4bit"]
    for key, entry in CATALOGUE.items():
        assert check_name("model", key) == entry.key == key
        assert (entry.hub_id is None) == (key == DEFAULT)
        assert entry.hub_id is None or is_hub_id(entry.hub_id)
        assert entry.context >= 1024 and entry.parameters > 1_000_000 and entry.licence and entry.notes
    assert hub_id_of("phi-2") == "microsoft/phi-2" and hub_id_of("me/mine") == "me/mine"
    assert hub_id_of(DEFAULT) == DEFAULT


def test_a_key_and_its_hub_id_are_one_model(cache: Path) -> None:
    by_key, by_id = resolve("qwen2-0.5b", cache), resolve(QWEN, cache)
    assert by_key.digest == by_id.digest
    assert (by_key.id, by_key.revision) == (QWEN, "a" * 40)


def test_any_other_hub_id_works(cache: Path) -> None:
    base = resolve("me/mine", cache)
    assert (base.id, base.revision, base.folder.name) == ("me/mine", "b" * 40, "b" * 40)


def test_a_folder_works_by_any_path_and_is_called_by_its_name_and_weights(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resolve(str(folder), cache)
    assert whole.id == f"tiny@{whole.revision[:8]}" and whole.folder == folder.resolve()
    monkeypatch.chdir(folder)
    assert resolve(".", cache).digest == whole.digest
    monkeypatch.setenv("HOME", str(folder.parent))
    assert resolve("~/tiny", cache).digest == whole.digest


def test_a_folder_goes_before_a_hub_id_and_a_key_before_a_folder(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path / "me" / "mine")
    make_folder(tmp_path / "qwen2-0.5b")
    assert resolve("me/mine", cache).id.startswith("mine@")
    assert resolve("qwen2-0.5b", cache).id == QWEN


def test_what_is_whole_is_available_offline(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_module, "SEEDLING", cache / "absent")
    assert available_offline(cache) == ["me/mine", "qwen2-0.5b"]  # not the one without weights, no data set
    monkeypatch.setattr(resolve_module, "SEEDLING", make_folder(cache.parent / "seedling"))
    assert available_offline(cache) == ["seedling", "me/mine", "qwen2-0.5b"]
    assert available_offline(cache.parent / "absent") == ["seedling"]
    (cache.parent / "file").write_text("")
    assert available_offline(cache.parent / "file") == ["seedling"]


def test_seedling_comes_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_module, "SEEDLING", tmp_path / "seedling")
    with pytest.raises(ModelError, match="seedling is not in this installation"):
        resolve("seedling")
    make_folder(tmp_path / "seedling")
    base = resolve("seedling")
    assert base.id == "seedling" and len(base.revision) == 64


def test_folders_of_one_name_are_told_apart_and_none_is_taken_for_the_embedded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, mine, theirs = (make_folder(tmp_path / place / "seedling") for place in ("package", "a", "b"))
    save_file({"w": np.ones(6, dtype=np.float32)}, theirs / "model.safetensors")
    monkeypatch.setattr(resolve_module, "SEEDLING", package)
    ids = [resolve(str(folder)).id for folder in (package, mine, theirs)]
    assert ids[0] == "seedling" and len(set(ids)) == 3
    assert all(re.fullmatch(r"seedling@[0-9a-f]{8}", id) for id in ids[1:])


@pytest.mark.parametrize("name", ["C:\\models\\big", "two words", "a:b", "-x-", "日本"])
def test_a_folder_of_any_name_gets_a_plain_id(tmp_path: Path, name: str) -> None:
    assert re.fullmatch(r"[\w.-]+@[0-9a-f]{8}", resolve(str(make_folder(tmp_path / name))).id)


def test_mlx_weights_are_refused_by_other_backends() -> None:
    for name in ("llama-3.2-3b-4bit", "mlx-community/Llama-3.2-3B-Instruct-4bit"):
        with pytest.raises(
            ModelError, match=r"only the mlx backend reads; this is the torch backend"
        ) as caught:
            check_backend(name, "torch")
        assert "llama-3.2-3b," in caught.value.hint and "4bit" not in caught.value.hint
        check_backend(name, "mlx")
    for name in ("seedling", "phi-2", "me/mine", ""):
        check_backend(name, "torch")


def test_the_fake_needs_nothing() -> None:
    assert resolve("fake").id == "fake"


def test_a_model_that_is_not_here_says_how_to_get_it(cache: Path) -> None:
    for name in ("phi-2", "someone/else"):
        with pytest.raises(ModelError) as caught:
            resolve(name, cache)
        assert f"engram models pull {name}" in caught.value.hint
        assert "me/mine, qwen2-0.5b" in caught.value.hint
    assert cached_snapshot("someone/else", cache) is None


def test_a_misspelt_key_is_guessed(cache: Path) -> None:
    with pytest.raises(ModelError, match=r"Did you mean smollm2-135m"):
        resolve("smolm2-135m", cache)


def test_nothing_downloaded_and_nothing_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_module, "SEEDLING", tmp_path / "absent")
    with pytest.raises(ModelError, match="no model yet"):
        resolve("phi-2", tmp_path / "absent")


HOSTILE = [
    "",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a/../b",
    "a/..",
    "./x",
    "a/b/c",
    "a//b",
    "~nobody-here/x",
]
HOSTILE += [
    "a/b\0",
    "\0",
    "a/b\n",
    "x" * 5000,
    "https://huggingface.co/a/b",
    "file:///etc",
    "a\\b",
    "-a/b",
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_neither_hub_ids_nor_anything_but_a_sentence(name: str, cache: Path) -> None:
    assert not is_hub_id(name)
    if name == "..":
        return  # a folder like any other, see above
    with pytest.raises(ModelError) as caught:
        resolve(name, cache)
    assert len(caught.value.message) < 400


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40) | st.from_regex(r"[\w.-]{1,9}/[\w.-]{1,9}", fullmatch=True))
def test_any_name_at_all_is_a_model_error(name: str, cache: Path) -> None:
    try:
        base = resolve(name, cache)
        assert base.id in ("fake", "seedling", QWEN)
    except ModelError as error:
        assert error.message
