"""JSON from a stranger: exactly one value, every key once, no NaN, no half characters; else a sentence.

Not here: what the value should be (completions.py, replies.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engram.errors import TeacherError


class BadAnswer(TeacherError):
    """An answer that is no use; nothing of it is taken. `message` says why, without quoting it."""


def strict_json(text: str) -> Any:
    """The value of a JSON text. Raises BadAnswer."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair cannot be written down
    except UnicodeEncodeError:
        raise BadAnswer("It holds half of a character.") from None
    except (ValueError, RecursionError):
        raise BadAnswer("It is not JSON, or there is text around the JSON.") from None
    return value


def only(value: Any, *keys: str) -> dict[str, Any]:
    """The value, if it is an object with exactly these keys. Raises BadAnswer."""
    if not isinstance(value, dict) or set(value) != set(keys):
        raise BadAnswer(f"It has no object with exactly the keys {', '.join(keys)} where one is expected.")
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)
