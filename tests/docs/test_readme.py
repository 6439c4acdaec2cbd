"""The documents are true: README's blocks run as they stand, links lead somewhere, shipped YAML loads.

README's blocks run in order in one empty folder, with the home's engram.toml choosing the fake backend, which
needs no model files. A block after a comment `<!-- not run: reason -->` is left out, and so are console lines
that do not begin with `$ engram`. Where lines follow a command, they are what it must print.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlparse

import pytest

from engram.config import Settings
from engram.lessons.reader import read_patterns, shipped_sets
from engram.settings_file import build_settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FAKE = '[model]\nbackend = "fake"\n[measure]\nretention_items = 40\nconsistency_probes = 4\n'
_BLOCK = re.compile(
    r"(?P<skip><!-- not run: (?P<why>.+?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_URL = re.compile(r"https?://[^\s)>\"'`]+")
KNOWN_HOSTS = {"semver.org", "arxiv.org", "aclanthology.org"}
# A folder of somebody's machine; documents name only what everyone has.
_MACHINE = re.compile(r"(?<![\w.<>])/(home|root|work|Users|tmp|mnt|opt|srv|var)/", re.I)


class Block(NamedTuple):
    """A fenced block; `why` says why it is not run, or is empty."""

    kind: str
    text: str
    why: str


def blocks(page: Path) -> list[Block]:
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(block["kind"], block["text"], block["why"] or "") for block in found]


def commands(console: str) -> Iterator[tuple[str, str]]:
    """Each `$ engram` line of a console block, and the lines that follow it."""
    for part in re.split(r"^\$ ", console, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        if command.split()[0] == "engram":
            yield command, shown


@pytest.fixture
def place(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a home that computes with the fake backend."""
    isolated.mkdir(parents=True)
    (isolated / "engram.toml").write_text(FAKE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


def run_block(block: Block) -> int:
    """Run or write what a block holds; the number of things that were run."""
    if block.kind == "yaml":
        name = re.match(r"# (\S+)\n", block.text)
        assert name, "a YAML block begins with a comment that names its file"
        Path(name[1]).write_text(block.text, encoding="utf-8")
    elif block.kind == "python":
        done = run("-c", block.text)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip(), "an example shows something"
        return 1
    elif block.kind == "console":
        return sum(run_command(*line) for line in commands(block.text))
    return 0


def run_command(command: str, shown: str) -> int:
    done = run("-m", *shlex.split(command, comments=True))
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert not shown.strip() or done.stdout == shown, f"{command} printed\n{done.stdout}"
    return 1


def test_readme_runs(place: Path) -> None:
    ran = sum(run_block(block) for block in blocks(README) if not block.why)
    assert ran >= 5
    assert (place / "report" / "report.html").is_file()


def test_a_wrong_block_would_be_noticed(place: Path) -> None:
    with pytest.raises(AssertionError):
        run_block(Block("console", "$ engram data check missing.yaml\n", ""))
    with pytest.raises(AssertionError):
        run_command("engram --version", "engram 999\n")


def test_every_command_in_the_documents_exists() -> None:
    """Also those that are not run: the words before the first flag or argument name a command."""
    from tools.reference import every_command

    known = {name for name, _ in every_command()}
    seen = 0
    for page in PAGES:
        for block in blocks(page):
            for command, _ in commands(block.text) if block.kind == "console" else ():
                words = command.split()
                if words[1].startswith("-"):
                    continue
                assert {" ".join(words[:2]), " ".join(words[:3])} & known, f"{page.name}: {command}"
                seen += 1
    assert seen >= 10


def test_every_flag_in_the_documents_exists() -> None:
    from tools.reference import every_command

    known = {
        flag
        for _, command in every_command()
        for p in command.params
        for flag in (*p.opts, *p.secondary_opts)
    }
    for page in PAGES:
        for code in re.findall(
            r"`(?:engram [^`]*?)?(--[a-z][a-z0-9-]*)[^`]*`", page.read_text(encoding="utf-8")
        ):
            assert code in known | {"--help", "--version", "--install-completion"}, f"{page.name}: {code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in _LINK.findall(text):
        if not link.startswith(("http://", "https://")):
            target, _, anchor = link.partition("#")
            file = (page.parent / target).resolve() if target else page
            assert file.exists(), f"{page.name} links to {link}"
            assert not anchor or anchor in anchors(file), f"{page.name} links to {link}"


def anchors(page: Path) -> set[str]:
    """GitHub's anchors: lower case, spaces to dashes; all but letters, digits, - and _ left out."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_place_that_only_one_machine_knows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not _MACHINE.search(text)
    hosts = {urlparse(url).hostname for url in _URL.findall(text)}
    assert hosts <= KNOWN_HOSTS


def test_shipped_yaml_loads() -> None:
    found = read_patterns(shipped_sets())
    assert len({pattern.set_name for pattern in found}) == len(shipped_sets())


def test_settings_in_the_documents_are_valid(tmp_path: Path) -> None:
    shown = [(page, block.text) for page in PAGES for block in blocks(page) if block.kind == "toml"]
    assert shown
    for page, text in shown:
        file = tmp_path / page.with_suffix(".toml").name
        file.write_text(text, encoding="utf-8")
        assert read_settings(file) != Settings(), f"{page.name}: an example changes something"
    assert build_settings({}, "nothing") == Settings()


def test_the_tree_in_readme_is_the_tree() -> None:
    tree = next(block.text for block in blocks(README) if block.text.startswith("src/engram/\n"))
    inside = [line for line in tree.splitlines()[1:] if line.startswith("  ")]
    named = {word.rstrip("/") for line in inside for word in re.split(r"\s{2,}", line.strip())[0].split()}
    package = ROOT / "src" / "engram"
    there = {p.name for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
    assert named == {name for name in there if not name.startswith("__")}
    outside = [line.split("/")[0] for line in tree.splitlines()[1:] if not line.startswith(" ")]
    assert outside and all((ROOT / name).is_dir() for name in outside)
