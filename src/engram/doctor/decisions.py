"""Whether past nights were decided as their evidence says: the gate judges each of them again.

Nothing is changed, and no model is needed. Not here: how that is done (sleep/replaying.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from engram.doctor.findings import Finding
from engram.home import Home
from engram.sleep.replaying import replay_nights


def decisions(place: Home) -> Iterator[Finding]:
    """Nights that ended, and versions that nights made."""
    number, problems = replay_nights(place)
    for problem in problems:
        do = "What serves is not changed by this: engram adapters verify --all, or sleep again."
        yield Finding("decisions", "broken", problem, do)
    if number and not problems:
        yield Finding("decisions", "ok", f"{number} verdicts of nights, each the same when judged again")
