"""Promise 6: artifacts are data. Every hostile folder is refused with its reason, before anything is loaded.

Whoever would load weights, or read a pickle, is set to fail the test; the sound folders, of which the hostile
ones differ in one thing, are let through. Not here: the folders (hostile_artifacts.py).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.crafted import TRAP, WEIGHTS
from tests.faults.hostile_artifacts import ADAPTERS, MODELS, TEMPLATES
from tests.support.tiny import batch_of, tiny_base
from tests.unit.models.conftest import make_folder

from engram.backends.base import AdapterSpec, Backend, TrainSpec
from engram.errors import AdapterError, EngramError, ModelError
from engram.home import Home
from engram.models.base import Base
from engram.models.folder import base_from_folder
from engram.training.certificate import Witness
from engram.training.certified import load_certified
from engram.training.publish import publish_adapter
from engram.training.versions import find_version, publish_version

_watching: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook stays for good; it notes pickles only while a test says so."""
    if _watching and event == "pickle.find_class":
        _watching.append(f"{arguments[0]}.{arguments[1]}")


sys.addaudithook(_watch)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def sound(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of rank 4 with its certificate, as `engram teach` keeps it."""
    model = backend("torch").load(base)
    witness = Witness(model, "torch", model.dtype)
    session = model.begin_training(TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0)))
    for _ in range(3):
        session.step([batch_of(base, [("the sky?", "blue"), ("2+2", "4")])], 2e-2)
    folder = tmp_path_factory.mktemp("adapters") / "v1"
    publish_adapter(session.export(), witness.entry(), folder)
    return folder


def backend(name: str) -> Backend:
    if name == "torch":
        from engram.backends.torch.backend import TorchBackend

        return TorchBackend("cpu", "float32")
    pytest.importorskip("mlx_lm")
    from engram.backends.mlx.backend import MlxBackend

    made: Backend = MlxBackend("float32")
    return made


@pytest.fixture
def nothing_loads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Whoever loads weights fails, and no pickle is read, nor is one of ours sprung."""

    def reached(*_: object, **__: object) -> Any:
        raise AssertionError("something was loaded")

    monkeypatch.setattr("engram.backends.torch.backend._load_base", reached)
    monkeypatch.setattr("engram.backends.torch.lora.load_file", reached)
    monkeypatch.setattr("torch.load", reached)
    if "engram.backends.mlx.backend" in sys.modules:
        monkeypatch.setattr("engram.backends.mlx.backend._load_base", reached)
        monkeypatch.setattr("mlx.core.load", reached)
    monkeypatch.chdir(tmp_path)
    _watching[:] = ["pickles read:"]
    yield
    seen = _watching.copy()
    _watching.clear()
    assert seen == ["pickles read:"]
    assert not list(tmp_path.rglob(TRAP))


def test_there_are_sixty_and_no_two_alike() -> None:
    assert len(ADAPTERS) + len(MODELS) + len(TEMPLATES) >= 60
    assert len({case.harm for case in (*ADAPTERS.values(), *MODELS.values())}) == len(ADAPTERS) + len(MODELS)


@pytest.mark.parametrize("name", ["torch", "mlx"])
def test_the_sound_adapter_is_loaded(sound: Path, base: Base, name: str) -> None:
    model, replayed = load_certified(backend(name), base, sound, None)
    assert replayed and model.base.id == base.id


@pytest.mark.parametrize("case", ADAPTERS)
@pytest.mark.parametrize("name", ["torch", "mlx"])
def test_a_hostile_adapter_is_refused(
    sound: Path, base: Base, tmp_path: Path, case: str, name: str, request: pytest.FixtureRequest
) -> None:
    door = backend(name)
    request.getfixturevalue("nothing_loads")
    folder = tmp_path / "v9"
    shutil.copytree(sound, folder)
    (folder / "manifest.json").unlink()  # from elsewhere: there is no digest that would tell
    ADAPTERS[case].harm(folder)
    with pytest.raises(AdapterError) as caught:
        door.load(base, folder)
    assert ADAPTERS[case].words in str(caught.value), str(caught.value)
    assert "v9" in caught.value.message and str(tmp_path) not in caught.value.message.replace("cannot be", "")


def test_the_sound_model_is_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    (folder / "tokenizer.json").rename(folder / "kept.json")
    (folder / "tokenizer.json").symlink_to("kept.json")  # a link that stays
    assert base_from_folder(folder, "tiny").id == "tiny"


@pytest.mark.parametrize("case", MODELS)
def test_a_hostile_model_is_refused(tmp_path: Path, case: str, nothing_loads: None) -> None:
    folder = make_folder(tmp_path / "tiny")
    MODELS[case].harm(folder)
    with pytest.raises(ModelError) as caught:
        base_from_folder(folder, "tiny")
    assert MODELS[case].words in str(caught.value), str(caught.value)


@pytest.mark.parametrize("case", TEMPLATES)
def test_a_hostile_template_is_refused(tmp_path: Path, case: str, nothing_loads: None) -> None:
    source, words = TEMPLATES[case]
    folder = make_folder(tmp_path / "tiny")
    (folder / "chat_template.jinja").write_text(source, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        base_from_folder(folder, "tiny")
    assert words in str(caught.value), str(caught.value)


def test_links_of_the_hubs_cache_are_let_through_and_others_not(tmp_path: Path) -> None:
    snapshot = make_folder(tmp_path / "models--a--b" / "snapshots" / ("a" * 40))
    blobs = snapshot.parent.parent / "blobs"
    blobs.mkdir()
    for file in list(snapshot.iterdir()):
        file.rename(blobs / file.name)
        file.symlink_to(f"../../blobs/{file.name}")
    assert base_from_folder(snapshot, "a/b").context == 64
    (blobs / "config.json").rename(tmp_path / "config.json")
    (blobs / "config.json").symlink_to("../../config.json")
    with pytest.raises(ModelError, match="link that leaves its folder"):
        base_from_folder(snapshot, "a/b")


# --- versions of a home: every bit is known by its digest


@pytest.fixture
def home(sound: Path, base: Base, tmp_path: Path) -> Home:
    from safetensors.numpy import load_file

    from engram.backends.base import AdapterWeights

    place = Home(tmp_path / "home").create()
    config = json.loads((sound / "adapter_config.json").read_text("utf-8"))
    manifest = json.loads((sound / "manifest.json").read_text("utf-8"))
    weights = AdapterWeights(load_file(sound / WEIGHTS), config)
    publish_version(place, base, weights, {"certificate": manifest["certificate"]})
    return place


@pytest.mark.parametrize("file", [WEIGHTS, "adapter_config.json", "manifest.json"])
@pytest.mark.parametrize("bit", [0, 3_001, -1])
def test_one_flipped_bit_is_found(home: Home, base: Base, file: str, bit: int, nothing_loads: None) -> None:
    assert find_version(home, base, "2026-11-21-1")
    place = home.adapter("2026-11-21-1") / file
    data = bytearray(place.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    place.write_bytes(data)
    with pytest.raises(EngramError, match="2026-11-21-1/"):
        find_version(home, base, "2026-11-21-1")


def test_a_further_file_in_a_version_is_found(home: Home, base: Base, nothing_loads: None) -> None:
    (home.adapter("2026-11-21-1") / "extra.json").write_text("{}")
    with pytest.raises(AdapterError, match=r"extra\.json is not in the manifest"):
        find_version(home, base, "2026-11-21-1")
