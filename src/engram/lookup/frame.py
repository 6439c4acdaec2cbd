"""What a chat template puts around the user's words, found by differencing: where a question ends.

Renders that differ only in what the user says have the rest in common: `suffix` after it, through which the
template asks for an answer, and `header` before it. The answer's ids come from the same renderer, so that
what is forced is what would have been trained. Not here: templates and masks (lessons/render.py, handed in).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engram.types import Message, Renderer

# They end and begin in different ways, since some vocabularies join a line feed with what is before it.
_PROBES = ("a", "B?", "7.", '("c")', "d e!", "-f:")


@dataclass(frozen=True, slots=True)
class Frame:
    """Token ids. `suffix`: between the user's words and the answer. `header`: before the user's words.
    `stop_id` ends an answer in the template, `end_id` a plain text."""

    suffix: tuple[int, ...]
    header: tuple[int, ...]
    stop_id: int
    end_id: int


def read_frame(renderer: Renderer) -> Frame:
    """Raises ModelError when the template fails."""
    first = [_prompt(renderer, Message("user", probe)) for probe in _PROBES]
    answered = (Message("user", "g"), Message("assistant", "h"))
    later = [_prompt(renderer, *answered, Message("user", probe)) for probe in _PROBES]
    suffix = _common_end([*first, *later])
    headers = [_common_start(prompts) for prompts in (first, later)]
    told = renderer.conversation([Message("user", "g"), Message("assistant", "h")])
    ends = [int(token) for token in told.ids[told.mask]]
    return Frame(suffix, _common_end(headers), ends[-1], int(renderer.text("g").ids[-1]))


def answer_ids(renderer: Renderer, answer: str) -> tuple[int, ...]:
    """The answer as an assistant's turn has it, without its stop token. Raises UsageError, ModelError."""
    told = renderer.conversation([Message("user", "g"), Message("assistant", answer)])
    return tuple(int(token) for token in told.ids[told.mask][:-1])


def _prompt(renderer: Renderer, *messages: Message) -> tuple[int, ...]:
    return tuple(int(token) for token in renderer.prompt(messages))


def _common_start(rows: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    shortest = min(rows, key=len)
    for at, token in enumerate(shortest):
        if any(row[at] != token for row in rows):
            return shortest[:at]
    return shortest


def _common_end(rows: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return _common_start([row[::-1] for row in rows])[::-1]
