"""`engram eval --transcripts FILE`: how near a model comes to conversations as they should have gone.

Not here: the figures (measure/transcripts.py, measure/chrf.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engram.cli.evaluation import Opened, Wanted, figures_table, opened, refuse_out
from engram.cli.output import out, print_json, say
from engram.cli.remembered import count
from engram.errors import UsageError
from engram.measure.measurement import finite
from engram.measure.probes import Probe
from engram.measure.transcripts import Style, TurnStyle, read_transcripts, readable_turns, take_style


def run(wanted: Wanted, file: Path) -> None:
    """Answer every turn, compare and print. Raises UsageError, LessonError with all problems of the file."""
    refuse_out(wanted, "--transcripts")
    if wanted.data or wanted.suite:
        raise UsageError("--transcripts goes with neither --suite nor --data.", "Leave them out.")
    every = read_transcripts(file, wanted.settings.data)
    most = wanted.settings.measure.max_tokens
    with opened(wanted) as place:
        turns, note = readable_turns(every, place.job.base)
        if not turns:
            raise UsageError(note, "Shorten the transcripts, or choose another base with --model.")
        if note:
            say(note)
        sides = {
            name: take_style(answerer, turns, most, told)
            for name, answerer, told in place.sides(wanted.one_side, len(turns), "turns")
        }
    if wanted.json:
        print_json(_json(place, turns, sides))
    else:
        _print(place, turns, sides)


def _json(place: Opened, turns: Sequence[Probe], sides: Mapping[str, Style]) -> dict[str, Any]:
    found = {
        name: {"chrf": style.chrf, "loss": style.loss, "perplexity": style.perplexity}
        for name, style in sides.items()
    }
    rows = [
        {"id": turn.id, "golden": turn.expected}
        | {name: _turn(style.turns[number]) for name, style in sides.items()}
        for number, turn in enumerate(turns)
    ]
    whole = {"model": place.job.base.id, "adapter": place.adapter, "turns": len(turns), **found, "rows": rows}
    return dict(finite(whole))


def _turn(turn: TurnStyle) -> dict[str, Any]:
    return {"answer": turn.answer, "chrf": turn.chrf, "loss": turn.nats / turn.tokens}


def _print(place: Opened, turns: Sequence[Probe], sides: Mapping[str, Style]) -> None:
    table = figures_table("", *sides)
    table.add_row("chrF of the answers", *(f"{style.chrf:.1f}" for style in sides.values()))
    table.add_row("perplexity of the golden answers", *(f"{s.perplexity:.3g}" for s in sides.values()))
    out.print(table)
    transcripts = count(len({turn.cluster for turn in turns}), "transcript")
    out.print(f"{place.words}: {count(len(turns), 'turn')} of {transcripts}", soft_wrap=True)
    if len(sides) == 2:
        pairs = zip(sides["before"].turns, sides["after"].turns, strict=True)
        moved = [after.chrf - before.chrf for before, after in pairs]
        nearer, further = sum(change > 0 for change in moved), sum(change < 0 for change in moved)
        out.print(f"nearer to the golden answer in {count(nearer, 'turn')}, further in {further:,}")
