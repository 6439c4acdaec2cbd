"""What `engram data synth` says: before it starts what it sends and costs, and at the end what it wrote.

Not here: the command (synth.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engram.cli.output import out, say
from engram.cli.remembered import count
from engram.config import TeacherSettings
from engram.synth.client import Client
from engram.synth.cost import Cost
from engram.synth.gathering import Gathered, reasons
from engram.synth.presets import Endpoint
from engram.synth.rows import Parted


@dataclass(frozen=True)
class Report:
    """What was written; with a teacher also what it answered, and what was asked of it in this call."""

    folder: Path
    rows: Parted
    gathered: Gathered | None = None
    client: Client | None = None
    settings: TeacherSettings | None = None

    @property
    def failed(self) -> int:
        """Requests that brought nothing of use."""
        return len(self.gathered.failed) if self.gathered else 0

    @property
    def paid(self) -> float | None:
        """What this call cost by the server's counts, at the prices given; None where those are unknown."""
        client, prices = self.client, self.settings
        if client is None or prices is None or prices.price_in is None or prices.price_out is None:
            return None
        return (client.tokens_in * prices.price_in + client.tokens_out * prices.price_out) / 1e6

    def guarded(self, what: str) -> dict[str, int]:
        """What the guard "masked" or "left_out" in all answers, by type."""
        found: Counter[str] = Counter()
        for answer in self.gathered.answers.values() if self.gathered else ():
            found.update(getattr(answer, what))
        return dict(found)


def announce(endpoint: Endpoint, cost: Cost, settings: TeacherSettings, known: int) -> None:
    """Before anything is sent: to whom, what, how much, and for what price."""
    say(f"Teacher: {endpoint.model} at {endpoint.host}.")
    say(f"To {endpoint.host}: only topic names, nothing of your memories.")
    if known:
        say(f"{count(known, 'request')} answered before; those are kept.")
    if not cost.requests:
        say("Nothing is left to ask.")
        return
    say(
        f"{count(cost.requests, 'request')}, at most {cost.most_requests:,} if answers are asked for again: "
        f"at most {cost.tokens_in:,} tokens sent and {cost.tokens_out:,} answered."
    )
    if cost.money is None:
        say("Price: unknown. --price-in and --price-out, per million tokens, would tell.")
    else:
        prices = f"{settings.price_in:g} and {settings.price_out:g} per million tokens"
        say(f"Price: at most {cost.money:,.2f}, at {prices} sent and answered.")


def estimate_json(endpoint: Endpoint, cost: Cost) -> dict[str, Any]:
    """For --dry-run."""
    return {"host": endpoint.host, "model": endpoint.model, "at_most": asdict(cost)}


def tell(report: Report) -> None:
    """What was written, on stdout; what was left out and why, on stderr."""
    train, test = len(report.rows.train), len(report.rows.test)
    out.print(f"{report.folder}: {train:,} to train, {test:,} to evaluate.", soft_wrap=True)
    for why, number in report.rows.left_out.items():
        say(f"Left out: {count(number, 'conversation')} {why}.")
    for what, sentence in (("masked", "Masked by the guard"), ("left_out", "Left out by the guard")):
        if found := report.guarded(what):
            kinds = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in found.items())
            say(f"{sentence}: {kinds}.")
    if report.gathered and report.client:
        _tell_asked(report, report.gathered, report.client)


def _tell_asked(report: Report, gathered: Gathered, client: Client) -> None:
    tokens = f"{client.tokens_in:,} tokens sent, {client.tokens_out:,} answered"
    price = "" if report.paid is None else f", {report.paid:,.4f} at your prices"
    say(f"{count(client.requests, 'request')} sent: {tokens}{price}.")
    if gathered.bad:
        say(f"Answers not used: {gathered.bad.total():,}. {reasons(gathered.bad)}")
    if report.failed:
        say(f"{count(report.failed, 'request')} brought nothing; the same command asks again.")


def as_json(report: Report) -> dict[str, Any]:
    """The same as JSON."""
    found: dict[str, Any] = {
        "folder": str(report.folder),
        "train": len(report.rows.train),
        "test": len(report.rows.test),
        "left_out": dict(report.rows.left_out),
        "teacher": None,
    }
    if report.gathered and report.client:
        client, gathered = report.client, report.gathered
        found["teacher"] = {
            "host": client.endpoint.host,
            "model": client.endpoint.model,
            "answered": len(gathered.answers),
            "answered_before": gathered.known,
            "requests": client.requests,
            "tokens_in": client.tokens_in,
            "tokens_out": client.tokens_out,
            "paid": report.paid,
            "bad": dict(gathered.bad),
            "failed": report.failed,
            "masked": report.guarded("masked"),
            "guarded_out": report.guarded("left_out"),
        }
    return found
