"""Natural English and code: passages cut from the Python standard library's own sources on this machine.

Docstrings, the long help texts of `pydoc_data.topics` and code, cut at paragraph and definition borders.
3% of the files are held out for perplexity. The hashes of the files used are recorded in
`stdlib_hashes.json`.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from random import Random

from pretraining.skills.base import Conversation, Turn, chat

HASHES = Path(__file__).with_name("stdlib_hashes.json")
SKIPPED = frozenset(
    ("test", "tests", "idlelib", "lib2to3", "site-packages", "encodings", "__pycache__", "turtledemo")
)
HELDOUT_PER_THOUSAND = 30
TARGET_CHARACTERS = 1100
"""About 300 tokens: passages end at the first border after this many characters, or some multiple of it."""
MAX_FILE_BYTES = 400_000


def library() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def files() -> list[tuple[str, Path]]:
    """All source files used, as (name relative to the library, path), in a fixed order."""
    root = library()
    found = []
    for path in root.rglob("*.py"):
        relative = path.relative_to(root)
        generated = path.name.startswith("_sysconfigdata") or relative.parts[0].startswith("config-")
        small = path.stat().st_size < MAX_FILE_BYTES or path.name == "topics.py"
        if small and not generated and not SKIPPED.intersection(relative.parts):
            found.append((relative.as_posix(), path))
    return sorted(found)


def is_heldout(name: str) -> bool:
    """Whether the file of this relative name is kept for measuring perplexity."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return name != "pydoc_data/topics.py" and int.from_bytes(digest, "big") % 1000 < HELDOUT_PER_THOUSAND


def _docstrings(tree: ast.Module, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and len(text) > 120:
                yield text
        elif name.endswith("topics.py") and isinstance(node, ast.Constant) and len(str(node.value)) > 200:
            yield inspect.cleandoc(str(node.value))


def cut(blocks: list[str], joint: str, target: int) -> Iterator[str]:
    """Join blocks into passages of `target` to twice as many characters; longer ones are cut at a line."""
    passage = ""
    for block in blocks:
        while len(block) > 2 * target:
            at = block.rfind("\n", target // 2, 2 * target)
            at = at if at > 0 else 2 * target
            yield block[:at]
            block = block[at:].lstrip("\n")
        passage = f"{passage}{joint}{block}" if passage else block
        if len(passage) >= target:
            yield passage
            passage = ""
    if passage:
        yield passage


def _code_blocks(source: str) -> list[str]:
    """The source cut before every definition at the top level or one level in."""
    return [
        block.strip("\n")
        for block in re.split(r"\n(?=(?:    )?(?:@|def |class |async def ))", source)
        if block.strip()
    ]


def _passages(name: str, source: str) -> Iterator[str]:
    rng = Random(name)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for text in _docstrings(tree, name):
        yield from cut(text.split("\n\n"), "\n\n", rng.choice((500, 900, 1300)))
    if not name.endswith("topics.py"):
        target = 3000 if rng.random() < 0.05 else TARGET_CHARACTERS
        yield from cut(_code_blocks(source), "\n", target)


@lru_cache(maxsize=2)
def passages(heldout: bool = False) -> tuple[str, ...]:
    """All passages of the training files (or of the held-out ones), shuffled once, without duplicates."""
    found: dict[str, None] = {}
    for name, path in files():
        if is_heldout(name) == heldout:
            for passage in _passages(name, path.read_text(encoding="utf-8", errors="ignore")):
                if 100 < len(passage) < 4000:
                    found.setdefault(passage.strip("\n"))
    texts = list(found)
    Random("passages").shuffle(texts)
    return tuple(texts)


@lru_cache(maxsize=1)
def lines() -> tuple[str, ...]:
    """Lines of training files that can be completed: 20 to 90 characters with at least three words."""
    found: dict[str, None] = {}
    for passage in passages():
        for line in passage.splitlines():
            text = line.strip()
            if 20 <= len(text) <= 90 and len(text.split()) >= 3 and text[0].isalpha():
                found.setdefault(text)
    return tuple(found)


def complete(rng: Random) -> Conversation:
    """One to four unfinished lines, each answered with its rest."""
    turns = []
    for _ in range(rng.randint(1, 4)):
        words = rng.choice(lines()).split(" ")
        at = rng.randint(max(1, len(words) // 2), len(words) - 1)
        prefix = rng.choice(("Complete: ", "Continue: ", "Finish this: ", ""))
        rest = " ".join(words[at:]).strip()
        if rest:
            turns.append(Turn(prefix + " ".join(words[:at]), rest))
    return chat(turns) if turns else complete(rng)


def write_hashes() -> None:
    """Record which files, by relative name and SHA-256, this machine's corpus was made of."""
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files()}
    record = {"python": sysconfig.get_python_version(), "files": hashes}
    HASHES.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_hashes()
