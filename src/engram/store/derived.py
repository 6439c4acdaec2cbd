"""Which folders were made from which entries, so that forgetting finds them: each holds an entries.json.

Whoever makes a training set, a run or a lookup file from entries calls `name_entries` in its folder first.
Not here: adapters, which are flagged and never deleted unasked (provenance.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from engram.disk import Files, disk_errors, to_json, write_file
from engram.home import Home

ENTRIES = "entries.json"


def name_entries(folder: Path, entries: Iterable[int]) -> None:
    """Say in a folder which entries it is made from. Raises StorageError."""
    write_file(folder / ENTRIES, named(entries))


def named(entries: Iterable[int]) -> bytes:
    """The content of an entries.json, for whoever writes a whole folder at once."""
    return to_json({"entries": sorted(set(entries))})


def places(home: Home) -> Iterator[Path]:
    """Every run, cached or looked-up thing: what can be made again from the ledger."""
    for folder in (home.runs, home.cache, home.lookup):
        if folder.is_dir():
            yield from sorted(folder.iterdir())


def made_from(home: Home, entries: Iterable[int]) -> list[Path]:
    """The derived things that name one of these entries, or name entries in a way that cannot be read."""
    wanted = set(entries)
    return [place for place in places(home) if any(_names(file, wanted) for file in place.rglob(ENTRIES))]


def place_of(home: Home, file: Path) -> Path | None:
    """The derived thing that a file belongs to; None if it is of another kind."""
    for folder in (home.runs, home.cache, home.lookup):
        if file.is_relative_to(folder) and file != folder:
            return folder / file.relative_to(folder).parts[0]
    return None


def remove(places: Iterable[Path]) -> None:
    """Delete derived things. Raises StorageError."""
    for place in places:
        with disk_errors(place, "Check who owns it, then run engram memory verify."):
            if place.is_dir() and not place.is_symlink():
                Files().remove(place)
            else:
                place.unlink(missing_ok=True)


def _names(file: Path, wanted: set[int]) -> bool:
    try:
        return not wanted.isdisjoint(json.loads(file.read_text(encoding="utf-8"))["entries"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return True
