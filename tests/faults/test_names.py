"""Promise 5: a name from outside never becomes a path. 200 payloads and 10,000 generated names, every entry.

Around the home lie files that a climbing name would meet; afterwards every one of them is as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.faults.payloads import PAYLOADS, generated_names, is_plain
from tests.support.road import SMALL, engram, write_patterns

from engram.backends.base import AdapterWeights
from engram.errors import BadName, ModelError, UnknownName, UsageError
from engram.home import Home, check_name
from engram.job import name_run
from engram.lessons.schema import Pattern
from engram.measure.probes import load_suite
from engram.models.fake import fake_base
from engram.models.pull import pull
from engram.models.resolve import is_hub_id, resolve
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.training.checkpoint import RunFolder
from engram.training.publish import publish_adapter
from engram.training.versions import find_version

GENERATED = generated_names(10_000)
NAMES = [*PAYLOADS, *GENERATED]
ADAPTER = AdapterWeights({"lora_B.weight": np.ones((1, 1), np.float32)}, {})
Entry = Callable[[str], object]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home deep in a tree with something to meet at every level, which is also where commands run."""
    place = Home(tmp_path / "a" / "b" / "home").create()
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b", place.root, place.adapters, place.runs):
        for target in ("etc/passwd", "adapters/v1/manifest.json", "root/.ssh/id", "x/plan.json"):
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).write_text("{}", encoding="utf-8")
    Database.open(place.database).close()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "a" / "b")
    return place


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def refusal(entry: Callable[..., object], *arguments: object) -> BadName | None:
    try:
        entry(*arguments)
    except BadName as error:
        return error
    return None


def test_these_are_the_promised_counts() -> None:
    assert len(set(PAYLOADS)) >= 200 and not any(map(is_plain, PAYLOADS))
    assert len(set(GENERATED)) >= 10_000
    assert 1_000 < sum(map(is_plain, GENERATED)) < 4_000  # both sides of the grammar are met


@pytest.mark.parametrize("kind", ["adapter", "run"])
def test_the_grammar_refuses_in_one_short_line(kind: str) -> None:
    for name in NAMES:
        error = refusal(check_name, kind, name)
        assert (error is None) == is_plain(name), name
        if error is not None:
            assert kind in error.message and error.hint and error.exit_code == 2
            assert len(error.message) < 400 and error.message.isprintable()


def test_an_accepted_name_is_one_component_and_another_is_none(home: Home, tmp_path: Path) -> None:
    before = tree(tmp_path)
    for entry, parent in ((home.adapter, home.adapters), (home.run, home.runs)):
        resolved = parent.resolve()
        for name in NAMES:
            if not is_plain(name):
                assert refusal(entry, name), name
                continue
            path = entry(name)
            assert path.parent == parent and path.name == name
            assert Path(os.path.normpath(path)) == resolved / name
    assert tree(tmp_path) == before


def test_every_entry_for_versions_and_runs_refuses(home: Home, tmp_path: Path) -> None:
    base = fake_base()
    before = tree(tmp_path)
    with Database.open(home.database) as database:
        versions = AdapterVersions(database)
        entries: list[Entry] = [
            versions.get,
            versions.use,
            lambda name: versions.register(AdapterVersion(name, "fake", "r", "t", "d", "m")),
            lambda name: name_run(home, name, resume=False),
            lambda name: name_run(home, name, resume=True),
        ]
        for name in NAMES:
            if not is_plain(name):
                assert all(refusal(entry, name) for entry in entries), name
        assert versions.list_versions() == []
    for name in PAYLOADS:  # this one opens the database each time
        assert refusal(find_version, home, base, name), name
    assert {path for path in tree(tmp_path) if "memory.db-" not in path} == set(before)


def test_folders_with_such_a_last_part_are_neither_written_nor_read(tmp_path: Path) -> None:
    whole_names = [name for name in NAMES if name and Path(name).name == name and not is_plain(name)]
    assert len(whole_names) > 2_000
    for name in whole_names:
        assert refusal(publish_adapter, ADAPTER, {}, tmp_path / name), name
        assert refusal(RunFolder.start, tmp_path / name, {}), name
        assert refusal(RunFolder.resume, tmp_path / name, {}), name
    assert list(tmp_path.iterdir()) == []


def test_a_suite_is_looked_up_and_never_opened_by_name(home: Home, tmp_path: Path) -> None:
    before = tree(tmp_path)
    for name in NAMES:
        with pytest.raises(UnknownName) as caught:
            load_suite(name)
        assert caught.value.exit_code == 2
    assert tree(tmp_path) == before


def test_a_model_name_is_a_folder_that_is_there_or_two_plain_parts(home: Home, tmp_path: Path) -> None:
    """Models may be named by path, which is read and never written; only a Hub id is ever downloaded."""
    asked: list[str] = []

    def download(hub_id: str) -> str:
        asked.append(hub_id)
        raise OSError("no network")

    before = tree(tmp_path)
    for name in NAMES:
        with pytest.raises((UsageError, ModelError)):
            pull(name, lambda _: None, download)
    for name in asked:
        owner, _, model = name.partition("/")
        assert is_hub_id(name) and ".." not in name and "\\" not in name
        assert (tmp_path / owner / model).resolve().parent.parent == tmp_path.resolve()
    for name in [*PAYLOADS, *GENERATED[:500]]:
        with pytest.raises(ModelError):
            resolve(name, cache=tmp_path / "missing")
    assert tree(tmp_path) == before


def test_a_pattern_id_holds_no_path_whatever_its_set_is_called() -> None:
    for name in NAMES:
        id = Pattern("in", "out", "c", False, name, "file.yaml:1").id
        assert Path(id).name == id and not set(id) & set('/\\:*?"<>|\0\n') and len(id) < 100
        assert id.isprintable() and not id.startswith((".", "-"))


COMMANDS: list[Callable[[str], list[str]]] = [
    lambda name: ["adapters", "show", "--", name],
    lambda name: ["adapters", "use", "--", name],
    lambda name: ["eval", "--suite", "skills", "--model", "fake", f"--adapter={name}"],
    lambda name: ["eval", "--model", "fake", f"--suite={name}"],
    lambda name: ["teach", "tiny.yaml", *SMALL, f"--run={name}"],
    lambda name: ["teach", "tiny.yaml", *SMALL, "--resume", f"--run={name}"],
    lambda name: ["train", "--data", "rows", "--model", "fake", f"--run={name}"],
    lambda name: ["models", "show", "--", name],
    lambda name: ["models", "pull", "--", name],
]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_command_refuses(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: bool
) -> None:
    """Each payload through one of the commands; in the long form, through all of them."""
    monkeypatch.setenv("ENGRAM_HOME", str(home.root))
    write_patterns(Path())
    assert engram("data", "build", "tiny.yaml", "--out", "rows").code == 0
    before = tree(tmp_path)
    for number, payload in enumerate(PAYLOADS):
        chosen = COMMANDS if every else [COMMANDS[number % len(COMMANDS)]]
        for command in chosen:
            said = engram(*command(payload))
            assert said.code in (1, 2) and "Traceback" not in said.err, (command(payload), said)
            assert "engram: " in said.err and said.out == "", (command(payload), said)
    after = tree(tmp_path)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert {path for path in changed if "memory.db" not in path} == set()
