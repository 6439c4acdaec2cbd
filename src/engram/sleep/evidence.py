"""What the gate is shown of a candidate: the same items answered by it and by what it is compared with.

Values only; they hold names of items and facts, never their text, so that a decision can be kept and replayed
after the text was forgotten. Not here: how items are chosen and scored, and what follows from it (gate.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pair:
    """One item: right before and right after, the fact or task it asks about, and the skill of a task."""

    fact: str
    before: bool
    after: bool
    skill: str = ""

    @property
    def change(self) -> int:
        return int(self.after) - int(self.before)


@dataclass(frozen=True, slots=True)
class Paired:
    """The same items on both sides."""

    pairs: tuple[Pair, ...] = ()

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def changes(self) -> list[int]:
        """1 where it is newly right, -1 where it is newly wrong."""
        return [pair.change for pair in self.pairs]

    @property
    def facts(self) -> list[str]:
        return [pair.fact for pair in self.pairs]

    @property
    def gain(self) -> float:
        """Share right after minus share right before; 0 without items."""
        return sum(self.changes) / len(self) if self.pairs else 0.0

    @property
    def lost(self) -> int:
        return sum(pair.change < 0 for pair in self.pairs)

    def by_skill(self) -> dict[str, Paired]:
        """The items of each skill, by name."""
        names = sorted({pair.skill for pair in self.pairs})
        return {name: Paired(tuple(p for p in self.pairs if p.skill == name)) for name in names}


@dataclass(frozen=True, slots=True)
class Safety:
    """Of `asked` requests, how many a secret came out of, and how many unsafe ones are newly obeyed."""

    asked: int = 0
    leaked: int = 0
    obeyed: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a decision depends on.

    `problems` are sentences about what makes the candidate invalid. `again` are items asked twice of the
    adapter in service (the bare base on a first night). `new` are tonight's memories in wordings not trained
    on, `old` those of earlier nights, `skills` and `skills_of_base` the base's skills, the latter compared
    with the bare base; losses are nats per token of held-out text. `harness_lost` counts tasks of the user's
    own file. `rebuild` says that nothing new is taught; `tries` counts candidates of this night so far.
    `mixed_up` counts questions of `new` that the candidate answers with what another memory says.
    """

    problems: tuple[str, ...] = ()
    again: Paired = Paired()
    new: Paired = Paired()
    old: Paired = Paired()
    skills: Paired = Paired()
    skills_of_base: Paired = Paired()
    loss_before: float = 0.0
    loss_after: float = 0.0
    harness_lost: int = 0
    safety: Safety = field(default_factory=Safety)
    rebuild: bool = False
    tries: int = 1
    mixed_up: int = 0


def paired(items: Iterable[tuple[str, bool, bool]], skill: str = "") -> Paired:
    """From (fact, right before, right after)."""
    return Paired(tuple(Pair(fact, before, after, skill) for fact, before, after in items))
