"""`engram adapters` and what wears one: choosing, taking off, other bases, broken files, hostile names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.faults.test_names import PAYLOADS
from tests.support.road import SMALL, Said, engram

from engram.models.fake import fake_base
from engram.store.adapters import AdapterVersions
from engram.store.database import Database

EVAL = ["eval", "--suite", "skills", "--retention-items", "10", "--consistency-runs", "2"]
EVAL += ["--consistency-probes", "1", "--model", "fake", "--json"]


@pytest.fixture(autouse=True)
def short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: ())


def serving() -> list[str]:
    return [row["name"] for row in engram("adapters", "list", "--json").json if row["in_service"]]


def test_use_and_none(taught: Said) -> None:
    assert serving() == []
    assert "fake now answers with v1" in engram("adapters", "use", "v1").out
    assert serving() == ["v1"] and "in service" in engram("adapters", "list").out
    assert "(in service)" in engram("adapters", "show", "v1").out
    assert engram("adapters", "use", "none").code == 0
    assert serving() == ["v1"], "the default model is another one"
    assert engram("adapters", "use", "none", "--model", "fake").code == 0
    assert serving() == []


def test_eval_wears_the_one_in_service_unless_told(taught: Said) -> None:
    assert engram(*EVAL).json["adapter"] is None
    engram("adapters", "use", "v1")
    both = engram(*EVAL).json
    assert (both["baseline"]["adapter"], both["tuned"]["adapter"]) == (None, "v1")
    assert engram(*EVAL, "--one-side").json["adapter"] == "v1"
    assert engram(*EVAL, "--adapter", "none").json["adapter"] is None


def test_an_unknown_model_has_no_adapter_to_take_off(taught: Said) -> None:
    said = engram("adapters", "use", "none", "--model", "fakee")
    assert said.code == 1 and "fakee" in said.err


def test_before_anything_was_taught(isolated: Path) -> None:
    assert "engram teach" in engram("adapters", "list").out and not isolated.exists()
    for words in (("adapters", "show", "v1"), ("adapters", "use", "v1"), (*EVAL, "--adapter", "v1")):
        said = engram(*words)
        assert said.code == 2 and "None has been made yet" in said.err


def test_a_wrong_name_is_answered_with_those_that_exist(taught: Said) -> None:
    said = engram("adapters", "show", "v11")
    assert said.code == 2 and "Did you mean v1?" in said.err


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "adapter_config.json", "report.html"])
def test_a_broken_file_is_refused_by_name(taught: Said, isolated: Path, file: str) -> None:
    engram("adapters", "use", "v1")
    broken = isolated / "adapters" / "v1" / file
    broken.write_bytes(broken.read_bytes()[:-1] + b"\xff")
    for words in (["adapters", "show", "v1"], ["adapters", "use", "v1"], EVAL):
        said = engram(*words)
        assert said.code == 1 and f"v1/{file}" in said.err and said.out == "", words
    broken.unlink()
    assert f"v1/{file}" in engram("adapters", "show", "v1").err
    assert engram("adapters", "list").code == 0
    assert engram("adapters", "use", "none", "--model", "fake").code == 0
    assert engram(*EVAL).code == 0


def test_a_folder_rewritten_in_itself_consistently_is_refused(taught: Said, isolated: Path) -> None:
    manifest = isolated / "adapters" / "v1" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | {"steps": content["steps"] + 1}), encoding="utf-8")
    for words in (["adapters", "show", "v1"], ["adapters", "use", "v1"], [*EVAL, "--adapter", "v1"]):
        said = engram(*words)
        assert said.code == 1 and "not the one that was registered" in said.err, words


def test_an_adapter_of_another_base_or_revision_is_refused(taught: Said, isolated: Path) -> None:
    both = f"another revision of fake (000000000000, and this is {fake_base().revision[:12]})"
    for column, value, said_so in (
        ("base_revision", "0" * 64, both),
        ("base_id", "other/base", "trained on other/base, not on fake"),
    ):
        with Database.open(isolated / "memory.db") as database, database.write():
            database.rows(f"UPDATE adapter_version SET {column} = ?", (value,))
        said = engram(*EVAL, "--adapter", "v1")
        assert said.code == 1 and said_so in " ".join(said.err.split())


def test_no_payload_becomes_a_path(taught: Said, place: Path, isolated: Path) -> None:
    """Promise 5, through the doors of the command line."""
    everything = sorted(path for folder in (place, isolated) for path in folder.rglob("*"))
    for payload in PAYLOADS:
        for words in (
            ["adapters", "show", "--", payload],
            ["adapters", "use", "--", payload],
            [*EVAL, f"--adapter={payload}"],
            ["teach", "tiny.yaml", *SMALL, f"--run={payload}"],
            ["teach", "tiny.yaml", *SMALL, "--resume", f"--run={payload}"],
            ["train", "--data", "rows", "--model", "fake", f"--run={payload}"],
        ):
            said = engram(*words)
            assert said.code == 2 and "is not a valid" in said.err, (words, said)
            assert len(said.err.splitlines()) == 2 and all(map(str.isprintable, said.err.splitlines()))
    assert sorted(path for folder in (place, isolated) for path in folder.rglob("*")) == everything
    with Database.open(isolated / "memory.db") as database:
        assert [v.name for v in AdapterVersions(database).list_versions()] == ["v1"]


def test_no_payload_becomes_a_model(place: Path) -> None:
    """A model may be a folder, so a path is no offence here; but nothing is written, loaded or downloaded."""
    everything = sorted(place.rglob("*"))
    for payload in PAYLOADS:
        for words in (["models", "show", "--", payload], ["models", "pull", "--", payload]):
            said = engram(*words)
            lines = said.err.splitlines()
            if payload == "a/b":  # as good a Hub id as any
                lines = [line for line in lines if not line.startswith("Downloading")]
            assert said.code in (1, 2) and said.out == "" and lines[0].startswith("engram: "), (words, said)
            assert all(map(str.isprintable, said.err.splitlines()))
    assert sorted(place.rglob("*")) == everything
