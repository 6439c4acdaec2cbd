"""A chat template, compiled and run in a sandbox, with the helpers that published templates expect.

Templates come with models, so they are data from outside: immutable sandbox, capped size and output, and
every failure becomes a ModelError with the template's own words. Not here: token ids and masks (render.py).
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from engram.errors import ModelError
from engram.lessons.sandbox import Sandbox
from engram.types import Message

# For models that come without a template: a frame that base models know from their pretraining text. Each
# part ends in a line feed, so that an answer's own leading spaces stay its own.
PLAIN_FRAME = (
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content + '\\n\\n' }}"
    "{% elif message.role == 'user' %}{{ 'Question:\\n' + message.content + '\\nAnswer:\\n' }}"
    "{% else %}{{ message.content + eos_token + '\\n' }}{% endif %}"
    "{% endfor %}"
)
LONGEST_TEMPLATE = 200_000  # characters
LONGEST_RENDERING = 4_000_000  # characters
# Some templates print today's date. A prompt that changes overnight is not the prompt that was trained, so
# the date stands still; it is the one that Llama 3 templates fall back to.
FIXED_DATE = datetime.datetime(2024, 7, 26)


class _Generation(Extension):
    """`{% generation %} ... {% endgeneration %}`: markers for masks, found here by differencing."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it as an instance attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class ChatTemplate:
    """Messages to text. `special` are the tokenizer's named tokens (bos_token, eos_token, ...)."""

    def __init__(self, source: str, special: Mapping[str, str]) -> None:
        if len(source) > LONGEST_TEMPLATE:
            raise ModelError(
                f"The model's chat template is {len(source):,} characters long; it was not used."
            )
        environment = Sandbox(
            trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _to_json
        environment.globals.update(raise_exception=_raise_exception, strftime_now=FIXED_DATE.strftime)
        self._environment = environment
        self._special = dict(special)
        try:
            self._template = environment.compile_bounded(source)
        except Exception as error:
            raise _failure(error) from None

    def render(self, messages: Sequence[Message], add_generation_prompt: bool) -> str:
        """The conversation as text. Raises ModelError when the template fails or refuses."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        # Thinking is off: its blocks are not part of what is taught. tools and documents must be None, not
        # undefined, because templates ask `is not none`.
        values = {"tools": None, "documents": None, "enable_thinking": False, **self._special}
        pieces: list[str] = []
        length = 0
        self._environment.restart()
        try:
            for piece in self._template.generate(
                messages=turns, add_generation_prompt=add_generation_prompt, **values
            ):
                pieces.append(piece)
                length += len(piece)
                if length > LONGEST_RENDERING:
                    raise jinja2.TemplateError(f"it writes more than {LONGEST_RENDERING:,} characters")
        except Exception as error:  # a template can fail in any way that Python can
            raise _failure(error) from None
        return "".join(pieces)


def _failure(error: Exception) -> ModelError:
    return ModelError(
        f"The model's chat template cannot be used: {error or type(error).__name__}",
        "Check the order and the roles of the messages, or choose another model.",
    )


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)


def _to_json(value: Any, indent: int | None = None, **options: Any) -> str:
    """Plain JSON: jinja2's own filter escapes for HTML, which would change the tokens."""
    return json.dumps(value, ensure_ascii=False, indent=indent, **options)
