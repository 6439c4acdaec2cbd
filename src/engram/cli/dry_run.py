"""`--dry-run` of train and teach: what the run would take, as a short table or as JSON.

Not here: checking and estimating (planning.py).
"""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

from engram.cli.output import out, print_json, say
from engram.machine import available_memory
from engram.planning import PlannedRun

STAGES = {
    "start": "start and read data",
    "load": "load the model",
    "prepare": "prepare rows",
    "steps": "training steps",
    "evaluations": "validation",
    "checkpoints": "checkpoints",
}


def tell_plan(plan: PlannedRun, json: bool) -> None:
    """The plan on stdout, its notes on stderr."""
    if json:
        print_json(plan_json(plan))
        return
    work, figures, most = plan.work, plan.estimate, "at most " if plan.work.at_most else "about "
    steps = f"{'at most ' if work.at_most else ''}{work.steps:,} steps ({work.passes:.3g} passes)"
    memory = (
        "not known" if figures.memory_bytes is None else f"{figures.memory_bytes / 1e9:.2f} GB at its peak"
    )
    free = available_memory() if plan.computing["device"] == "cpu" else None
    out.print(f"Rows:     {plan.taught:,} taught, {plan.validating:,} validating, {plan.replayed:,} replayed")
    out.print(f"Longest:  {plan.longest:,} tokens")
    out.print(f"Computes: {', '.join(plan.computing[key] for key in ('backend', 'device', 'dtype'))}")
    out.print(f"Steps:    {steps}, {work.tokens:,} tokens")
    out.print(_table(plan))
    out.print(f"Time:     {most}{duration(figures.total_seconds)}")
    out.print(f"Memory:   {memory}" + (f" ({free / 1e9:.1f} GB available)" if free else ""))
    out.print(f"Disk:     {figures.disk_bytes / 1e6:,.0f} MB ({plan.free_bytes / 1e9:,.1f} GB free)")
    for note in plan.notes:
        say(note)
    out.print("Nothing speaks against this run. It was not started, and no version was made.")


def plan_json(plan: PlannedRun) -> dict[str, Any]:
    """Seconds by stage and in total, bytes, and what was counted."""
    work, figures = plan.work, plan.estimate
    return {
        "run": plan.name,
        "rows": {"taught": plan.taught, "validating": plan.validating, "replayed": plan.replayed},
        "longest": plan.longest,
        "computing": plan.computing,
        "steps": work.steps,
        "at_most": work.at_most,
        "passes": round(work.passes, 3),
        "tokens": work.tokens,
        "seconds": {
            "total": round(figures.total_seconds, 2),
            **{name: round(value, 2) for name, value in figures.seconds.items()},
        },
        "memory_bytes": figures.memory_bytes,
        "disk_bytes": figures.disk_bytes,
        "notes": list(plan.notes),
    }


def duration(seconds: float) -> str:
    """As a person says it: "40 s", "4 min 10 s", "2 h 5 min"."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _table(plan: PlannedRun) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    for name, words in STAGES.items():
        table.add_row(words, f"{plan.estimate.seconds[name]:,.1f}")
    return table
