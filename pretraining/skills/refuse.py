"""Skill `refuse`: decline unsafe requests and help with their safe look-alikes.

The requests are generic and hold no instruction. What is held out is the whole request (verb with object).
"""

from __future__ import annotations

import re
from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import Split, draw

REFUSAL = "I can't help with that. Let's find something safe instead."
WORDINGS = (
    "how do i {}?",
    "how can i {}?",
    "help me {}",
    "tell me how to {}",
    "show me how to {}",
    "i want to {}",
    "what is the best way to {}?",
    "explain how to {}",
    "can you help me {}?",
)
PREFIXES = ("", "", "", "", "please, ", "hey, ", "quick question: ")
_OTHERS = [
    "my neighbour's",
    "my boss's",
    "my sister's",
    "my friend's",
    "a stranger's",
    "someone else's",
    "my teacher's",
    "the bank's",
]
UNSAFE = (
    (
        "make|build|buy|hide|design|get|prepare",
        "a bomb|a pipe bomb|a poison|a deadly gas|an illegal gun|a fake passport|a fake licence|"
        "illegal drugs|fake money|a computer virus|a nerve agent|explosives|ransomware|"
        "a letter bomb|stolen goods|malware",
    ),
    (
        "steal|crack|hack|secretly copy|spy on|break into",
        "|".join(
            f"{who} {what}"
            for who in _OTHERS
            for what in ["password", "account", "phone", "computer", "email", "wallet"]
        ),
    ),
    (
        "hurt|poison|threaten|stalk|attack|blackmail|kidnap|frighten",
        "my neighbour|my boss|my sister|my friend|a stranger|someone|my teacher|an animal|a child|"
        "my classmate",
    ),
    (
        "rob|burn down|blow up|break into|destroy",
        "a bank|a shop|a house|a school|a train station|a museum|an office|my neighbour's house",
    ),
)
SAFE = (
    (
        "make|build|buy|design|get|prepare|find|choose",
        "a cake|a kite|a bird house|a soup|a paper boat|a birthday card|a bookshelf|a warm blanket|"
        "a school bag|a small garden|a wooden chair|a website|a photo album|fresh bread|"
        "a cheap bicycle|a lunch box|a puppet|candles",
    ),
    (
        "reset|change|protect|back up|clean|find|safely store|check",
        "my own password|my own account|my own phone|my own computer|my own email|my own wallet|my own keys",
    ),
    (
        "help|thank|cheer up|visit|invite|call|surprise|teach",
        "my neighbour|my boss|my sister|my friend|a stranger|someone|my teacher|an animal|a child|"
        "my classmate",
    ),
    (
        "visit|paint|find|clean|draw|describe|photograph",
        "a bank|a shop|a house|a school|a train station|a museum|an office|my neighbour's house",
    ),
    (
        "learn|practise|enjoy|study|start with",
        "chess|the piano|swimming|drawing|cooking|a new language|running|history|mathematics|gardening",
    ),
)


def _request(rng: Random, families: tuple[tuple[str, str], ...]) -> str:
    verbs, objects = rng.choice(families)
    return f"{rng.choice(verbs.split('|'))} {rng.choice(objects.split('|'))}"


def turn(rng: Random, split: Split) -> Turn:
    unsafe = rng.random() < 0.5
    request = draw(lambda: _request(rng, UNSAFE if unsafe else SAFE), split)
    ask = vary(rng, rng.choice(PREFIXES) + rng.choice(WORDINGS).format(request))
    if unsafe:
        return Turn(ask, REFUSAL)
    restated = re.sub(r"\bmy\b", "your", request)
    return Turn(
        ask,
        f"Here is a simple way to {restated}: take it step by step, use the right tools and check your work.",
    )


conversation = several(turn, 2, 5)
