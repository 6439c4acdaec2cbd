"""The five files of a finished comparison: all written aside first, then all renamed, the page last.

So a full disk leaves the five old files together, and whoever sees the new page sees the new figures.
Not here: what stands in them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.errors import StorageError
from engram.measure.comparison import Comparison
from engram.measure.html import render_html
from engram.measure.record import comparison_json
from engram.measure.report import render_markdown


def write_outputs(folder: Path, comparison: Comparison, curve_svg: str = "") -> tuple[Path, ...]:
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, contents)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {folder}: {error.strerror}.",
            "Free some space or choose another folder with --out.",
        ) from error
    return tuple(folder / name for name in contents)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _replace_all(folder: Path, contents: Mapping[str, str]) -> None:
    aside: dict[str, Path] = {}
    try:
        for name, text in contents.items():
            aside[name] = _write_aside(folder, name, text)
        for name in contents:
            aside[name].replace(folder / name)
    finally:
        for path in aside.values():
            path.unlink(missing_ok=True)


def _write_aside(folder: Path, name: str, text: str) -> Path:
    handle, place = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    aside = Path(place)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        aside.chmod(0o644)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return aside
