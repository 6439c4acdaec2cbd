"""What is judged in a process of its own: it ends, it reaches nothing outside, and silence passes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.measure.apart import run_tests, search

ENDLESS = r"(a+)+$"


def test_a_pattern_is_found_or_not() -> None:
    assert search("b+", "aabbcc") == ""
    assert "not found" in search("^b", "aabbcc")


def test_a_pattern_that_would_take_years_is_ended() -> None:
    assert "longer than 0.3 s" in search(ENDLESS, "a" * 60 + "b", seconds=0.3)


@pytest.mark.parametrize(
    ("code", "tests", "why"),
    [
        ("def f(x):\n    return x + 1", "assert f(1) == 2", ""),
        ("def f(x):\n    return x", "assert f(1) == 2, 'one more'", "AssertionError: one more"),
        ("def f(x:", "assert True", "SyntaxError"),
        ("import sys\nsys.exit(0)", "assert False", "SystemExit"),
        ("import os\nos._exit(0)", "assert False", "too early"),
        ("def f(): return f()", "f()", "RecursionError"),
        ("x = [0] * 10**10", "assert x", "MemoryError"),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 3", "assert A().x == 3", ""),
        ("import collections, random, re, statistics", "assert statistics.mean([1, 3]) == 2", ""),
        ("print('so')\nraise ValueError", "", "ValueError"),
    ],
)
def test_code_is_judged_by_its_tests(code: str, tests: str, why: str) -> None:
    found = run_tests(code, tests)
    assert found == why if not why else why in found


@pytest.mark.parametrize(
    "code",
    [
        "open({file!r}, 'w').write('x')",
        "open('/etc/hosts').read()",
        "import os\nos.remove({file!r})",
        "import os\nos.system('touch ' + {file!r})",
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.fork()",
        "import posix\nposix.execv('/bin/sh', ['sh'])",
        "import socket",
        "import ctypes",
        "__import__('subprocess').run(['true'])",
        "import shutil",
    ],
)
def test_code_reaches_nothing_outside(code: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    said = run_tests(code.replace("{file!r}", repr(str(file))), "")
    assert "PermissionError" in said and "not allowed" in said
    assert not file.exists()


def test_code_that_never_ends_is_ended() -> None:
    assert "longer than 0.3 s" in run_tests("while True:\n    pass", "", seconds=0.3)


WRITE = """
import os
for number in range(3, 40):
    try:
        os.write(number, {data!r})
    except OSError:
        pass
os._exit(0)
"""


@pytest.mark.parametrize(
    "data", [b'{"why": "", "done": ""}', b"x" * 50_000, b"[]"], ids=["forged", "flood", "list"]
)
def test_what_code_writes_is_no_answer(data: bytes) -> None:
    assert run_tests(WRITE.format(data=data), "assert False") != ""
