"""The exam on importers: every export that can be built, by name.

    from tests.support.exam.exports import EXPORTS, NASTY
    export = EXPORTS["chatgpt-zip"](tmp_path)
    export.path, export.turns, export.apart, export.absent

Names begin with the format. Every builder takes an empty folder and writes the same into it every time.

Not here: the formats themselves (export_*.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.exam.export_big import big_array, long_line, many_lines, zip_bomb
from tests.support.exam.export_chatgpt import CHATGPT
from tests.support.exam.export_claude import CLAUDE
from tests.support.exam.export_llm import LLM
from tests.support.exam.export_nasty import NASTY, wrong_types
from tests.support.exam.export_rows import ROWS
from tests.support.exam.export_webui import WEBUI
from tests.support.exam.exported import Export, Turn

EXPORTS: dict[str, Callable[[Path], Export]] = {**CHATGPT, **CLAUDE, **WEBUI, **LLM, **ROWS}
FORMATS = ("chatgpt", "claude", "openwebui", "llm", "sharegpt", "chat")

__all__ = [
    "EXPORTS",
    "FORMATS",
    "NASTY",
    "Export",
    "Turn",
    "big_array",
    "long_line",
    "many_lines",
    "wrong_types",
    "zip_bomb",
]
