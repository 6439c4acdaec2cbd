"""What is to be run, when, and under which name: one value, from which every system's files are made.

Not here: the files (texts.py), or putting them where they belong (installing.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from engram.errors import UsageError
from engram.home import Home

LOG = "night.log"
_CARRIED = ("HF_HOME",)
"""Variables that decide where models lie. Keys and tokens are none of them: they do not belong into files."""
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """`words` run one scheduled night, at this time of each day, by this machine's clock. `name` is that of
    the timer; what the night says goes into `log` where the system keeps no log of its own."""

    name: str
    at: time
    words: tuple[str, ...]
    log: str
    environment: dict[str, str] = field(default_factory=dict)


def make_plan(home: Home, at: str, python: str = sys.executable) -> Plan:
    """The plan for a home. Raises UsageError for a time that is none, and for paths that no file can hold."""
    words = (python, "-P", "-m", "engram", "sleep", "--scheduled", "--home", str(home.root))
    environment = {name: value for name in _CARRIED if (value := os.environ.get(name))}
    for text in (*words, *environment.values()):
        if not text.isprintable():
            raise UsageError(
                f"The path {text!r} has a character in it that cannot be scheduled.", "Choose another --home."
            )
    return Plan(timer_name(home), parse_time(at), words, str(home.root / LOG), environment)


def timer_name(home: Home) -> str:
    """`engram-sleep`, and for any other home than the usual one a digest of its path behind it."""
    if home.root == Home.default().root:
        return "engram-sleep"
    return f"engram-sleep-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8]}"


def parse_time(text: str) -> time:
    """`3:00` or `03:00`, of 24 hours. Raises UsageError."""
    if not (found := _TIME.match(text.strip())):
        raise UsageError(f"{text!r} is no time of day.", "Write it with 24 hours, such as 03:00.")
    return time(int(found[1]), int(found[2]))


def before(at: time, moment: datetime) -> datetime:
    """The last time that it was so late, at `moment` or before."""
    today = _on(moment, at, 0)
    return today if today <= moment else _on(moment, at, -1)


def after(at: time, moment: datetime) -> datetime:
    """The next time that it will be so late, later than `moment`."""
    today = _on(moment, at, 0)
    return today if today > moment else _on(moment, at, 1)


def _on(moment: datetime, at: time, days: int) -> datetime:
    """The local day of `moment`, or one beside it, at this time of the clock on the wall."""
    day = moment.astimezone().date() + timedelta(days=days)
    return datetime.combine(day, at).astimezone()
