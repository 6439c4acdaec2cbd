"""The other side of apart.py: `python -I -S -B apart_child.py` takes one order as JSON and answers it.

Nothing of Engram is imported here. What an order brings runs under limits of processor time and memory, with
its output thrown away, and with a hook that refuses whatever reaches outside: files, network, processes,
modules that are not loaded yet. Python cannot be made a prison, and this is none: it holds back accidents and
carelessness, not somebody who works at getting out. Not a command for people.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import sys
from types import ModuleType
from typing import Any

MODULES = (
    *("abc", "array", "bisect", "calendar", "cmath", "collections", "collections.abc", "copy", "dataclasses"),
    *("datetime", "_strptime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq"),
    *("itertools", "json", "math", "numbers", "operator", "random", "re", "statistics", "string", "textwrap"),
    *("time", "types", "typing", "unicodedata"),
)
"""What code under test may import."""
_HARMLESS = frozenset(
    {
        *("compile", "exec", "builtins.id", "array.__new__", "time.sleep", "sys._getframe"),
        *("sys.excepthook", "sys.unraisablehook", "object.__getattr__", "object.__setattr__"),
    }
)
"""Audit events that reach nothing outside; docs.python.org/3/library/audit_events.html lists them all."""


def main() -> None:
    order = json.load(sys.stdin)
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _limit(order["seconds"], order["bytes"])
    why = _search(order) if order["kind"] == "search" else _tests(order)
    os.write(answers, json.dumps({"why": why[:300], "done": order["done"]}).encode())
    os._exit(0)  # nothing that was left behind runs any more


def _limit(seconds: float, memory: int) -> None:
    """Processor time and memory of this process, as far as the system has such limits.

    The timer ends it also within a regular expression, since nobody handles its signal.
    """
    try:
        import resource
        import signal
    except ImportError:  # Windows; the parent's clock is left
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    whole = int(seconds) + 2  # should somebody stop the timer
    limits = {"RLIMIT_CPU": whole, "RLIMIT_AS": memory, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
    for name, value in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _search(order: dict[str, Any]) -> str:
    return "" if re.search(order["pattern"], order["text"]) else "the pattern is not found in it"


def _tests(order: dict[str, Any]) -> str:
    """Run the code, then the tests upon what it defined."""
    for name in MODULES:
        importlib.import_module(name)
    module = sys.modules["answer"] = ModuleType("answer")  # dataclasses look for it there
    sys.addaudithook(_refuse)
    for part in ("code", "tests"):
        try:
            exec(compile(order[part], part, "exec"), module.__dict__)
        except BaseException as error:  # SystemExit too: tests that were left have not passed
            return f"{part}: {_told(error)}"
    return ""


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event not in _HARMLESS:
        what = f"import of {args[0]}" if event == "import" else event
        raise PermissionError(f"{what} is not allowed here")


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    except BaseException:
        return "an error that cannot be told"


if __name__ == "__main__":
    main()
