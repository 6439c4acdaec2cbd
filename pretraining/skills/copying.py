"""Skill `copy`: repeat a string exactly, and nothing else."""

from __future__ import annotations

from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import Split, code, mixed, name, phrase

WORDINGS = (
    "repeat exactly: {}",
    "repeat exactly: {}",
    "copy this: {}",
    "say exactly this: {}",
    "repeat after me: {}",
    "echo: {}",
    "write this again, unchanged: {}",
    "repeat the following text: {}",
    "repeat this line\n{}",
)


def turn(rng: Random, split: Split) -> Turn:
    make = rng.choice((code, code, name, mixed, mixed, phrase, phrase))
    text = make(rng, split)
    if make is name and rng.random() < 0.5:
        text = f"{text} {name(rng, split)}"
    return Turn(vary(rng, rng.choice(WORDINGS)).format(text), text)


conversation = several(turn, 2, 5)
