"""Which commands there are. Their modules are imported only when they are called.

So `engram --help` is quick and works without torch or mlx. Not here: the commands themselves (one module per
command or family), or how errors leave the house (main.py).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from engram import __version__
from engram.cli.main import main as main
from engram.cli.main import plain_errors


class Entry(NamedTuple):
    """A command: the module that holds it, one line of help, and the panel of the help page it stands in."""

    module: str
    help: str
    panel: str


COMMANDS = {
    "demo": Entry(
        "demo", "Teach the shipped patterns to the embedded model and show before and after.", "Start"
    ),
    "init": Entry("init", "Make the folder in which memories, adapters and settings lie.", "Start"),
    "chat": Entry("chat", "Talk to the model; it writes down what is said, and finds it again.", "Talk"),
    "remember": Entry("remember", "Remember a fact.", "Talk"),
    "recall": Entry("recall", "Show what would be recalled for a question.", "Talk"),
    "import": Entry("import_chats", "Write down what was said in other programs.", "Talk"),
    "forget": Entry("forget", "Forget for good, with a receipt.", "Talk"),
    "memory": Entry("memory", "Look at what is written down, export it, check it, and copy it.", "Talk"),
    "privacy": Entry("privacy", "Find secrets and personal data; see what was masked.", "Talk"),
    "sleep": Entry("sleep", "Learn at night what was said by day, if the evidence says so.", "Talk"),
    "status": Entry("status", "What serves, what waits to be learned, and how the last night went.", "Talk"),
    "teach": Entry("teach", "Teach a model a set of patterns and measure what it learned.", "Teach"),
    "train": Entry("train", "Train an adapter on data of your own.", "Teach"),
    "eval": Entry("evaluate", "Measure a model, with or without an adapter.", "Teach"),
    "data": Entry("data", "Build, check, inspect and count training data.", "Teach"),
    "referee": Entry("referee", "Compare every way to remember: same facts, same questions.", "Teach"),
    "export": Entry("export", "Write a model and its adapter for another program.", "Manage"),
    "models": Entry("models", "List, show and download base models.", "Manage"),
    "migrate": Entry("migrate", "Learn what is remembered on another base model.", "Manage"),
    "selfcheck": Entry("selfcheck", "Try the whole loop on a model; the result can be shown.", "Manage"),
    "doctor": Entry("doctor", "Check what can run here, and whether the home is whole.", "Manage"),
    "adapters": Entry("adapters", "List, show, compare and choose adapter versions.", "Manage"),
    "schedule": Entry("schedule", "Let the night come by itself, once a day.", "Manage"),
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

    def make_context(self, *given: Any, **named: Any) -> Any:
        with plain_errors():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        with plain_errors():  # in here, because typer answers an interrupt with silence
            return super().invoke(ctx)


@cache
def load_command(name: str) -> Any:
    """The real command behind a name."""
    module = import_module(f"engram.cli.{COMMANDS[name].module}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


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
