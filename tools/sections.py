"""Generated parts of documents that people write: text between two HTML comments, and tables.

A part called `measured` stands between `<!-- measured:begin -->` and `<!-- measured:end -->`, each on a line
of its own. Not here: what goes into the parts (reference.py, status.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def put_section(document: str, name: str, content: str) -> str:
    """The document with new content between the markers of `name`; ValueError unless there is one pair."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->\n"
    if document.count(begin) != 1 or document.count(end) != 1:
        raise ValueError(f"the document needs exactly one {begin.strip()} and one {end.strip()}")
    before, rest = document.split(begin)
    _, separator, after = rest.partition(end)
    if not separator:
        raise ValueError(f"{end.strip()} stands before {begin.strip()}")
    return f"{before}{begin}\n{content.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks in cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
