"""Unsafe or abusive content. Thin for now."""

from __future__ import annotations


def unsafe_kinds(text: str) -> tuple[str, ...]:
    """The kinds of unsafe content in a text."""
    return ()
