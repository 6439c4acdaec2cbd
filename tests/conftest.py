"""No test can reach the real home, the real settings or the network, and none depends on today's date."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Started in the background of a script, a process inherits that SIGINT is ignored, and so would every child
# that a test interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

DAY = "2026-11-21"
"""A day as versions are called by it."""

_real_connect = socket.socket.connect


class NetworkForbidden(AssertionError):
    """A test tried to leave the machine."""


def _guarded_connect(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "local"
    if self.family == socket.AF_UNIX or host in ("127.0.0.1", "::1", "localhost"):
        return _real_connect(self, address)
    raise NetworkForbidden(f"a test tried to connect to {address!r}")


def _guarded_lookup(host: Any, *rest: Any, **more: Any) -> Any:
    raise NetworkForbidden(f"a test tried to look up {host!r}")


@pytest.fixture(autouse=True, scope="session")
def day() -> Iterator[None]:
    """Versions are called by one day, `DAY`-1, `DAY`-2 and so on, whenever a test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engram.training.versions.day_of", lambda moment: DAY)
        yield


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh home for every test, offline libraries, and sockets that go nowhere."""
    home = tmp_path_factory.mktemp("home") / "engram"
    monkeypatch.setenv("ENGRAM_HOME", str(home))
    monkeypatch.setenv("HF_HOME", str(home.parent / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("XDG_DATA_HOME", str(home.parent / "share"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket.socket, "connect", _guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", _guarded_lookup)
    yield home
