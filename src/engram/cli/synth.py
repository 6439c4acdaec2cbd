"""`engram data synth`: conversations to train on, from the grammar, or from a teacher where one is asked for.

Not here: the work (synth), and how it is told (synth_report.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engram.cli.guarding import LazyGuard
from engram.cli.options import with_settings
from engram.cli.output import err, print_json, say
from engram.cli.remembered import count as counted
from engram.cli.synth_report import Report, announce, as_json, estimate_json, tell
from engram.config import Settings
from engram.errors import EngramError, UsageError, Withheld
from engram.home import Home
from engram.synth.asks import Ask, Size, check_topics, plan
from engram.synth.client import GO_ON, Client
from engram.synth.cost import most
from engram.synth.folder import Answered, SynthFolder
from engram.synth.gathering import gather, missing
from engram.synth.grammar import conversations
from engram.synth.presets import Endpoint, endpoint_of
from engram.synth.rows import Made, parted, to_jsonl
from engram.synth.topics import TOPICS
from engram.types import Guard

VERSION = 1
"""Of the plan: another one makes other files."""


@with_settings("teacher")
def command(
    settings: Settings,
    home: Home,
    to: Annotated[Path, typer.Option("--out", help="The folder to write.")] = Path("engram-synth"),
    count: Annotated[int, typer.Option(help="Conversations in all.", min=1, max=1_000_000)] = 200,
    eval_fraction: Annotated[
        float, typer.Option(help="Share of the topics that is for evaluation only.", min=0, max=0.9)
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="Another seed gives other conversations.")] = 0,
    topics: Annotated[
        list[str] | None, typer.Option("--topic", help="What a teacher writes about; may be repeated.")
    ] = None,
    per_request: Annotated[
        int, typer.Option(help="Conversations that a teacher writes at once.", min=1, max=50)
    ] = 5,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a teacher is asked.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what a teacher would cost.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say what each request brought.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Write conversations to train on, and others about other topics to evaluate with.

    A seeded grammar makes them, in which every answer is worked out. With --teacher a larger model writes
    them: what is sent are names of topics only, and before that you see how many requests it takes, and what
    they cost at most. The same command again goes on where it stopped.
    """
    size = Size(count, per_request, eval_fraction, seed)
    endpoint = endpoint_of(settings.teacher, os.environ)
    folder = SynthFolder(to)
    if endpoint is None:
        report = _from_grammar(folder, size, topics, dry_run)
    else:
        guard = LazyGuard(lambda: settings.privacy)
        asks = plan(_checked(topics, guard), size)
        teacher = _Teacher(settings, endpoint, guard, verbose)
        report = teacher.write(folder, asks, size, lambda asks: _agreed(yes or not asks, dry_run), json)
    if report is not None:
        print_json(as_json(report)) if json else tell(report)
        if report.failed:
            raise typer.Exit(1)


class _Teacher:
    """A teacher that is asked for what is missing in a folder."""

    def __init__(self, settings: Settings, endpoint: Endpoint, guard: Guard, verbose: bool) -> None:
        self._settings, self._endpoint = settings.teacher, endpoint
        self._guard, self._verbose = guard, verbose

    def write(
        self, folder: SynthFolder, asks: list[Ask], size: Size, agreed: Callable[[bool], bool], json: bool
    ) -> Report | None:
        """Everything that the plan holds; None if the user does not want it."""
        given = _plan(size, self._endpoint, self._settings.max_tokens, asks)
        folder.check(given)
        todo = missing(asks, folder)
        cost = most(todo, self._settings)
        announce(self._endpoint, cost, self._settings, len(asks) - len(todo))
        if not agreed(bool(todo)):
            if json:
                print_json(estimate_json(self._endpoint, cost))
            return None
        with folder.opened(given):
            return self._gathered(folder, asks)

    def _gathered(self, folder: SynthFolder, asks: list[Ask]) -> Report:
        settings = self._settings
        client = Client(self._endpoint, timeout=settings.timeout, max_tokens=settings.max_tokens, told=say)
        with _watched(len(asks), self._verbose) as watch:
            found = gather(asks, folder, client, self._guard, retries=settings.retries, watch=watch)
        rows = parted(
            Made(messages, ask.topic, f"synth:{ask.number}:{place}", ask.part)
            for ask in asks
            if ask.number in found.answers
            for place, messages in enumerate(found.answers[ask.number].conversations, 1)
        )
        folder.finish(to_jsonl(rows.train), to_jsonl(rows.test))
        return Report(folder.folder, rows, found, client, settings)


def _from_grammar(folder: SynthFolder, size: Size, topics: list[str] | None, dry_run: bool) -> Report | None:
    if topics:
        raise UsageError("The grammar has topics of its own.", "--topic is for a teacher: add --teacher.")
    if dry_run:
        say("Without a teacher nothing is sent and nothing is paid.")
        return None
    rows = parted(conversations(size.count, size.eval_fraction, size.seed))
    with folder.opened(_plan(size)):
        folder.finish(to_jsonl(rows.train), to_jsonl(rows.test))
    return Report(folder.folder, rows)


def _plan(
    size: Size, endpoint: Endpoint | None = None, max_tokens: int = 0, asks: list[Ask] | None = None
) -> dict[str, object]:
    """What the files follow from: the folder refuses another one. A server may move, so its address is not
    among it."""
    given: dict[str, object] = {
        "version": VERSION,
        "count": size.count,
        "eval-fraction": size.eval_fraction,
        "seed": size.seed,
        "teacher-model": endpoint.model if endpoint else "",
    }
    if endpoint is None:
        return given
    asked = {"per-request": size.per_request, "topic": list(dict.fromkeys(ask.topic for ask in asks or ()))}
    return given | {"teacher-max-tokens": max_tokens} | asked


def _checked(topics: list[str] | None, guard: Guard) -> tuple[str, ...]:
    """The topics to be sent. Raises Withheld if one holds what the guard would not let go."""
    found = check_topics(topics or TOPICS)
    for topic in found if topics else ():
        done = guard(topic)
        if done.text is None or done.found or done.unsafe:
            kinds = ", ".join(name.replace("_", " ") for name in (*done.found, *done.unsafe))
            raise Withheld(f"A topic holds what is not sent out: {kinds}.", "Say it in other words.")
    return found


def _agreed(yes: bool, dry_run: bool) -> bool:
    """Whether the person says yes. Raises UsageError where nobody can be asked."""
    if yes or dry_run:
        return not dry_run
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to be asked.", "Add --yes if that is meant.")
    return typer.confirm("Ask the teacher?", err=True)


@contextmanager
def _watched(size: int, verbose: bool) -> Iterator[Callable[[Ask, Answered | None], None]]:
    """A bar, or with `verbose` a line for each request. An interrupt is told with the way to go on."""
    columns = (TextColumn("asking"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeRemainingColumn())
    done = 0
    with Progress(*columns, console=err, disable=verbose or not err.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=size)

        def watch(ask: Ask, answered: Answered | None) -> None:
            nonlocal done
            done += 1
            bar.advance(task)
            if verbose:
                brought = (
                    counted(len(answered.conversations), "conversation") if answered else "nothing of use"
                )
                say(f"{ask.number}/{size} {ask.topic} ({ask.part}): {brought}")

        try:
            yield watch
        except KeyboardInterrupt:
            raise EngramError(f"Interrupted after {counted(done, 'request')}.", GO_ON) from None
