"""`engram adapters` and what wears one: choosing, taking off, other bases, broken files, hostile names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.faults.test_names import PAYLOADS
from tests.support.road import SMALL, Said, engram

from engram.models.fake import fake_base
from engram.store import provenance
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
    assert "fake now answers with 2026-11-21-1" in engram("adapters", "use", "v1").out
    assert serving() == ["2026-11-21-1"] and "in service" in engram("adapters", "list").out
    assert "(in service)" in engram("adapters", "show", "v1").out
    assert engram("adapters", "use", "none").code == 0
    assert serving() == ["2026-11-21-1"], "the default model is another one"
    assert engram("adapters", "use", "none", "--model", "fake").code == 0
    assert serving() == []


def test_eval_wears_the_one_in_service_unless_told(taught: Said) -> None:
    assert engram(*EVAL).json["adapter"] is None
    engram("adapters", "use", "v1")
    both = engram(*EVAL).json
    assert (both["baseline"]["adapter"], both["tuned"]["adapter"]) == (None, "2026-11-21-1")
    assert engram(*EVAL, "--one-side").json["adapter"] == "2026-11-21-1"
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
    said = engram("adapters", "show", "2026-11-12-1")
    assert said.code == 2 and "Did you mean 2026-11-21-1?" in said.err


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "adapter_config.json", "report.html"])
def test_a_broken_file_is_refused_by_name(taught: Said, isolated: Path, file: str) -> None:
    engram("adapters", "use", "v1")
    broken = isolated / "adapters" / "2026-11-21-1" / file
    broken.write_bytes(broken.read_bytes()[:-1] + b"\xff")
    for words in (["adapters", "show", "v1"], ["adapters", "use", "v1"], EVAL):
        said = engram(*words)
        assert said.code == 1 and f"2026-11-21-1/{file}" in said.err and said.out == "", words
    broken.unlink()
    assert f"2026-11-21-1/{file}" in engram("adapters", "show", "v1").err
    assert engram("adapters", "list").code == 0
    assert engram("adapters", "use", "none", "--model", "fake").code == 0
    assert engram(*EVAL).code == 0


def test_a_folder_rewritten_in_itself_consistently_is_refused(taught: Said, isolated: Path) -> None:
    manifest = isolated / "adapters" / "2026-11-21-1" / "manifest.json"
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
            ["adapters", "pin", "--", payload],
            ["adapters", "diff", "--", "v1", payload],
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
        assert [v.name for v in AdapterVersions(database).list_versions()] == ["2026-11-21-1"]


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


# --- going back, keeping, comparing


def teach_again(number: int) -> None:
    assert engram("teach", "tiny.yaml", *SMALL, "--iters", number, "--out", f"out{number}").code == 0


def test_rollback_says_what_serves(taught: Said) -> None:
    teach_again(6)
    assert "no adapter has served" in engram("adapters", "rollback").err
    for name in ("v1", "v2"):
        engram("adapters", "use", name)
    said = engram("adapters", "rollback")
    assert said.out == "fake now answers with 2026-11-21-1; before, with 2026-11-21-2.\n"
    assert engram("adapters", "rollback", "--json").json == {
        "base_id": "fake",
        "before": "2026-11-21-1",
        "after": None,
        "skipped": [],
    }
    again = engram("adapters", "rollback", "--model", "fake")
    assert again.code == 2 and "nothing to go back to" in again.err and serving() == []


def test_rollback_passes_over_a_broken_version(taught: Said, isolated: Path) -> None:
    for number in (6, 7):
        teach_again(number)
    for name in ("v1", "v2", "v3"):
        engram("adapters", "use", name)
    weights = isolated / "adapters" / "2026-11-21-2" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    said = engram("adapters", "rollback")
    assert serving() == ["2026-11-21-1"] and "2026-11-21-2 was passed over: it is broken" in said.err


def test_what_was_trained_on_something_forgotten_needs_force(taught: Said, isolated: Path) -> None:
    engram("remember", "my dog's name", "Rufo")
    teach_again(6)
    with Database.open(isolated / "memory.db") as database:
        provenance.record_entries(database, "2026-11-21-2", [1])
    for name in ("v2", "v1"):
        engram("adapters", "use", name)
    said = engram("forget", "1", "--yes")
    assert "marked" in said.out and serving() == ["2026-11-21-1"], "it did not serve, so nothing changes"
    assert "trained on 1 forgotten entry" in engram("adapters", "show", "v2").out
    refused = engram("adapters", "use", "v2")
    assert refused.code == 1 and "forgotten" in refused.err and serving() == ["2026-11-21-1"]
    assert "passed over" in engram("adapters", "rollback").err and serving() == []
    engram("adapters", "use", "v2", "--force")
    engram("adapters", "use", "v1")
    assert engram("adapters", "rollback", "--force").code == 0 and serving() == ["2026-11-21-2"]


def test_forget_says_what_serves_now(taught: Said, isolated: Path) -> None:
    engram("remember", "my dog's name", "Rufo")
    teach_again(6)
    with Database.open(isolated / "memory.db") as database:
        provenance.record_entries(database, "2026-11-21-2", [1])
    for name in ("v1", "v2"):
        engram("adapters", "use", name)
    said = engram("forget", "1", "--yes")
    assert "serves     fake answers with 2026-11-21-1, until engram sleep" in said.out
    assert serving() == ["2026-11-21-1"]
    assert engram("adapters", "prune", "--keep", "5", "--forgotten").out == "Deleted: 2026-11-21-2.\n"


def test_pins_and_pruning(taught: Said, isolated: Path) -> None:
    for number in (6, 7):
        teach_again(number)
    assert "2026-11-21-1 is pinned" in engram("adapters", "pin", "v1").out
    assert [row["pinned"] for row in engram("adapters", "list", "--json").json] == [True, False, False]
    assert "Nothing to delete: the newest 5 versions" in engram("adapters", "prune").out
    (isolated / "engram.toml").write_text("[sleep]\nkeep = 1\n", encoding="utf-8")
    dry = engram("adapters", "prune", "--dry-run", "--json").json
    assert dry == {"keep": 1, "dry_run": True, "pruned": ["2026-11-21-2"]}
    assert len(engram("adapters", "list", "--json").json) == 3
    assert engram("adapters", "prune").out == "Deleted: 2026-11-21-2.\n"
    assert engram("adapters", "prune", "--keep", "-1").code == 2
    engram("adapters", "unpin", "v1")
    engram("adapters", "prune", "--keep", "0")
    assert engram("adapters", "list", "--json").json == []
    assert "was pruned on" in engram("adapters", "show", "v1").err


def test_diff_names_what_differs(taught: Said, isolated: Path) -> None:
    teach_again(6)
    for fact in ("a", "b", "c"):
        engram("remember", f"{fact} key", fact)
    with Database.open(isolated / "memory.db") as database:
        provenance.record_entries(database, "2026-11-21-1", [1, 2])
        provenance.record_entries(database, "2026-11-21-2", [2, 3])
    said = engram("adapters", "diff", "v1", "v2")
    rows = {line.split("  ")[0].strip(): line.split() for line in said.out.splitlines()}
    assert rows["iters"][1:] == ["12", "6"] and rows["only here"][-2:] == ["0", "0"]
    assert "rank" not in rows and "The weights differ." in said.out
    found = engram("adapters", "diff", "v1", "v2", "--json").json
    assert [side["entries_only_here"] for side in found["versions"]] == [[1], [3]]
    assert [side["figures"]["recall"]["after"] for side in found["versions"]] == [1.0, 1.0]
    same = engram("adapters", "diff", "v1", "v1")
    assert "The weights are the same." in same.out and "iters" not in same.out
    assert engram("adapters", "diff", "v1", "v9").code == 2
