"""Judging in a process of its own what could hang or harm this one: patterns of a user, code of a model.

A regular expression can take years on a short text, and Python cannot interrupt it; a process can be ended.
Code that a model wrote is run there too, without files, network or time. Not here: what runs in that process
(apart_child.py), or which answers are judged so (judging.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

SEARCH_SECONDS, TEST_SECONDS = 2, 5
"""Of processor time, so that a busy machine changes no judgement."""
_WALL = 20
"""Seconds of the clock beyond those, for what waits instead of computing; many, for a busy machine."""
_MEMORY = 512 * 2**20
_LONGEST_ANSWER = 4096  # bytes
_CHILD = Path(__file__).with_name("apart_child.py")


def search(pattern: str, text: str, seconds: float = SEARCH_SECONDS) -> str:
    """Nothing where the pattern is found in the text, else why not; one that takes longer than `seconds` of
    processor time is not found."""
    return _ask({"kind": "search", "pattern": pattern, "text": text}, seconds)


def run_tests(code: str, tests: str, seconds: float = TEST_SECONDS) -> str:
    """Nothing where the code runs and the tests upon what it defines raise nothing, else why not."""
    return _ask({"kind": "tests", "code": code, "tests": tests}, seconds)


def _ask(order: dict[str, Any], seconds: float) -> str:
    """What the other process answers. `done` is a word that code under test does not know: what ends the
    process early, or writes to where the answer is read, has passed nothing."""
    done = secrets.token_hex(8)
    said, ended = _run({**order, "seconds": seconds, "bytes": _MEMORY, "done": done}, seconds)
    try:
        answer = json.loads(said)
        if answer["done"] == done:
            return str(answer["why"])
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return f"it took longer than {seconds:g} s, or too much memory" if ended < 0 else "it ended too early"


def _run(order: dict[str, Any], seconds: float) -> tuple[bytes, int]:
    """The first bytes that the process said, and its exit status; negative where it had to be ended."""
    environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    with (
        tempfile.TemporaryDirectory(prefix="engram-apart-") as folder,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
        ) as process,
    ):
        assert process.stdin and process.stdout
        clock = threading.Timer(_WALL + seconds, process.kill)
        clock.start()
        try:
            with contextlib.suppress(OSError):  # it ended before it had read all
                process.stdin.write(json.dumps(order).encode())
                process.stdin.close()
            said = process.stdout.read(_LONGEST_ANSWER)
            if len(said) == _LONGEST_ANSWER:
                process.kill()  # somebody else is talking
            return said, process.wait()
        finally:
            clock.cancel()
