"""What a text is searched by: its terms, the same for memories and for questions.

Scripts that put spaces between words give words, lower-cased, without accents and plural endings; scripts
that do not (Chinese, Japanese, Thai, ...) give single characters and pairs. Not here: sentences
(sentences.py), and how rare a term is (index.py).
"""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")
_POSSESSIVE = re.compile(r"['\u2019\u02bc]s\b|['\u2019\u02bc]")

# Everything else may be part of a word: letters and marks of all scripts, digits, also emoji.
_WORD = re.compile(
    "[^\\s\x00-/:-@\\[-`{-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u037e\u0387\u055a-\u055f\u0589\u05be\u05c0"
    "\u05c3\u05f3\u05f4\u060c\u061b\u061e\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u2190-\u22ff"
    "\u3000-\u3020\u3030\u30fb\ufe0e\ufe0f]+"
)

# Thai, Lao, Myanmar, Khmer, kana, Han and Hangul. Hangul has spaces, but its particles stick to the words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f]+"
)

_ANCHOR = re.compile(r"\w+(?=['\u2019\u02bc]s\b)|\w*\d\w*|(?<=[\w,] )[^\W\d_a-z]\w*")

LONGEST = 40
"""Longer words (keys, addresses of pages) are searched by their first characters."""


def terms(text: str, question: bool = False) -> list[str]:
    """The terms of a text in their order, repeats included.

    A memory's unspaced runs give characters and pairs; a `question`'s give pairs only, where there are any,
    since single characters are common.
    """
    found: list[str] = []
    for word in _WORD.findall(_POSSESSIVE.sub("", folded(text))):
        if word.isascii():
            found.append(singular(word[:LONGEST]))
        else:
            found.extend(_unspaced(word, question))
    return found


def anchors(question: str) -> frozenset[str]:
    """The terms of a question that say of whom or what: names (capitals inside a sentence), numbers, codes,
    and whoever something belongs to ("my sister's")."""
    found = " ".join(match.group().strip() for match in _ANCHOR.finditer(question))
    return frozenset(term for term in terms(found) if not is_function_word(term))


def folded(text: str) -> str:
    """Lower case, compatibility forms replaced, accents gone: "Café" and "CAFE" become one."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).casefold()
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", plain))


def singular(word: str) -> str:
    """English plural endings removed by the three rules of the S stemmer (Harman, "How effective is
    suffixing?", JASIS 1991). Words of four letters or more; others stay."""
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word if word[-2] in "us" else word[:-1]


def _unspaced(word: str, question: bool) -> list[str]:
    """A word that may hold runs without spaces: those as characters and pairs, the rest as it stands."""
    parts: list[str] = []
    end = 0
    for run in _UNSPACED.finditer(word):
        parts.extend(rest for rest in [word[end : run.start()][:LONGEST]] if rest)
        text = run.group()
        if not question or len(text) == 1:
            parts.extend(text)
        parts.extend(text[i : i + 2] for i in range(len(text) - 1))
        end = run.end()
    parts.extend(rest for rest in [word[end:][:LONGEST]] if rest)
    return parts


# English words that carry no topic: a memory that shares only these with a question does not answer it.
_LISTED = """
a about actually again all also am an and any anything are as ask at be been but by can could
currently did do doe does doing done dont ever everything exactly for from gave get give go going
got ha had has have he hello her here hers hey hi him his how i id if ill im in into is isnt it its
ive just know let like ll may me mention mentioned might mine more much must my no not now of off ok
okay on once one or our out over own please quite re really recall remember remembered remind said
say says she should so some something t tell tells than thank thanks that the their them then there
these they thing this those to told too um up us ve very wa wanna want was we well were what whats
when where which who whom whose why will with would yes you your yours
"""
_FUNCTION_WORDS = frozenset(_LISTED.split())

# Words that questions about every topic hold and that statements mostly lack: "what kind of lamp do I need?"
_LISTED_VAGUE = """
against bad big come comes coming end first going good happen happened kind last latest little long look
looked lot made make making man many moment most much need needed new next normally often own people person
somebody somehow sort still thing type use used using usually way
"""
_VAGUE_WORDS = frozenset(_LISTED_VAGUE.split())


def is_vague(term: str) -> bool:
    """Whether a term is one of the English words that say little about the topic of a question."""
    return term in _VAGUE_WORDS


def is_function_word(term: str) -> bool:
    """Whether a term is one of the English words that say nothing about the topic."""
    return term in _FUNCTION_WORDS
