"""What a plan costs at most, before anything is sent: requests, tokens and money, as upper bounds.

A token of a byte-level vocabulary stands for at least one byte of UTF-8, so a text has at most as many tokens
as bytes; the template's own tokens are allowed for. Not here: what was paid in the end (client.py counts).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from engram.config import TeacherSettings
from engram.synth.asks import LONGEST_WHY, Ask
from engram.synth.replies import schema

TEMPLATE = 16
"""Tokens that a chat template adds to a message, at most: role names and marks."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`requests` if every answer is of use, `most_requests` if each is asked for as often as it may be.

    Tokens and money are for `most_requests`, money in the unit of the prices; None where those are unknown.
    """

    requests: int
    most_requests: int
    tokens_in: int
    tokens_out: int
    money: float | None


def most(asks: Sequence[Ask], settings: TeacherSettings) -> Cost:
    """An upper bound for these requests under these settings."""
    times = 1 + settings.retries
    first = sum(_tokens(ask, "") for ask in asks)
    again = sum(_tokens(ask, "x" * LONGEST_WHY) for ask in asks) * settings.retries
    answered = len(asks) * times * settings.max_tokens
    return Cost(
        len(asks), len(asks) * times, first + again, answered, _money(first + again, answered, settings)
    )


def _tokens(ask: Ask, refused: str) -> int:
    said = sum(len(message["content"].encode()) + TEMPLATE for message in ask.messages(refused))
    return said + len(json.dumps(schema(ask.count)))  # some servers count the schema as well


def _money(tokens_in: int, tokens_out: int, settings: TeacherSettings) -> float | None:
    if settings.price_in is None or settings.price_out is None:
        return None
    return (tokens_in * settings.price_in + tokens_out * settings.price_out) / 1e6
