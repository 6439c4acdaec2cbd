"""The chat frame that a base is asked in, as other programs need it: its template and how a prompt begins.

Not here: rendering (lessons/render.py).
"""

from __future__ import annotations

from engram.errors import ModelError
from engram.lessons.render import ChatRenderer
from engram.models.base import Base
from engram.types import Message


def template_of(base: Base) -> str:
    """The Jinja source of the template in use. Raises ModelError for a base that is none of a folder's."""
    if not isinstance(base.renderer, ChatRenderer):
        raise ModelError(f"{base.id} has no chat template that could be exported.", "Choose another model.")
    return base.renderer.source


def first_id(base: Base) -> int:
    """The id that every prompt begins with: bos where the template or the tokenizer writes it."""
    return int(base.renderer.prompt([Message("user", "?")])[0])
