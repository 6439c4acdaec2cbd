"""The command line's front door: which commands there are, and how errors leave the house.

Command modules are imported only when their command is called, so `engram --help` is quick and works
without torch or mlx. Not here: the commands themselves (one module per command or family).
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from engram import __version__
from engram.errors import EngramError, StorageError


class Entry(NamedTuple):
    """A command: the module that holds it, one line of help, and the panel of the help page it stands in."""

    module: str
    help: str
    panel: str


COMMANDS = {
    "demo": Entry(
        "demo", "Teach the shipped patterns to the embedded model and show before and after.", "Start"
    ),
    "teach": Entry("teach", "Teach a model a set of patterns and measure what it learned.", "Teach"),
    "train": Entry("train", "Train an adapter on a data folder.", "Teach"),
    "eval": Entry("evaluate", "Measure a model, with or without an adapter.", "Teach"),
    "data": Entry("data", "Build, check and count training data.", "Teach"),
    "models": Entry("models", "List, show and download base models.", "Manage"),
    "adapters": Entry("adapters", "List, show and choose adapter versions.", "Manage"),
}


class LazyGroup(TyperGroup):
    """Knows its commands by name and loads one when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """For help pages: a stand-in that carries only name and help."""
        entry = COMMANDS.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.help, rich_help_panel=entry.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        names: Any = dict.fromkeys(COMMANDS)  # for "did you mean"
        self.commands = names
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load_command(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise EngramError("Interrupted.", "What was in service before still is.") from None
        except OSError as error:
            raise disk_error(error) from error


def load_command(name: str) -> Any:
    """The real command behind a name."""
    module = import_module(f"engram.cli.{COMMANDS[name].module}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


def disk_error(error: OSError) -> StorageError:
    """An operating system error in a sentence that says what to do."""
    place = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"The disk is full{':' if place else ''}{place}.", "Free some space and run it again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(f"No permission to write{place}.", "Choose another folder with --out or --home.")
    return StorageError(f"{error.strerror or error}{':' if place else ''}{place}.")


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"engram {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """A long-term memory for local language models: teach, measure, remember, forget."""


def fail(error: EngramError) -> NoReturn:
    """Say what happened and leave with the error's exit code."""
    print(f"engram: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"        {error.hint}", file=sys.stderr)
    if os.environ.get("ENGRAM_DEBUG"):
        raise error
    sys.exit(error.exit_code)


def main() -> None:
    """Entry point of the `engram` command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except EngramError as error:
        fail(error)


if __name__ == "__main__":
    main()
