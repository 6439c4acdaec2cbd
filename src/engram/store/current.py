"""`adapters/current`: a link to the version that was put in service last, for other programs and for people.

A convenience, and no more: the pointer in the database is the truth, and nothing here reads the link. Where
the system or the disk has no links, there is none. Not here: putting a version in service (service.py).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from engram.store.database import Database

CURRENT = "current"
"""The link's name, which no version may have."""


def link_current(database: Database, adapters: Path) -> None:
    """Let the link show what serves, of several bases the one that was switched last; none for no adapter."""
    rows = database.rows(
        "SELECT s.name FROM adapter_in_service s "
        "JOIN adapter_served h ON h.base_id = s.base_id ORDER BY h.id DESC LIMIT 1"
    )
    with suppress(OSError):
        _point(adapters / CURRENT, rows[0][0] if rows else None)


def _point(link: Path, name: str | None) -> None:
    """Whole or not at all: a link is made aside and renamed. Only a link is ever replaced."""
    there = str(link.readlink()) if link.is_symlink() else None
    if there == name or (there is None and link.exists()):
        return
    if name is None:
        link.unlink()
        return
    aside = link.with_name(f".{link.name}.{os.getpid()}.partial")
    aside.unlink(missing_ok=True)
    aside.symlink_to(name, target_is_directory=True)
    aside.replace(link)
