"""docs/versions.md and docs/schedule.md are true: their commands work in their order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.road import engram

from engram.backends.base import AdapterWeights
from engram.home import Home
from engram.models.resolve import resolve
from engram.store.pruning import KEEP
from engram.training.versions import publish_version

DOCS = Path(__file__).parents[2] / "docs"


def commands(page: str) -> list[list[str]]:
    blocks = re.findall(r"^```console\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S)
    return [shlex.split(line[2:]) for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_versions(isolated: Path) -> None:
    home = Home(isolated).create()
    for _ in range(3):
        publish_version(home, resolve("seedling"), AdapterWeights({}, {"peft_type": "LORA"}), {})
    for words in commands("versions.md"):
        said = engram(*words[1:])
        assert said.code == 0, (words, said.err)
    left = [row["name"] for row in engram("adapters", "list", "--json").json]
    assert left == ["2026-11-21-1", "2026-11-21-2", "2026-11-21-3"], "v1 was pinned, and two are the newest"
    text = (DOCS / "versions.md").read_text(encoding="utf-8")
    assert "newest five" in text and KEEP == 5


def test_schedule(isolated: Path) -> None:
    for words in commands("schedule.md"):
        said = engram(*words[1:])
        assert said.code == 0 and said.out, (words, said.err)
    assert not isolated.exists()
