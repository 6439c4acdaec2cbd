"""Bad input, bad disks and interrupts at the command line: one line that says why, nothing half made."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.road import PATTERNS, SMALL, Said, engram, write_patterns

import engram as package
from engram.home import Home
from engram.store.adapters import AdapterVersions
from engram.store.current import CURRENT
from engram.store.database import Database
from engram.training.publish import verify_adapter

SOURCE = str(Path(package.__file__).parents[1])
WRAPPER = (
    "import sys; from engram.cli.main import main\n"
    "print('up ...', file=sys.stderr, flush=True)\n"  # from here on a signal is ours to answer
    "main()"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("engram.teaching.load_texts", lambda: ("A short text.",))
    write_patterns(tmp_path)
    return tmp_path


@pytest.fixture
def serving(place: Path, isolated: Path) -> Home:
    """A home whose v1 is in service."""
    assert engram("teach", "tiny.yaml", *SMALL, "--out", "first").code == 0
    assert engram("adapters", "use", "v1").code == 0
    return Home(isolated)


def check_whole(home: Home, *names: str) -> None:
    """These versions and no others, v1 in service, every file of each as it was written."""
    with Database.open(home.database) as database:
        versions = AdapterVersions(database)
        found, short = versions.list_versions(), versions.short_names()
        assert tuple(short[version.name] for version in found) == names
        assert versions.in_service("fake") == found[0]
        apart = versions.reconcile(home.adapters)
    assert apart.broken == ()
    for name in (*(version.name for version in found), *apart.orphans):
        verify_adapter(home.adapter(name))  # a folder that nobody registered is whole too


def check_sentence(said: Said, code: int, *parts: str) -> None:
    assert said.code == code, said
    assert "Traceback" not in said.err and "Error:" not in said.err
    reason = said.err[said.err.index("engram: ") :]
    assert all(part in reason for part in parts), said.err


MALFORMED = {
    "a tab": "name: x\n\tdescription: y\n",
    "an open bracket": "name: x\nexamples: [",
    "no mapping": "- 1\n- 2\n",
    "a scalar": "hello",
    "nothing": "",
    "no examples": "name: x\ndescription: y\nexamples: []\n",
    "an unknown key": PATTERNS + "colour: red\n",
    "an unknown field": PATTERNS.replace("category: keys}", "category: keys, trust: high}", 1),
    "an empty input": PATTERNS.replace('"alpha key"', '""'),
    "two answers": PATTERNS.replace('"beta key"', '"alpha key"'),
    "a number": PATTERNS.replace('"one"', "1"),
    "a python object": "!!python/object/apply:os.system ['true']\n",
    "an alias bomb": "a: &a [x,x]\nb: &b [*a,*a]\nname: *b\n",
    "two documents": PATTERNS + "---\n" + PATTERNS,
    "deep nesting": "name: " + "[" * 3000,
    "not UTF-8": "name: \udcff\n",
    "a NUL": "name: a\0b\n",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_malformed_files_are_named(text: str, place: Path) -> None:
    (place / "bad.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    for words in (["data", "check"], ["data", "build", "--out", "rows"], ["teach", *SMALL]):
        check_sentence(engram(*words, "bad.yaml"), 2, "bad.yaml")
    assert not (place / "rows").exists() and not (place / "engram-report").exists()


def test_nothing_to_teach(place: Path, serving: Home) -> None:
    (place / "empty").mkdir()
    for path in ("empty", "missing.yaml", "missing/folder"):
        for words in (["teach", *SMALL], ["data", "check"], ["data", "build"]):
            check_sentence(engram(*words, path), 2, path)
    check_sentence(engram("train", "--data", "empty", "--model", "fake"), 2, "empty")
    check_sentence(engram("eval", "--data", "missing", "--model", "fake"), 2, "missing")
    check_sentence(engram("data", "stats", "empty"), 2, "empty")
    check_sentence(engram("eval", "--suite", "skils", "--model", "fake"), 2, "skills")
    check_whole(serving, "v1")


def test_a_model_that_is_not_here(serving: Home, place: Path) -> None:
    (place / "folder").mkdir()
    for model in ("owner/model", "nonsense", "folder", "phi-2"):
        said = engram("teach", "tiny.yaml", "--model", model)
        check_sentence(said, 1, model)
    check_sentence(engram("teach", "tiny.yaml", "--model", "phi-2"), 1, "engram models pull phi-2")
    check_whole(serving, "v1")


def test_folders_that_are_files(serving: Home, place: Path) -> None:
    for out in ("tiny.yaml", "tiny.yaml/below"):
        check_sentence(engram("teach", "tiny.yaml", *SMALL, "--out", out), 1, "--out")
        assert engram("data", "build", "tiny.yaml", "--out", out).code in (1, 2)
        check_sentence(engram("teach", "tiny.yaml", *SMALL, "--home", out), 1, "--home")
    assert (place / "tiny.yaml").read_text() == PATTERNS
    check_whole(serving, "v1")


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A tmpfs; the test is skipped where it may not be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this user may not mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


needs_mount = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"),
    reason="mounting a tmpfs needs root on Linux",
)


@needs_mount
def test_a_read_only_disk(serving: Home, place: Path) -> None:
    with mounted(place / "disk", "size=1m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        check_sentence(engram("teach", "tiny.yaml", *SMALL, "--out", disk / "out"), 1, "Read-only", "--out")
        check_sentence(engram("teach", "tiny.yaml", *SMALL, "--home", disk / "home"), 1, "Read-only")
        check_sentence(engram("data", "build", "tiny.yaml", "--out", disk / "rows"), 1, "rows")
        assert list(disk.iterdir()) == []
    check_whole(serving, "v1")


@needs_mount
@pytest.mark.parametrize("pages", [0, 2, 6, 10, 14, 20])
def test_a_disk_that_is_full_at_some_point(serving: Home, place: Path, pages: int) -> None:
    """The whole home lies on a disk that fills up earlier or later; what was in service still is."""
    with mounted(place / "disk", "size=4m") as disk:
        home = Home(disk / "home")
        shutil.copytree(serving.root, home.root)
        shutil.rmtree(home.cache)
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 4096 * pages))
        said = engram("teach", "tiny.yaml", *SMALL, "--home", home.root)
        check_sentence(said, 1, "full")
        (disk / "ballast").unlink()  # the database itself cannot be read while there is no room at all
        check_whole(home, "v1")
        assert engram("teach", "tiny.yaml", *SMALL, "--home", home.root).code == 0
        there = {path.name for path in home.adapters.iterdir()}
        assert len(there) == 3 and CURRENT in there
        assert engram("adapters", "list", "--home", home.root, "--json").json[0]["in_service"]


@needs_mount
def test_a_full_disk_for_the_report(serving: Home, place: Path) -> None:
    with mounted(place / "disk", "size=64k") as disk:
        check_sentence(engram("teach", "tiny.yaml", *SMALL, "--out", disk / "out"), 1, "No space", "--out")
        assert list(disk.iterdir()) == []
    check_whole(serving, "v1")


class Child:
    """`engram teach` in a process of its own, read stage by stage."""

    def __init__(self, home: Home, *more: str) -> None:
        words = [
            "teach",
            "tiny.yaml",
            *SMALL,
            "--iters",
            "400",
            "--home",
            str(home.root),
            "--out",
            "second",
            *more,
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRAPPER, *words, "--out", "second", *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": SOURCE},
        )
        self.heard = ""

    def wait_for(self, stage: str) -> None:
        assert self.process.stderr
        while f"{stage} ...\n" not in self.heard:
            line = self.process.stderr.readline().decode()
            assert line, f"it ended before {stage}: {self.heard}"
            self.heard += line

    def end(self) -> Said:
        out, err = self.process.communicate(timeout=60)
        return Said(self.process.returncode, out.decode(), self.heard + err.decode())


MOMENTS = ["up", "up", "Lessons", "Before", "Before", "Training", "Training", "After"]


@pytest.mark.parametrize("number", range(len(MOMENTS)))
def test_an_interrupt_at_any_moment(number: int, serving: Home) -> None:
    chance = random.Random(number)
    child = Child(serving, "--run", "broken")
    child.wait_for(MOMENTS[number])
    time.sleep(chance.uniform(0, 0.3))
    sent = (signal.SIGINT, signal.SIGTERM)[number % 2]
    child.process.send_signal(sent)
    said = child.end()
    if said.code == 0:
        assert MOMENTS[number] == "After", "only then may it have been done already"
        return check_whole(serving, "v1", "v2")
    check_sentence(said, 1)
    reason = [line for line in said.err.splitlines() if line.startswith("engram: ")]
    assert len(reason) == 1 and ("Interrupted" in reason[0] or "Stopped as asked" in reason[0])
    assert said.out == "" and not Path("second").exists()
    check_whole(serving, "v1")
    if serving.run("broken").exists():
        assert "--run broken --resume" in said.err
    if MOMENTS[number] == "Training":
        resumed = engram("teach", "tiny.yaml", *SMALL, "--iters", "400", "--run", "broken", "--resume")
        assert resumed.code == 0, resumed.err
        check_whole(serving, "v1", "v2")


def test_a_second_signal_does_not_wait(serving: Home) -> None:
    child = Child(serving, "--run", "broken", "--iters", "1000000")
    child.wait_for("Training")
    time.sleep(0.2)
    for _ in range(2):
        child.process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    said = child.end()
    check_sentence(said, 1, "--run broken --resume")
    check_whole(serving, "v1")


def test_a_kill_leaves_the_earlier_adapter_and_a_run_to_go_on_with(serving: Home) -> None:
    child = Child(serving, "--run", "broken")
    child.wait_for("Training")
    time.sleep(0.3)
    child.process.kill()
    assert child.end().code == -signal.SIGKILL
    check_whole(serving, "v1")
    resumed = engram("teach", "tiny.yaml", *SMALL, "--iters", "400", "--run", "broken", "--resume")
    assert resumed.code == 0, resumed.err
    check_whole(serving, "v1", "v2")
