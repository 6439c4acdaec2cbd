"""The five files of a finished comparison, each written aside and renamed, the page last.

Not here: what stands in them. A reader sees the old file or the new one, never half of one.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from engram.errors import StorageError
from engram.measure.comparison import Comparison
from engram.measure.html import render_html
from engram.measure.report import render_markdown


def write_outputs(folder: Path, comparison: Comparison, curve_svg: str = "") -> tuple[Path, ...]:
    """Write baseline.json, tuned.json, comparison.json, report.md and report.html; returns their paths.

    All are rendered before the first is written. Raises StorageError if the folder cannot be written; files
    that were not yet replaced then keep their old content.
    """
    contents = {
        "baseline.json": _json(comparison.baseline.to_json()),
        "tuned.json": _json(comparison.tuned.to_json()),
        "comparison.json": _json(comparison.to_json()),
        "report.md": render_markdown(comparison),
        "report.html": render_html(comparison, curve_svg),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            _replace(folder / name, text)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {folder}: {error.strerror}.",
            "Free some space or choose another folder with --out.",
        ) from error
    return tuple(folder / name for name in contents)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _replace(file: Path, text: str) -> None:
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
