"""The guard: what a text may be written down as, by the settings for each type.

It finds (detecting.py, names.py, unsafe.py), masks (masking.py), and says what it did in counts; values leave
it only inside a `Guarded`, which does not show them. Not here: who asks it (store, chat, lessons), and the
audit (store/redactions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from engram.config import PrivacySettings
from engram.privacy.detecting import detect
from engram.privacy.findings import TYPES, Finding, counts, disjoint
from engram.privacy.masking import mask
from engram.privacy.names import Recogniser, names, presidio_names
from engram.privacy.unsafe import unsafe_kinds
from engram.types import Guarded

RULES = "2"
"""Changes with the rules, so that what was screened by older ones is screened again."""
SHORTEST_KNOWN = 4
"""Characters of a value that is looked for again as it stands."""


class PrivacyGuard:
    """The rules under one user's settings. Compiling happens once, when this module is imported."""

    def __init__(self, settings: PrivacySettings | None = None) -> None:
        self.settings = settings or PrivacySettings()
        self._kept = {name for name in TYPES if getattr(self.settings, name) == "keep"}
        self._dropped = {name for name in TYPES if getattr(self.settings, name) == "drop"}

    def __call__(self, text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        """The text as it may be kept; None if it may not at all.

        `about` is what the text is the value of, such as the key of a fact: it helps to understand it and is
        not part of it. `known` are values found before, with their types: they are masked wherever they stand.
        """
        found = self.find(text, about, known or {})
        acted = [finding for finding in found if finding.type not in self._kept]
        kept = counts([finding for finding in found if finding.type in self._kept])
        kinds = unsafe_kinds(text) if self.settings.unsafe == "flag" else ()
        if any(finding.type in self._dropped for finding in acted):
            dropped = [finding for finding in acted if finding.type in self._dropped]
            return Guarded(None, counts(dropped), kept, kinds)
        values = {text[finding.start : finding.end]: finding.type for finding in acted}
        return Guarded(mask(text, acted) if acted else text, counts(acted), kept, kinds, values)

    def find(self, text: str, about: str = "", known: Mapping[str, str] | None = None) -> list[Finding]:
        """Every finding of every type, apart from one another, in order."""
        before = f"{about}: " if about else ""
        found = [_moved(one, -len(before)) for one in detect(before + text) if one.end > len(before)]
        found += [one for value, kind in (known or {}).items() for one in _known(text, value, kind)]
        if self._recogniser:
            found += names(text, self._recogniser)
        return disjoint(found)

    @cached_property
    def _recogniser(self) -> Recogniser | None:
        return presidio_names() if self.settings.names == "presidio" else None


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(finding.type, max(0, finding.start + by), finding.end + by, finding.rule)


def _known(text: str, value: str, kind: str) -> list[Finding]:
    """Every place in the text where this value stands."""
    found: list[Finding] = []
    at = text.find(value) if len(value) >= SHORTEST_KNOWN else -1
    while at >= 0:
        found.append(Finding(kind, at, at + len(value), "known"))
        at = text.find(value, at + len(value))
    return found
