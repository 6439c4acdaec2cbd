"""Commands that `accelerate launch` or `mlx.launch` started in several processes.

The first process keeps the home, speaks and writes; the others are its companions: they do the same work on a
home of their own that is gone afterwards, in silence. Not here: how rows are shared (backends).
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from engram.errors import UsageError
from engram.home import Home


def in_every_process(command: Callable[..., None]) -> Callable[..., None]:
    """A command that may be launched. It takes `home`, `run` and `resume`."""

    @functools.wraps(command)
    def wrapper(*, home: Home, run: str | None, resume: bool, **given: Any) -> None:
        with home_of_process(home, run if resume else None) as place:
            command(home=place, run=run, resume=resume, **given)

    return wrapper


def refuse_companions(what: str) -> None:
    """Raises UsageError where a launcher started a command that runs in one process."""
    if _is_launched():
        raise UsageError(
            f"{what} runs in a single process.",
            "Make the rows with `engram data build`, then: accelerate launch -m engram train --data FOLDER",
        )


@contextmanager
def home_of_process(home: Home, resumed: str | None) -> Iterator[Home]:
    """The home itself in the first process; a scratch one in the others, with a copy of the resumed run."""
    if _rank() == 0:
        yield home
        return
    with ExitStack() as stack:
        place = Home(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engram-companion-"))))
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        stack.enter_context(redirect_stdout(nowhere))
        stack.enter_context(redirect_stderr(nowhere))
        if resumed and home.run(resumed).is_dir():
            shutil.copytree(home.run(resumed), place.create().run(resumed))
        yield place


def _rank() -> int:
    """Of this process; the launchers of torch and of mlx say it in different words."""
    return int(os.environ.get("RANK") or os.environ.get("MLX_RANK") or 0) if _is_launched() else 0


def _is_launched() -> bool:
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 or bool(os.environ.get("MLX_HOSTFILE"))
