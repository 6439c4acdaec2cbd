"""`engram sleep`: one night, from what was said to an adapter that serves, or the reason why not.

Not here: the night itself (sleep/).
"""

from __future__ import annotations

from typing import Annotated

import typer

from engram.cli.companions import refuse_companions
from engram.cli.options import with_settings
from engram.cli.output import out, print_json, say
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import GateRefused, NotEnoughEvidence
from engram.home import Home
from engram.sleep.night import Morning, sleep

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "data", "train", "measure")
def command(
    settings: Settings,
    home: Home,
    promote: Annotated[
        bool, typer.Option(help="Put an accepted adapter in service.", rich_help_panel="General")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Learn what was said by day, and keep it only if the evidence says so.

    What you said or confirmed becomes questions and answers. An adapter is trained on all of them and
    compared with the one in service and with the bare base; it serves if it knows more and no less.
    """
    refuse_companions("engram sleep")
    with open_job(settings, home, quiet=json) as job:
        morning = sleep(job, promote)
    if morning is None:
        say("There is nothing to learn yet: engram chat, or engram remember, and sleep again.")
        return
    _tell(morning, json)
    if morning.verdict.outcome != "accept":
        kind = GateRefused if morning.verdict.outcome == "reject" else NotEnoughEvidence
        raise kind(" ".join(morning.verdict.reasons), "What was in service still is.")


def _tell(morning: Morning, json: bool) -> None:
    verdict = morning.verdict
    if json:
        print_json(
            {
                "night": morning.night.name,
                "memories": morning.learned,
                "new": morning.new,
                "outcome": verdict.outcome,
                "version": morning.version,
                "checks": [{"name": c.name, "mark": c.mark, "sentence": c.sentence} for c in verdict.checks],
            }
        )
        return
    out.print(f"{morning.learned} memories, {morning.new} of them new.")
    for check in verdict.checks:
        out.print(f"  {check.mark:<11} {check.sentence}", soft_wrap=True)
    if morning.version:
        out.print(f"{morning.version} is in service.")
