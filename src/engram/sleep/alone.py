"""One night at a time in a home: a lock that ends with its process, and the name of who holds it.

Not here: chat, which goes on meanwhile, or two processes that write to the ledger (store/database.py).
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from engram.disk import disk_errors, to_json, write_file
from engram.errors import StorageError
from engram.home import Home
from engram.store.entries import stamp
from engram.store.ledger import Clock

LOCK, OWNER = "night.lock", "night.owner"


@contextmanager
def alone(home: Home, clock: Clock) -> Iterator[None]:
    """Inside, no other night begins in this home. Raises StorageError, naming the owner, if one is on."""
    lock = FileLock(home.root / LOCK, timeout=0, mode=0o600)
    if not _acquire(lock, home):
        raise StorageError(
            f"A night is going on already in {home.root}{_said(home.root / OWNER)}.",
            "Wait for it, or stop it: it goes on where it was when you sleep again.",
        )
    try:
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": stamp(clock())}
        write_file(home.root / OWNER, to_json(owner))
        yield
    finally:
        with suppress(OSError):
            (home.root / OWNER).unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, home: Home) -> bool:
    """Raises StorageError where the disk refuses."""
    with disk_errors(home.root / LOCK):
        try:
            lock.acquire()
        except Timeout:  # which is an OSError too
            return False
    return True


def _said(file: Path) -> str:
    """Who holds the lock, as far as that can be read."""
    try:
        owner = json.loads(file.read_bytes())
        return f": process {int(owner['pid'])} on {owner['host']}, since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
