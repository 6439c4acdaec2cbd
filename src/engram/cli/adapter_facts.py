"""What is known of a version, as commands show it: its manifest, and the figures that were measured.

A manifest is read unchecked and may be damaged: what cannot be read is left out. Not here: the commands
(adapters.py, adapter_diff.py), or checking files against their digests (training/versions.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.cli.remembered import count
from engram.home import Home
from engram.sleep.bundle import Delta, read_deltas


def manifest_of(place: Home, name: str) -> dict[str, Any]:
    """What the manifest says, unchecked; nothing if it cannot be read."""
    try:
        manifest = json.loads((place.adapter(name) / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def measured(folder: Path, manifest: dict[str, Any]) -> dict[str, Delta | None]:
    """The figures of each split of a teaching, None where it was not measured, and those of a night."""
    return {**_splits(manifest), **read_deltas(folder)}


def share(figures: Delta | None) -> str:
    """The share after, for a table."""
    return f"{100 * figures.after:.1f}%" if figures else "-"


def change(figures: Delta | None) -> str:
    """Before and after, for a line."""
    if not figures:
        return "not measured"
    if not figures.asked:
        return f"{figures.before:.3f} -> {figures.after:.3f}"
    return f"{100 * figures.before:.1f}% -> {100 * figures.after:.1f}% (n = {figures.asked:,})"


def forgotten_line(number: int) -> str:
    """What is said of a version that was trained on so many entries forgotten since; "" for none."""
    return f"trained on {count(number, 'forgotten entry', 'forgotten entries')}" if number else ""


def settings_of(manifest: dict[str, Any]) -> dict[str, str]:
    """How it was trained, as texts by name: settings, what computed it, and the base."""
    found: dict[str, Any] = {}
    for part in ("train_settings", "computing", "base"):
        if isinstance(values := manifest.get(part), dict):
            prefix = "base " if part == "base" else ""
            found |= {prefix + str(name).replace("_", "-"): value for name, value in values.items()}
    found |= {name: manifest[name] for name in ("steps", "night", "verdict") if name in manifest}
    return {name: _text(value) for name, value in found.items()}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 48 else f"{text[:45]}..."


def _splits(manifest: dict[str, Any]) -> dict[str, Delta | None]:
    splits = manifest.get("splits")
    return {name: _delta(figures) for name, figures in splits.items()} if isinstance(splits, dict) else {}


def _delta(value: Any) -> Delta | None:
    if not isinstance(value, dict):
        return None
    shares = (value.get("baseline"), value.get("tuned"))
    if isinstance(value.get("n"), int) and all(isinstance(s, int | float) and 0 <= s <= 1 for s in shares):
        return Delta(*map(float, shares), asked=value["n"])  # type: ignore[arg-type, misc]
    return None
