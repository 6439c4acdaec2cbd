"""Secrets that only a name before them gives away: `api_key = "..."`, "the wifi password is ...".

A name with a word such as password, token or secret in it, something that joins it to a value, and a value
that looks like no word, no code and no placeholder. For keys and tokens it has to look random: by its length,
kinds of characters and entropy. Not here: values with a form of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy.findings import API_KEY, PASSWORD, PRIVATE_KEY, TOKEN, Finding
from engram.privacy.rules import entropy, lowered

_NAME = re.compile(
    r"(?P<password>pass(?:word|wort|wd|phrase|code)s?|pwd|pword|contrase[nñ]a|mot de passe|senha|kennwort|"
    r"lösenord|wachtwoord|has[łl]o|пароль|密码|パスワード|(?<![a-z])pass(?=\s?[:=]))"
    r"|(?P<phrase>(?:seed|recovery|mnemonic|backup)[ _-]?(?:phrase|words?|seed)|mnemonic)"
    r"|(?P<key>(?:api|app|application|access|account|auth|client|consumer|crypto|customer|data|deploy|"
    r"encryption|integration|license|live|master|private|prod(?:uction)?|project|read|rest|secret|security|"
    r"server|service|shared|signing|storage|subscription|test|webhook|write|hmac|jwt|session|admin|user|"
    r"bot|org|team|(?<![a-z])ssh|licen[cs]e|activation|product)[ _.-]{0,2}(?:key|secret|credential)s?(?:[ _-]?id)?"
    r"|apikey|secret|(?<![a-z])salt(?![a-z])|signature|credentials?)"
    r"|(?P<token>(?<![a-z])(?:csrf|xsrf)[ _-]?token|tokens?(?!iz)|bearer|session[ _-]?id|sessid|cookie|"
    r"(?<![a-z])jwt(?![a-z])|(?<![a-z])pat(?![a-z])|(?<![a-z])auth(?![a-z])|(?<![a-z])key(?=[\"']?\s?[:=]|\s(?:is|was)\s))"
)
_STEMS = (
    "pass pwd pword contrase kennwort senha lösenord wachtwoord haslo hasło пароль 密码 パスワード phrase mnemonic "
    "seed recovery backup key secret salt signature credential token bearer session sessid cookie jwt pat auth"
).split()
# The rest of the name, what closes it, what joins it to the value, and what opens the value.
_JOINED = re.compile(
    r"[\w.-]{0,40}+[\"'`\])]{0,2}+(?:\s{1,2}(?:for|to|of|on|in|at|from)(?:\s[\w.'@-]{1,30}){1,4}?|\s\([^)\n]{1,40}\))?"
    r"(?P<by>\s{0,4}(?::=|=>|->|={1,2}|:(?!:)|：)\s{0,4}|\s(?:is|was|ist|es|est|är|er|to|as|set to|will be|changed to|=)(?:\s(?:now|still))?[:\s]\s{0,2}|\s?[,|]\s?|\s)"
    r"(?P<open>(?:[a-z]{0,2}[\"'`]|\\\"|[*_]{1,2}|<|\()?)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[^\"'`\n\\]{4,400}(?=[\"'`\\])")
_BARE = re.compile(r"[^\s\"'`,;<>()\[\]{}|\\]{4,400}")
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
_IDENTIFIER = re.compile(r"[A-Za-z][a-z]*(?:[_.-][A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][A-Z_]+|/?(?:[\w.-]+/)+[\w.-]*")
_WEAK = frozenset({" ", ","})


def assignments(text: str) -> Iterator[Finding]:
    """Every value that a name gives away."""
    low = lowered(text)
    if not any(stem in low for stem in _STEMS):
        return
    for name in _NAME.finditer(low):
        joined = _JOINED.match(text, name.end())
        if not joined:
            continue
        kind = str(name.lastgroup)
        value = _value(text, joined)
        if kind == "phrase":
            value = _WORDS.match(text, joined.end())
        if value and _is_secret(kind, value.group(), joined):
            end = value.end() - _trailing(value.group(), joined)
            yield Finding(_TYPES[kind], value.start(), end, f"{kind}-by-name")


_TYPES = {"password": PASSWORD, "phrase": PRIVATE_KEY, "key": API_KEY, "token": TOKEN}


def _value(text: str, joined: re.Match[str]) -> re.Match[str] | None:
    quoted = joined["open"][-1:] in ("'", '"', "`")
    return (quoted and _QUOTED.match(text, joined.end())) or _BARE.match(text, joined.end())


def _trailing(value: str, joined: re.Match[str]) -> int:
    """Punctuation that ends a sentence is not part of a value that stands bare."""
    return 0 if joined["open"] else len(value) - len(value.rstrip(".,:!?*_"))


def _is_secret(kind: str, value: str, joined: re.Match[str]) -> bool:
    if kind == "phrase":
        return True
    plain = value if joined["open"] else value.rstrip(".,:!?*_")
    if len(plain) < 4 or _NO_VALUE.fullmatch(plain) or _CODE.match(plain):
        return False
    by, assigned = joined["by"].strip(), bool(joined["open"])
    if kind == "password":
        return _is_password(plain, by, assigned)
    return by not in ("", ",", "|") and _is_random(plain) or len(plain) >= 20 and _is_random(plain)


def _is_password(value: str, by: str, quoted: bool) -> bool:
    """After = or : anything that is no name in code; in a sentence only what is no word."""
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", r"\d", r"[^\w\s.,:;!?'-]"))
    if " " in value:
        return quoted and kinds >= 2 and len(value) >= 8
    if by in ("=", ":", ":=", "=>", "->", "==", "："):
        return kinds >= 2 or (quoted and len(value) >= 6 and not _IDENTIFIER.fullmatch(value))
    return len(value) >= 6 and bool(re.search(r"\d|[^\w.,:;!?'-]", value[:-1])) and kinds >= 2


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
        return len(value) >= 24 and entropy(value) >= 4.0 and bool(re.search("[a-z]", value) and re.search("[A-Z]", value))
    return entropy(value) >= (3.0 if len(value) < 20 else 3.3)
