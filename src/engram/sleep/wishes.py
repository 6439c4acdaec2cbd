"""What a user asks of one night. Not here: settings, which hold for every night (config)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """`promote`: an accepted adapter serves at once. `reset`: nothing of a broken-off night is used, and what
    is known already is trained anew. `max_minutes`: after so long the night stops with a checkpoint, and the
    next call goes on. `tag` becomes part of the version's name. `rebuild`: no gain is asked for, as on a base
    that is new. `beside`: the version that tonight's is compared with, "" for the bare base; None is the one
    in service. `teacher`: the teacher of the settings may be shown the memories."""

    promote: bool = True
    reset: bool = False
    max_minutes: float | None = None
    tag: str = ""
    rebuild: bool = False
    beside: str | None = None
    teacher: bool = False
