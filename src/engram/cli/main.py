"""The first and the last lines of every command: signals, errors as sentences, exit codes.

Kept free of heavy imports, so that an interrupt while those load is answered in one line as well. Not here:
the commands (app.py names them), or the gentler stop during training (interrupts.py).
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engram.errors import EngramError, OutOfMemory, StorageError


def main() -> None:
    """Entry point of the `engram` command. SIGTERM counts as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # all is done: do not disturb the interpreter's clearing up
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command (None: as the shell gave it) and return its exit code."""
    try:
        with plain_errors():
            try:
                return _call(arguments)
            finally:
                _flush()
    except BrokenPipeError:
        return 1  # whoever read our output went away: nothing to say, and nobody to say it to
    except EngramError as error:
        return _say(error)


def _call(arguments: Sequence[str] | None) -> int:
    from engram.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character shows its code instead
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=arguments, prog_name="engram")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return 0


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn interrupts and what the operating system refuses into errors that a person can act on."""
    try:
        yield
    except KeyboardInterrupt:
        raise EngramError(
            "Interrupted.", "Nothing was left half done, and what was in service still is."
        ) from None
    except MemoryError as error:
        raise OutOfMemory(
            "This machine ran out of memory.", "Lower --batch-size or --max-seq-length, or close something."
        ) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise disk_error(error) from error


def disk_error(error: OSError) -> StorageError:
    """An operating system error in a sentence that says what to do."""
    place = f": {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk is full{place}.", "Free some space and run it again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            f"{error.strerror}{place}.", "Check who owns it, or choose another folder with --out or --home."
        )
    return StorageError(f"{error.strerror or error}{place}.")


def _say(error: EngramError) -> int:
    """The error on stderr, hint last; its exit code."""
    if os.environ.get("ENGRAM_DEBUG"):
        raise error
    print(f"engram: {visible(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"        {visible(error.hint)}", file=sys.stderr)
    return error.exit_code


def visible(text: str) -> str:
    """Control characters, which a file's name may hold, as their codes: a terminal would obey them."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _flush() -> None:
    """Write out what stdout still holds. Where that fails, forget it, or the interpreter would try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
