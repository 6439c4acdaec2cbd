"""What every section of the settings is made of. Not here: any setting."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field


def setting(default: Any, description: str, *, unit: str, why: str, **bounds: Any) -> Any:
    """A field that documents itself. `unit` is "" for choices and switches."""
    return Field(
        default=default, description=description, json_schema_extra={"unit": unit, "why": why}, **bounds
    )


class Section(BaseModel):
    """A table of engram.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)

    def with_defaults(self, **own: Any) -> Self:
        """With these values in place of the section's defaults; what was set stays."""
        unset = {name: value for name, value in own.items() if name not in self.model_fields_set}
        return self.model_copy(update=unset)
