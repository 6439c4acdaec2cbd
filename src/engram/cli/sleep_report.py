"""How a night, or its rehearsal, is told: as lines, as JSON, and as one sentence for a notification.

Not here: past nights (status.py).
"""

from __future__ import annotations

from pathlib import Path

from engram.cli.output import out, print_json, say
from engram.cli.remembered import count
from engram.sleep.night import Morning
from engram.sleep.rehearsal import Rehearsal

NOTHING = "There is nothing to learn yet: engram chat, or engram remember, and sleep again."
_OUTCOMES = {
    "accept": "accepted",
    "reject": "refused",
    "not_enough_evidence": "not decided, there is too little to tell",
}


def tell_morning(morning: Morning | None, json: bool) -> None:
    """What came of a night, on stdout; that there was nothing to learn, as a remark."""
    if morning is None:
        if json:
            print_json({"night": None, "memories": 0, "new": 0, "outcome": "nothing", "version": None})
        say(NOTHING)
        return
    verdict = morning.verdict
    if json:
        print_json(
            {
                "night": morning.night.name,
                "memories": morning.learned,
                "new": morning.new,
                "rebuild": morning.night.rebuild,
                "compared_with": morning.night.rival or None,
                "outcome": verdict.outcome,
                "version": morning.version,
                "checks": [{"name": c.name, "mark": c.mark, "sentence": c.sentence} for c in verdict.checks],
            }
        )
        return
    out.print(f"{count(morning.learned, 'memory', 'memories')}, {morning.new} of them new.")
    if morning.night.beside is not None:
        rival = morning.night.rival or "the bare base"
        out.print(f"Compared with {rival}, as asked; below, that is the adapter in service.")
    for check in verdict.checks:
        out.print(f"  {check.mark:<11} {check.sentence}", soft_wrap=True)
    if morning.version:
        out.print(f"{morning.version} is in service.")
    elif verdict.outcome == "accept":
        out.print("It was not put in service, as asked.")


def tell_put_off(why: str, json: bool) -> None:
    """That a scheduled night does not begin, and why."""
    if json:
        print_json({"night": None, "outcome": "put off", "why": why, "version": None})
    say(why)


def morning_sentence(morning: Morning | None) -> str:
    """The morning in one sentence, without a word of what was learned."""
    if morning is None:
        return "There was nothing to learn."
    serving = morning.version or morning.night.service or "the bare base"
    return (
        f"{count(morning.learned, 'memory', 'memories')}, {morning.new} new: "
        f"{_OUTCOMES[morning.verdict.outcome]}. {serving} serves."
    )


def tell_rehearsal(found: Rehearsal, write: Path | None, json: bool) -> None:
    """What a night would be about, on stdout; remarks on stderr."""
    agenda, lessons = found.agenda, found.agenda.lessons if found.agenda else None
    memories, new = (len(agenda.remembered), agenda.new) if agenda else (0, 0)
    rows = len(lessons.lessons.train) if lessons else 0
    asked = len(lessons.new) + len(lessons.old) if lessons else 0
    figures = {
        "memories": memories,
        "new": new,
        "rows": rows,
        "most_tokens": found.tokens,
        "questions": asked,
        "rebuild": found.night.rebuild,
        "service": found.night.service or None,
        "compared_with": found.night.rival or None,
        "would_train": agenda is not None and not found.waiting,
        "waiting": found.waiting,
        "written": str(write) if write and agenda else None,
    }
    if json:
        print_json(figures)
        return
    for note in agenda.screening.notes() if agenda else ():
        say(note)
    for fresh in agenda.fresh if agenda else ():
        out.print(f"  {fresh.question} {fresh.answer}", soft_wrap=True)
    length = f" (until learned, at most {found.tokens:,} tokens)" if found.tokens else ""
    out.print(
        f"{count(memories, 'memory', 'memories')}, {new} of them new; "
        f"{count(rows, 'row', 'rows')} to train{length}, {count(asked, 'question', 'questions')} to ask.",
        soft_wrap=True,
    )
    out.print(found.waiting or "A night would be trained and judged. None was.", soft_wrap=True)
    if figures["written"]:
        out.print(f"Training data: {write} (it holds what you said)", soft_wrap=True)
