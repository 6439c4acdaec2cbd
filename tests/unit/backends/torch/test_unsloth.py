"""What Unsloth is asked, by a stand-in; what its kernels compute needs a GPU and is not shown here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

pytest.importorskip("peft")

from tests.support.tiny import tiny_base

from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.model import TorchModel
from engram.backends.torch.unsloth import check_unsloth, load_with_unsloth
from engram.errors import MissingBackend, ModelError, UsageError
from engram.types import Sampling

GPU = torch.device("cuda")
STAND_IN = """
import os
class FastLanguageModel:
    asked = {}
    @classmethod
    def from_pretrained(cls, **asked):
        cls.asked = asked | {"statistics off": "UNSLOTH_DISABLE_STATISTICS" in os.environ,
                             "offline": os.environ.get("HF_HUB_OFFLINE")}
        if asked["max_seq_length"] > 256:
            raise RuntimeError("no kernel for this")
        return "a model", "a tokenizer"
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "unsloth.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("unsloth", None)


@pytest.mark.usefixtures("stand_in")
def test_it_is_asked_for_local_files_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    base = tiny_base(tmp_path / "model")
    model = load_with_unsloth(base, GPU, torch.bfloat16, in_4bit=True)
    asked = sys.modules["unsloth"].FastLanguageModel.asked
    assert model == "a model"
    assert asked["model_name"] == str(base.folder) and asked["max_seq_length"] == base.context
    assert asked["load_in_4bit"] and asked["dtype"] == torch.bfloat16
    assert asked["local_files_only"] and not asked["trust_remote_code"]
    assert asked["statistics off"] and asked["offline"] == "1"
    assert "UNSLOTH_DISABLE_STATISTICS" not in os.environ and "HF_HUB_OFFLINE" not in os.environ


@pytest.mark.usefixtures("stand_in")
def test_its_failure_is_said_in_a_sentence(tmp_path: Path) -> None:
    base = replace(tiny_base(tmp_path / "model"), context=512)
    with pytest.raises(ModelError, match="no kernel for this") as caught:
        load_with_unsloth(base, GPU, torch.float16, in_4bit=False)
    assert "--accelerator" in str(caught.value.hint)


def test_it_needs_a_gpu_and_itself() -> None:
    with pytest.raises(ModelError, match="NVIDIA GPU; the device is cpu"):
        check_unsloth(torch.device("cpu"))
    if find_spec("unsloth"):
        pytest.skip("Unsloth is installed here")
    with pytest.raises(MissingBackend, match="not installed"):
        check_unsloth(GPU)


def test_on_a_cpu_it_is_refused_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="NVIDIA GPU"):
        TorchBackend("cpu", accelerator="unsloth").load(tiny_base(tmp_path / "model"))


def test_a_model_loaded_for_training_does_not_answer(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "model")
    loaded = TorchBackend("cpu", "float32").load(base)
    trains_only = TorchModel(base, loaded._module, None, GPU, torch.float32, answers=False)
    with pytest.raises(UsageError, match="training only") as caught:
        trains_only.generate([base.renderer.tokenizer.encode("hi")], Sampling())  # type: ignore[list-item]
    assert "--accelerator" in str(caught.value.hint)
