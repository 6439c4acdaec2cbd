"""What the machine says of itself. Not here: how busy it is (unit/test_planning.py)."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASK = "from engram.machine import peak_memory; print(peak_memory())"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say")
def test_peak_memory_is_this_process_own() -> None:
    """A small process started by a large one is small; one that had much memory for a moment is not."""
    ballast = bytearray(b"x" * 400_000_000)
    small = int(subprocess.check_output([sys.executable, "-c", ASK]))
    grown = int(subprocess.check_output([sys.executable, "-c", f"x = b'x' * 300_000_000; del x; {ASK}"]))
    assert ballast
    if sys.platform == "linux":
        assert 1e6 < small < 200e6
    assert grown > 300e6
