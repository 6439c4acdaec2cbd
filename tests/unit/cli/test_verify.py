"""`engram adapters verify`: what is said of whole versions, of broken ones, and of folders from elsewhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.faults.payloads import PAYLOADS
from tests.support.road import SMALL, Said, engram

from engram.disk import sha256_of_file
from engram.store.database import Database

FAKE = ["--model", "fake"]


@pytest.fixture
def version(taught: Said, isolated: Path) -> Path:
    return isolated / "adapters" / "2026-11-21-1"


def rewrite(version: Path, change: Any) -> None:
    """Another manifest, registered as if it had been made so."""
    file = version / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with Database.open(version.parents[1] / "memory.db") as database, database.write():
        database.rows("UPDATE adapter_version SET manifest_digest = ?", (sha256_of_file(file),))


def test_a_whole_version(version: Path) -> None:
    said = engram("adapters", "verify", "v1")
    assert said.code == 0, said.err
    words = [
        "2026-11-21-1: ok. 5 files are unchanged; 6 conversations have the tokens of training",
        "nats off (at most 0.001 in float32",
        "fake",
    ]
    assert all(word in said.out for word in words), said.out
    (found,) = engram("adapters", "verify", "--all", "--json").json
    assert (found["ok"], found["name"], found["files"], found["problem"]) == (True, "2026-11-21-1", 5, "")
    assert found["replayed"]["deviation"] <= found["replayed"]["tolerance"] == 1e-3


def test_every_one_is_told_and_one_that_fails_is_enough(version: Path, place: Path) -> None:
    assert engram("teach", "tiny.yaml", *SMALL, "--seed", "1").code == 0
    report = version / "report.html"
    report.write_bytes(report.read_bytes() + b" ")
    said = engram("adapters", "verify", "--all")
    first, second = said.out.splitlines()
    assert said.code == 1 and first.startswith("2026-11-21-1: FAILED.") and "report.html" in first
    assert second.startswith("2026-11-21-2: ok.")
    assert engram("adapters", "verify", "v2").code == 0


def test_a_renderer_that_changed_is_refused_by_every_command(version: Path) -> None:
    def shift(manifest: dict[str, Any]) -> None:
        golden = manifest["certificate"]["golden"][1]
        golden["ids"] = golden["ids"].replace("257", "258", 1)

    rewrite(version, shift)
    words = "conversation 2 at token 0: token 258 then, 257 now"
    said = engram("adapters", "verify", "v1", "--json")
    assert said.code == 1 and words in said.json[0]["problem"] and not said.json[0]["ok"]
    asked = ["eval", "--suite", "skills", *FAKE, "--adapter", "v1", "--one-side"]
    said = engram(*asked)
    assert said.code == 1 and words in " ".join(said.err.split())


def test_a_version_of_an_earlier_program_has_no_certificate(version: Path) -> None:
    rewrite(version, lambda manifest: manifest.pop("certificate"))
    said = engram("adapters", "verify", "v1")
    assert said.code == 0 and "no certificate to replay" in said.out
    assert engram("adapters", "verify", "v1", "--json").json[0]["replayed"] is None


def test_a_folder_from_elsewhere(version: Path, place: Path) -> None:
    """With a manifest everything is checked, without one the adapter is loaded; names are no folders."""
    shutil.copytree(version, place / "mine")
    said = engram("adapters", "verify", "--folder", "mine", "--json")
    assert said.code == 0 and said.json[0]["replayed"] and said.json[0]["files"] == 5
    (place / "mine" / "manifest.json").unlink()
    said = engram("adapters", "verify", "--folder", "mine", *FAKE)
    assert said.code == 0 and "mine: ok. it fits fake" in said.out
    (place / "mine" / "training_args.bin").write_bytes(b"\x80\x04.")
    said = engram("adapters", "verify", "--folder", "mine")
    assert said.code == 1 and "training_args.bin" in said.out and "pickle" in said.out
    assert engram("adapters", "verify", "mine").code == 2
    for payload in PAYLOADS[:20]:
        assert engram("adapters", "verify", "--", payload).code == 2


def test_a_base_that_is_not_here_is_named(version: Path) -> None:
    with Database.open(version.parents[1] / "memory.db") as database, database.write():
        database.rows("UPDATE adapter_version SET base_id = ?", ("someone/gone",))
    said = engram("adapters", "verify", "v1")
    assert said.code == 1 and "2026-11-21-1: FAILED." in said.out and "someone/gone" in said.out
    with Database.open(version.parents[1] / "memory.db") as database, database.write():
        database.rows("UPDATE adapter_version SET base_id = ?", ("mine@12345678",))
    said = engram("adapters", "verify", "v1")
    assert said.code == 1 and "mine@12345678 is a folder" in said.out and "--model" in said.out


def test_nothing_to_verify(place: Path) -> None:
    assert engram("adapters", "verify").code == 2
    said = engram("adapters", "verify", "--all")
    assert said.code == 0 and "engram teach" in said.out
    assert engram("adapters", "verify", "--all", "--json").json == []
    assert engram("adapters", "verify", "v1").code == 2
