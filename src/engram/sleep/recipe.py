"""How a night trains: its settings, how long, and what the base is to go on saying.

The figures behind the defaults are those of the embedded model (docs/lab.md); whatever the user sets counts
before them. Not here: what is taught (curriculum.py), the training itself (job.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from engram.config import Settings
from engram.models.base import Base
from engram.sleep.memories import Memory
from engram.sleep.noted import noted_questions
from engram.sleep.questions import standing, text_of
from engram.sleep.unknowns import in_wordings, unknown_questions
from engram.training.stopping import AutoRule
from engram.types import Message

RULE = AutoRule(learned_passes=1, max_tokens=650_000)
"""Of `--iters auto`, for MEMORIES. Shorter than for patterns, for the sake of a short night."""
MEMORIES, SETTLING = 90, 0.2
"""That so long a night is for, and the share of it that any night takes, however little there is to learn:
what keeps the skills needs steps too. The rest is in proportion, or a memory of a short first night would be
seen twice as often as in the next one: where 45 and 90 memories had as many tokens, the second night knew 2.7
and 4.2 points fewer of the first one's, and the gate refused it (two lives of three, docs/lab.md)."""
REPLAY, PULL = 0.375, 5.0
"""A night's defaults where `engram teach` has others: more of what is to stay, and a stronger pull to it.
With half as many replayed rows as taught ones skills had two points of room and earlier memories none; with
three for eight both have some (docs/lab.md)."""
WORDINGS, VALID_FRACTION = 48, 0.05
"""A night's rows: each memory in four times as many wordings as a pattern, each seen less often, since nobody
knows how it will be asked for. Of 90 memories in 13 wordings that nobody trained the embedded model knew 97%
so, 97% with 24, and 88% with 60 that were mixed otherwise than those of unknown questions (docs/lab.md). As
many rows of a memory validate as of a pattern, about."""


def nightly(settings: Settings) -> Settings:
    """The settings as a night trains with them: its own defaults for LoRA, below whatever was set."""
    train = settings.train
    if train.memory != "lora":
        return settings
    train = train.with_defaults(replay=REPLAY, anchor_weight=PULL)
    data = settings.data.with_defaults(wordings=WORDINGS, valid_fraction=VALID_FRACTION)
    return settings.model_copy(update={"train": train, "data": data})


def as_long_as(memories: int) -> AutoRule:
    """The rule for so many memories."""
    return RULE.times(SETTLING + (1 - SETTLING) * memories / MEMORIES)


def kept_questions(remembered: Sequence[Memory], base: Base, wordings: int) -> list[tuple[Message, ...]]:
    """What the bare base is to go on saying, asked in one of so many wordings each: that it does not know
    what nobody told, and what notes say. Nothing of what its exam asks is among them, in no wording."""
    asked = [text_of(question) for question in standing(base).all]
    unknown = in_wordings(unknown_questions(remembered, asked=asked), wordings)
    return [*((Message("user", text),) for text in unknown), *noted_questions(remembered, wordings)]
