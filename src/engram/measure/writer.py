"""The five files of a finished comparison: all written aside first, then all renamed, the page last.

So a full disk leaves the five old files together, and whoever sees the new page sees the new figures.
Not here: what stands in them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.disk import Files, disk_errors, replace_files
from engram.measure.comparison import Comparison
from engram.measure.html import render_html
from engram.measure.record import comparison_json
from engram.measure.report import render_markdown

WAY_OUT = "Free some space or choose another folder with --out."


def write_outputs(
    folder: Path, comparison: Comparison, curve_svg: str = "", files: Files | None = None
) -> tuple[Path, ...]:
    """Write baseline.json, tuned.json, comparison.json, report.md and report.html; returns their paths.

    All lie aside, flushed, before the first old file is replaced. Raises StorageError if the folder cannot be
    written.
    """
    contents = {
        "baseline.json": _json(comparison.baseline.to_json()),
        "tuned.json": _json(comparison.tuned.to_json()),
        "comparison.json": _json(comparison_json(comparison)),
        "report.md": render_markdown(comparison),
        "report.html": render_html(comparison, curve_svg),
    }
    # Answers may hold lone surrogates, which UTF-8 cannot say; their code is also how JSON says them.
    data = {name: text.encode("utf-8", "backslashreplace") for name, text in contents.items()}
    with disk_errors(folder, WAY_OUT):
        folder.mkdir(parents=True, exist_ok=True)
        replace_files(folder, data, files or Files())
    return tuple(folder / name for name in contents)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
