"""Downloading, with a download that is handed in: no test leaves the machine."""

from __future__ import annotations

import errno
import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import errors

from engram.errors import ModelError, UsageError
from engram.models.pull import NOT_WANTED, WANTED, hub_download, pull

from .conftest import make_folder

ID = "HuggingFaceTB/SmolLM2-135M-Instruct"


def test_a_key_is_downloaded_by_its_hub_id_and_read(tmp_path: Path) -> None:
    asked: list[str] = []
    said: list[str] = []

    def download(hub_id: str) -> str:
        asked.append(hub_id)
        return str(make_folder(tmp_path / ("e" * 40)))

    base = pull("smollm2-135m", said.append, download)
    assert asked == [ID]
    assert (base.id, base.revision) == (ID, "e" * 40)
    assert len(said) == 2 and "Apache-2.0" in said[0] and "eeeeeeeeeeee" in said[1]


def test_what_only_mlx_reads_is_not_downloaded_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "llama-3.2-3b-4bit"
    monkeypatch.setattr("engram.models.pull.find_spec", lambda library: None)
    with pytest.raises(ModelError, match="only the mlx backend"):
        pull(name, print, lambda hub_id: pytest.fail("asked for it"))
    monkeypatch.setattr("engram.models.pull.find_spec", lambda library: library)
    base = pull(name, lambda text: None, lambda hub_id: str(make_folder(tmp_path / "f")))
    assert base.id == "mlx-community/Llama-3.2-3B-Instruct-4bit"


def test_another_model_s_licence_is_pointed_to(tmp_path: Path) -> None:
    said: list[str] = []
    pull("me/mine", said.append, lambda hub_id: str(make_folder(tmp_path / "f")))
    assert "licence" in said[0]


@pytest.mark.parametrize(
    "name", ["seedling", "", "nonsense", "../up", "a/b/c", "/abs/olute", "a/..", "x" * 999]
)
def test_what_cannot_be_downloaded_is_never_asked_for(name: str) -> None:
    asked: list[str] = []

    def download(hub_id: str) -> str:
        asked.append(hub_id)
        return ""

    with pytest.raises(UsageError):
        pull(name, print, download)
    assert asked == []


class ConnectError(Exception):
    """Stands for the HTTP library's own error, which is no OSError and differs by the library's version."""


def response() -> Any:
    """As much of an HTTP response as the Hub's errors look at."""
    return SimpleNamespace(headers={}, request=None)


FAILURES = [
    (
        errors.GatedRepoError("x", response=response()),
        ["gated", f"https://huggingface.co/{ID}", "HF_TOKEN"],
    ),
    (errors.RepositoryNotFoundError("x", response=response()), ["no model", "spelling"]),
    (errors.RevisionNotFoundError("x", response=response()), ["no model"]),
    (errors.OfflineModeIsEnabled("x"), ["HF_HUB_OFFLINE is set", "Unset"]),
    (OSError(errno.ENOSPC, "No space left"), ["disk is full", "HF_HOME"]),
    (PermissionError(errno.EACCES, "Permission denied"), ["cannot be stored", "HF_HOME"]),
    (errors.LocalEntryNotFoundError("no connection\nmore"), ["no connection", "Check the connection"]),
    (ConnectError("name resolution"), ["name resolution", "pull again"]),
    (TimeoutError(), ["TimeoutError"]),
]


@pytest.mark.parametrize(("failure", "words"), FAILURES)
def test_every_failure_is_a_sentence_with_a_next_step(failure: Exception, words: list[str]) -> None:
    def download(hub_id: str) -> str:
        raise failure

    with pytest.raises(ModelError) as caught:
        pull("smollm2-135m", lambda text: None, download)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert ID in caught.value.message and caught.value.hint and "\n" not in str(caught.value)
    assert caught.value.__cause__ is failure


def test_an_interrupt_is_not_swallowed() -> None:
    def download(hub_id: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("phi-2", lambda text: None, download)


def test_a_download_that_holds_pickles_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "f")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickle"):
        pull("me/mine", lambda text: None, lambda hub_id: str(folder))


def test_offline_is_respected_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(errors.OfflineModeIsEnabled):
        hub_download(ID)


def test_the_real_download_asks_for_data_at_the_top_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, object]] = []

    def snapshot_download(hub_id: str, **options: object) -> str:
        calls.append({"hub_id": hub_id, **options})
        return "/there"

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert hub_download(ID) == "/there"
    assert calls == [{"hub_id": ID, "allow_patterns": list(WANTED), "ignore_patterns": list(NOT_WANTED)}]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        *(
            (name, True)
            for name in ("model-00001-of-00002.safetensors", "config.json", "chat_template.jinja")
        ),
        *((name, False) for name in ("pytorch_model.bin", "modeling_x.py", "onnx/config.json", "model.gguf")),
        *((name, False) for name in ("original/consolidated.00.pth", "README.md", "training_args.bin")),
    ],
)
def test_code_and_pickles_are_not_among_the_files_fetched(file: str, wanted: bool) -> None:
    allowed = any(fnmatch.fnmatch(file, pattern) for pattern in WANTED)
    assert (allowed and not any(fnmatch.fnmatch(file, pattern) for pattern in NOT_WANTED)) is wanted
