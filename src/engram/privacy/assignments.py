"""Secrets that only a name before them gives away: `api_key = "..."`, "the wifi password is ...".

A name with a word such as password, token or secret in it, something that joins it to a value, and a value
that looks like no word, no code and no placeholder. For keys and tokens it has to look random: by its length,
kinds of characters and entropy. Not here: values with a form of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from engram.privacy.findings import API_KEY, PASSWORD, PRIVATE_KEY, TOKEN, Finding
from engram.privacy.rules import entropy, lowered

_NAME = re.compile(
    r"(?P<password>(?<![a-z])(?:pw|psk|pwds)(?![a-z])|pass(?:word|wort|wd|phrase|code)s?|pwd|pword|contrase[nñ]a|mot de passe|senha|kennwort|"
    r"lösenord|wachtwoord|has[łl]o|"
    r"(?:recovery|backup|access|activation|security|verification|unlock|one[ -]?time|otp)[ _-]?(?:code|pin)s?|пароль|密码|パスワード|(?<![a-z])pass(?=\s?[:=]))"
    r"|(?P<phrase>(?:seed|recovery|mnemonic|backup)[ _-]?(?:phrase|words?|seed)|mnemonic)"
    r"|(?P<key>(?:api|app|application|access|account|auth|client|consumer|crypto|customer|data|deploy|"
    r"encryption|integration|license|live|master|private|prod(?:uction)?|project|read|rest|secret|security|"
    r"server|service|shared|signing|storage|subscription|test|webhook|write|hmac|jwt|session|admin|user|"
    r"bot|org|team|(?<![a-z])ssh|licen[cs]e|activation|product)[ _.-]{0,2}(?:key|secret|credential)s?(?:[ _-]?id)?"
    r"|apikey|secret|(?<![a-z])salt(?![a-z])|signature|credentials?)"
    r"|(?P<token>(?<![a-z])(?:csrf|xsrf)[ _-]?token|tokens?(?!iz)|bearer|session[ _-]?id|sessid|cookie|"
    r"(?<![a-z])jwt(?![a-z])|(?<![a-z])pat(?![a-z])|(?<![a-z])auth(?![a-z])|(?<![a-z])key(?=[\"']?\s?[:=]|\s(?:is|was)\s))"
)
_STEMS = [
    "pw",
    "psk",
    "pass",
    "pwd",
    "pword",
    "contrase",
    "kennwort",
    "senha",
    "lösenord",
    "wachtwoord",
    "haslo",
    "hasło",
    "пароль",
    "密码",
    "パスワード",
    "phrase",
    "mnemonic",
    "seed",
    "recovery",
    "backup",
    "code",
    "pin",
    "key",
    "secret",
    "salt",
    "signature",
    "credential",
    "token",
    "bearer",
    "sessid",
    "session",
    "cookie",
    "jwt",
    "pat",
    "auth",
]
"""Without one of these, no name is in the text."""
# The rest of the name, what closes it, what joins it to the value, and what opens the value.
_REST = r"[A-Za-z0-9à-ÿ_.-]{0,40}+[\"'`\])*_]{0,3}+(?:\s?,\s?[\"']value[\"'])?"
_OPEN = r"(?P<open>(?:[a-z]{0,2}[\"'`]|[*]{1,2}|<|\()?)"
_ABOUT = r"(?:\s{1,2}(?:for|to|of|on|in|at|from|für|vom|von|der|des|zum|de|du|del|della|delle|do|da|pour|per|para|till|till|av|van|voor|til|na|z)(?:\s[\w.'@-]{1,30}){1,4}?|\s\([^)\n]{1,40}\))??"
_JOINED = re.compile(
    rf"{_REST}{_ABOUT}"
    r"(?P<by>\s?:\s?&?[a-z][\w<>\[\]]{1,20}\s?=\s{0,4}|\s{0,4}(?::=|=>|->|={1,2}|:(?!:)|：)\s{0,4}"
    r"|\s(?:is|was|ist|lautet|es|est|è|é|este|är|er|on|jest|to|as|set to|will be|changed to)"
    r"(?:\s(?:now|still|jetzt))?[:\s]\s{0,2}|\s?(?:は|是|это|—|–|>)\s?)"
    rf"{_OPEN}",
    re.IGNORECASE,
)
_BESIDE = re.compile(rf"{_REST}(?P<by>\s?[,|;\t]\s?|\s){_OPEN}", re.IGNORECASE)
_QUOTED = re.compile(r"[^\"'`\n\\]{4,4000}(?=[\"'`\\])")
_BARE = re.compile(r"[^\s\"'`,;<>()\[\]{}|\\]{4,4000}")
_WORDS = re.compile(r"(?:[a-z]{3,8}[ ,\n]{1,2}){11,23}[a-z]{3,8}", re.IGNORECASE)

_NO_VALUE = re.compile(
    r"(?i:(?:none|null|nil|undefined|true|false|yes|no|required|optional|string|str|int|bool(?:ean)?|text|bytes|any|"
    r"object|secret(?:str)?|pass(?:word|wd|phrase)?|token|key|value|default|empty|missing|invalid|wrong|correct|"
    r"changed?|hidden|redacted|masked|stored|example|changeme|placeholder|todo|tbd|n/?a|not|the|your\w*|"
    r"username|admin|user|self|process|config\w*|settings?|env\w*|here|there|protected|strong|weak|safe|"
    r"long|short|same|new|old|different|hash(?:ed)?|encrypted|expired)[.!?,:;]*)"
    r"|[*•xX.#_-]{3,}|[\[<{(]?[A-Z][A-Z_0-9]*[\]>})]|\$.*|%.*%|\{.*|<.*|\[.*|@\w+"
)
_CODE = re.compile(
    r"\w+(?:\.\w+)*\(|(?:os|process|self|this|config|settings|env|ctx|req|request|args|params|props|secrets|"
    r"vault|data|var|local|module|System|Environment|cfg|options|app|user|form|body|input|event)\.[\w.\[]+$|https?://|[a-z]+(?:\.[a-z_]\w*)+$"
)
_IDENTIFIER = re.compile(
    r"[A-Za-z][a-z]*(?:[_.-][A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][A-Z_]+|/?(?:[\w.-]+/)+[\w.-]*"
)
_TOKEN = re.compile(r"[^\s\"'`,;<>()\[\]{}|\\]{12,4000}")
_DENSE = re.compile(r"[^\s\"'`]{16,400}")
_BEFORE = re.compile(
    r"(?P<value>[^\s\"'`,;<>()\[\]{}|\\]{8,400}?)[\"'`?.,!)]{0,3}\s{1,2}(?:(?:that|this|it)(?:['’]s|\s(?:is|was))|is|was|as|for|"
    r"come|como|als|comme|=|[-–—]|das ist|c['’]est|es|è|é|ist|est)\s(?:\w{1,5}\s){0,2}(?:[\w.-]{1,20}\s){0,2}$",
    re.IGNORECASE,
)
FAR = 80
"""Characters after a name in which something random is its value, whatever stands between."""


def assignments(text: str) -> Iterator[Finding]:
    """Every value that a name gives away."""
    low = lowered(text)
    if not any(stem in low for stem in _STEMS):
        return
    for name in _NAME.finditer(low):
        kind = str(name.lastgroup)
        for start, end in _values(text, name, kind):
            yield Finding(_TYPES[kind], start, end, f"{kind}-by-name")


def _values(text: str, name: re.Match[str], kind: str) -> Iterator[tuple[int, int]]:
    """Where the value of this name stands: joined to it, before it, or near it and random."""
    for joined in filter(None, (way.match(text, name.end()) for way in (_JOINED, _BESIDE))):
        value = _WORDS.match(text, joined.end()) if kind == "phrase" else _value(text, joined)
        if value and _is_secret(kind, value.group(), joined):
            yield value.start(), value.end() - _trailing(text, value, joined)
            return
    if kind in ("key", "token"):
        for token in _TOKEN.finditer(text, name.end(), name.end() + FAR):
            whole = _TOKEN.match(text, token.start())
            if whole and _is_far(text[name.end() : token.start()], whole.group()):
                yield whole.start(), whole.end() - _stop(whole.group())
                return
    before = _BEFORE.search(text, max(0, name.start() - 440), name.start())
    if before and (
        _is_jumbled(before["value"]) or (kind == "password" and _is_password(before["value"], "is", False))
    ):
        yield before.span("value")


def _is_far(between: str, value: str) -> bool:
    """Whether something random behind a name belongs to it: in its sentence, and not the value of another."""
    apart = between[-1:] and between[-1] in " \t\n\"'`(<=:|>*"
    other = re.search(r"(?i)\n\n|sha-?\d|commit|hash|digest|uuid|://", between)
    return bool(apart) and not other and _is_jumbled(value.rstrip(".,:;"))


def _is_jumbled(value: str) -> bool:
    """Random beyond doubt: of the characters of base 64, with lower case, capitals and digits in turns, where
    words and numbers would stand together."""
    if len(value) < 16 or not re.fullmatch(r"[A-Za-z0-9+/_~.-]+={0,2}", value) or not _is_random(value):
        return False
    return _turns(value) >= max(5, len(value) // 4) and bool(re.search(r"\d", value))


def _turns(value: str) -> int:
    """How often lower case, capitals and digits follow one another in it."""
    kinds = [0 if c.islower() else 1 if c.isupper() else 2 for c in value if c.isalnum()]
    return sum(one != other for one, other in pairwise(kinds))


_TYPES = {"password": PASSWORD, "phrase": PRIVATE_KEY, "key": API_KEY, "token": TOKEN}


def _value(text: str, joined: re.Match[str]) -> re.Match[str] | None:
    quoted = joined["open"][-1:] in ("'", '"', "`")
    dense = _DENSE.match(text, joined.end())
    if dense and _is_dense(dense.group()):
        return dense
    return (quoted and _QUOTED.match(text, joined.end())) or _BARE.match(text, joined.end())


def _is_dense(value: str) -> bool:
    """Full of signs of all sorts, brackets too, as generated keys are and code is not."""
    signs = re.findall(r"[!@#$%^&*(=+?)~]", value)
    return len(set(signs)) >= 4 and len(signs) >= len(value) // 8 and bool(re.search(r"\d", value))


def _trailing(text: str, value: re.Match[str], joined: re.Match[str]) -> int:
    """A stop that ends a sentence is not part of a value that stands bare; before a quotation mark it is."""
    if joined["open"] or text[value.end() : value.end() + 1] in ("'", '"', "`"):
        return 0
    return _stop(value.group())


def _stop(value: str) -> int:
    return len(value) - len(value.rstrip(".,:;"))


def _is_secret(kind: str, value: str, joined: re.Match[str]) -> bool:
    if kind == "phrase":
        return True
    plain = value if joined["open"] else value.rstrip(".,:!?*_")
    if len(plain) < 4 or _NO_VALUE.fullmatch(plain) or _CODE.match(plain):
        return False
    by, assigned = joined["by"].strip(), bool(joined["open"])
    if kind == "password":
        return _is_password(plain, by, assigned)
    beside = by in ("", ",", "|", ";") and not assigned
    return _is_jumbled(plain) if beside else _is_random(plain)


def _is_password(value: str, by: str, quoted: bool) -> bool:
    """After = or : anything that is no name in code; in a sentence only what is no word."""
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", r"\d", r"[^\w\s.,:;!?'-]"))
    if " " in value:
        return quoted and kinds >= 2 and len(value) >= 8
    if by and by[-1] in "=:>：":
        return kinds >= 2 or (quoted and len(value) >= 6 and not _IDENTIFIER.fullmatch(value))
    return len(value) >= 6 and kinds >= (2 if re.search(r"\d|[^\w.,:;!?'-]", value[:-1]) else 3)


def _is_random(value: str) -> bool:
    """Long enough, of several kinds of characters, and with nearly the entropy that chance would give.

    A random value of n characters over an alphabet of size k has about log2(min(n, k)) bits each; names
    and sentences stay well below. Hexadecimal needs 16 characters, others 12 with a digit.
    """
    if re.search(r"\s", value) or len(value) < 12 or _IDENTIFIER.fullmatch(value):
        return False
    if re.fullmatch(r"[0-9a-fA-F-]{16,}", value):
        return entropy(value) >= 2.7
    has_digit, has_letter = re.search(r"\d", value), re.search(r"[A-Za-z]", value)
    if not (has_digit and has_letter):
        return (
            len(value) >= 16 and _turns(value) >= len(value) // 3 and bool(re.search(r"[A-Z]{2}|\W", value))
        )
    return entropy(value) >= (3.0 if len(value) < 20 else 3.3)
