"""The engram.toml of a new home: every setting as a comment, with its default, unit and reason.

Not here: the settings (config).
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

from pydantic.fields import FieldInfo

from engram.config import Settings

HEAD = """\
# Settings of this home. Every line is a comment with the default: take away the # before a name to change it.
# Flags on the command line win over this file. docs/settings.md says more.
"""


def settings_template() -> str:
    """TOML that sets nothing."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        section: Any = field.annotation
        fields: dict[str, FieldInfo] = section.model_fields
        parts += [f"[{name}]\n", *(_setting(key, entry) for key, entry in fields.items())]
    return "\n".join(parts)


def _setting(name: str, field: FieldInfo) -> str:
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = f" In {extra['unit']}." if extra.get("unit") else ""
    words = f"{field.description}{unit} Default because: {extra.get('why', '')}."
    comment = textwrap.fill(words, 110, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n# {name} = {_toml(field.default)}\n"


def _toml(value: Any) -> str:
    """A default as TOML; what is not set by default has no value in TOML."""
    if value is None:
        return "(not set)"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
