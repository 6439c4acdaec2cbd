"""How much memory an import takes: the same for a file four times as long, and far below 300 MB.

The files have 50 and 200 MB of conversations of 20 messages; that a gigabyte takes no more follows only as
far as the figure stays flat between them, which is what is asserted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.chat.importers.makers import NOON, chatgpt, node, write_zip

from engram.chat.importers.detect import detect
from engram.errors import ArtifactError

PROGRAM = """
import sys
from pathlib import Path
from engram.chat.importers.detect import detect
from engram.chat.importers.importing import Importer
from engram.store.database import Database
from engram.store.ledger import Ledger
file, database = map(Path, sys.argv[1:])
(export,) = detect(file)
with Database.open(database) as opened:
    opened.rows("PRAGMA synchronous = OFF")
    importer = Importer(Ledger(opened), export.source, dry_run="dry" in database.name)
    for found in export.read(lambda size: None, importer.summary.problems.append):
        importer.add(found)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(importer.summary.turns, importer.summary.left_out.total(), int(peak) / 1000)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads peak memory from /proc"),
]


def write_export(file: Path, size: int) -> int:
    """An array of conversations of about `size` bytes; how many messages it has."""
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(3_000)]
    count = 0
    with file.open("w", encoding="utf-8") as out:
        while out.tell() < size:
            nodes = [
                node(
                    f"{at}", f"{at - 1}", ("user", "assistant")[at % 2],
                    " ".join(rng.choices(words, k=(20, 200)[at % 2])), NOON + count + at,
                )
                for at in range(20)
            ]  # fmt: skip
            out.write(("," if count else "[") + json.dumps(chatgpt(*nodes, conversation_id=f"c{count}")))
            count += 20
        out.write("]")
    return count


def peak(file: Path, database: Path) -> tuple[int, int, float]:
    """Turns, refused ones, and megabytes at most, of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file), str(database)], capture_output=True, text=True, check=True
    )
    turns, refused, megabytes = done.stdout.split()
    return int(turns), int(refused), float(megabytes)


@pytest.mark.parametrize(("mode", "sizes"), [("dry", (50, 200)), ("real", (10, 40))])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, mode: str, sizes: tuple[int, int]) -> None:
    peaks = []
    for size in sizes:
        count = write_export(tmp_path / "x.json", size * 10**6)
        turns, refused, megabytes = peak(tmp_path / "x.json", tmp_path / f"{mode}-{size}.db")
        assert (turns, refused) == (count, 0)
        peaks.append(megabytes)
    print(mode, sizes, peaks)
    assert peaks[1] - peaks[0] < 5 and peaks[1] < 100


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_the_largest_conversation_stays_within_the_limit(tmp_path: Path, letter: str) -> None:
    """Emoji take four bytes a character in memory, wherever one stands in a text."""
    said = [letter + "x" * (900_000)] * 26
    nodes = [node(str(at), str(at - 1), "user", text, NOON) for at, text in enumerate(said)]
    text = json.dumps([chatgpt(*nodes), chatgpt(conversation_id="c2")], ensure_ascii=False)
    file = write_zip(tmp_path / "x.zip", {"conversations.json": text})
    with pytest.raises(ArtifactError, match="zip bomb"):
        detect(file)  # what repeats itself so much is taken for one
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    turns, refused, megabytes = peak(tmp_path / "x.json", tmp_path / "real.db")
    print(letter, megabytes)
    assert (turns, refused) == (28, 0) and megabytes < 300
