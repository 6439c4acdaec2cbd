"""The guard that commands hand to whatever writes: the rules, under the settings of a home.

It is made at the first text, since compiling its rules takes longer than most commands. Not here: the rules
(privacy), or showing what was done (privacy.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engram.config import PrivacySettings
from engram.home import Home
from engram.settings_file import read_settings
from engram.types import Guard, Guarded


class LazyGuard:
    """A PrivacyGuard, made (and its settings read) when it is first asked."""

    def __init__(self, settings: Callable[[], PrivacySettings]) -> None:
        self._settings = settings
        self._made: Guard | None = None

    def __call__(self, text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        if self._made is None:
            from engram.privacy.guard import PrivacyGuard

            self._made = PrivacyGuard(self._settings())
        return self._made(text, about, known)


def guard_of(home: Home) -> Guard:
    """Under the settings of this home, which are read at the first text; that raises SettingsError."""
    return LazyGuard(lambda: read_settings(home.settings).privacy)


def told(found: Mapping[str, int]) -> str:
    """What was masked, in words: `1 email, 2 cards`."""
    return ", ".join(
        f"{number:,} {name.replace('_', ' ')}{'' if number == 1 else 's'}" for name, number in found.items()
    )
