"""The form in which keys are compared: case, width, accents' spelling and white space do not count.

Per code point NFKD(casefold(NFKD(c))), white space dropped, and typographic quotes and hyphens written as the
plain ones that keyboards have. As every code point is taken by itself, the form of two texts joined is their
forms joined: so a token can be put into it once, however a text was cut. (Marks that stand in another order
than usual after one letter are therefore told apart.) Here is also where a key
may begin and what may follow it. Not here: token ids (tokens.py).
Source of the parts: Unicode Standard Annex 15 and section 3.13, "Default Case Folding".
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, name, normalize

# They stand before a word without a space: in `-22`, `x.key` or `#key` no key `22` or `key` begins.
_JOINING = frozenset("_-.:/\\@#&+'’$%~^")
# Sentence marks, closing brackets and quotes, and what leads to an answer (`KEY =`, `KEY ->`). Signs that
# make another name of it, as in C++, C# or 5%, are not among them.
_TRAILING = frozenset(".,;:!?\"'`)]}>=-*|") | frozenset("→⇒")
_TRAILING_KINDS = frozenset({"Pd", "Pe", "Pf", "Pi", "Po"})  # of characters beyond ASCII
# Writing that sets no spaces between words: each character may begin one.
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPH", "THAI", "LAO", "KHMER", "MYANMAR")

# Phones write the curved ones by themselves, and nobody means another key by them.
_PLAIN = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "‐": "-"})


def canonical(text: str) -> str:
    """`text` as keys are compared; empty for white space alone."""
    if text.isascii():
        return "".join(text.lower().split())
    return "".join(map(canonical_character, text))


@lru_cache(maxsize=1 << 16)
def canonical_character(character: str) -> str:
    folded = normalize("NFKD", normalize("NFKD", character).casefold())
    return "".join(part for part in folded if not part.isspace()).translate(_PLAIN)


@lru_cache(maxsize=1 << 16)
def may_begin(before: str, character: str) -> bool:
    """Whether a key may begin with `character` after the character `before` ("" where nothing precedes)."""
    if not before or before.isspace():
        return True
    if before in _JOINING or is_mark(character):
        return False
    if is_spaceless(before) or is_spaceless(character):
        return True
    return not _in_word(before)


@lru_cache(maxsize=1 << 16)
def is_trailing(character: str) -> bool:
    """Whether a canonical character may follow a key without being a part of it."""
    if character.isascii() or character in _TRAILING:
        return character in _TRAILING
    return category(character) in _TRAILING_KINDS


def is_spaceless(character: str) -> bool:
    """Whether it is of a writing that sets no spaces between words."""
    return not character.isascii() and name(character, "").startswith(_SPACELESS)


def is_mark(character: str) -> bool:
    """Accents and joiners that belong to the character before them."""
    return not character.isascii() and category(character) in ("Mn", "Mc", "Me", "Cf")


def _in_word(character: str) -> bool:
    return character.isalnum() or is_mark(character)
