"""How a person is reached: mail addresses, telephone numbers, addresses of machines on a network.

Not here: where they live (postal.py), numbers with check digits (numbers.py, national_ids.py).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from engram.privacy.findings import EMAIL, IP, MAC, PHONE, Finding
from engram.privacy.rules import Rule, anything, rule

# RFC 5321 and 6531: letters of every script; also written out as people do against robots.
_MAIL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w](?:[\w-]{0,62}\.)){1,8}[^\W\d_]{2,24}(?![\w-])"
_AT = r"\s?(?:\[at\]|\(at\)|\{at\}|<at>|\sat\s|%40)\s?"
_DOT = r"\s?(?:\[dot\]|\(dot\)|\{dot\}|\sdot\s|\.)\s?"


def _is_person_at(value: str) -> bool:
    """git@host and SCP paths name no person, nor do addresses of a package (`lib@1.2`)."""
    return not value.startswith(("git@", "@")) and ".." not in value


def is_address(value: str) -> bool:
    """An IP address that names somebody's machine: not loopback, not "any", not a mask, no multicast."""
    try:
        found = ipaddress.ip_address(value.partition("%")[0])
    except ValueError:
        return False
    nobody = found.is_loopback or found.is_unspecified or found.is_multicast
    return not nobody and not value.startswith(("255.", "0.")) and value not in ("::", "::1")


def _is_full_mac(value: str) -> bool:
    plain = re.sub(r"[^0-9a-f]", "", value.lower())
    return len(plain) in (12, 16) and plain not in ("0" * 12, "f" * 12)


_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

CONTACTS: tuple[Rule, ...] = (
    rule(EMAIL, "address", rf"(?<![\w.+@/-])(?P<it>{_MAIL})", "@", _is_person_at, 0),
    rule(EMAIL, "mailto", r"(?i:mailto:)(?P<it>[^\s?\"'<>]{3,254})", "mailto:", lambda value: "@" in value or "%40" in value),
    rule(EMAIL, "written-out", rf"(?i)(?<![\w.+-])(?P<it>[a-z][\w.+-]{{0,63}}{_AT}[a-z0-9][\w-]{{0,62}}{_DOT}(?:[a-z0-9-]{{2,63}}{_DOT})?(?:com|org|net|edu|gov|io|de|uk|fr|es|it|nl|eu|ch|at|pl|se|no|dk|fi|be|br|in|jp|cn|ca|au|us|info|me|dev|app|ai|co))(?!\w)", "[at] (at) {at} <at> %40", anything),
    rule(IP, "v4", rf"(?<![\w.-])(?<!==)(?P<it>(?:{_OCTET}\.){{3}}{_OCTET})(?![\w-]|\.\d)", ".", is_address),
    rule(IP, "v6", r"(?<![\w:.])(?P<it>(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?:%\w{1,16})?)(?![\w:])", ":", lambda value: is_address(value) and sum(c.isalnum() for c in value) > 3),
    rule(MAC, "octets", r"(?<![\w:-])(?P<it>[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5,7}|(?:-[0-9A-Fa-f]{2}){5,7}))(?![\w:-])", ": -", _is_full_mac),
    rule(MAC, "cisco", r"(?<![\w.])(?P<it>[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w.])", ".", _is_full_mac),
    rule(MAC, "plain", r"(?i:\b(?:mac|hwaddr|bssid|ether)\b[^\n]{0,20}?)(?P<it>(?<![0-9A-Fa-f])[0-9A-Fa-f]{12})(?![0-9A-Fa-f])", "mac hwaddr bssid ether", _is_full_mac),
)  # fmt: skip

# ITU-T E.164: a country code and at most 15 digits. Between digits stand single separators.
_SEPARATOR = r"(?:[ \u00a0\u202f.\-‑–/]|\s?\(|\)\s?|\s[-–]\s)"
_PLUS = re.compile(rf"(?<![\w+])(?:\+|00(?=[1-9]))\s?\(?[1-9](?:{_SEPARATOR}{{0,2}}\d){{6,14}}(?![\d])")
_TRUNK = re.compile(rf"(?<![\w.,/-])\(?0\d{{1,5}}\)?(?:{_SEPARATOR}{{1,2}}\d{{2,8}}){{1,5}}(?![\w-]|[.,]\d)")
_AMERICAN = re.compile(
    r"(?<![\w.+-])(?:1[ .-]?)?(?:\([2-9]\d{2}\)[ .-]?|[2-9]\d{2}[.-]|[2-9]\d{2} )[2-9]\d{2}[ .-]\d{4}"
    r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w-]|\.\d)"
)
_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:tel(?:ephone|efon(?:o|e)?|éfono)?|phone|cell(?:phone|ular)?|mobile?|handy(?:nummer)?|m[oó]vil|"
    r"portable|whatsapp|signal|fax|hotline|call(?: me)?|ring(?: me)?|text(?: me)?|sms|rufnummer|ruf(?: mich)?(?: bitte)? an|erreichbar(?: unter)?|"
    r"ll[aá]m[ae]me|llamar|appelle[- z]?(?:moi)?|joignable(?: au)?|chiama(?:mi|temi|re)?|lig(?:a|ue)(?:-me)?|bel(?: me)?|"
    r"ring mig|zadzwoń|dzwoń|arayın|позвони\w*|телефон\w*|тел|puhelin\w*|telefoni?|cel|celular|telemóvel|komórk\w*|"
    r"num(?:ber|éro|ero|mer)|contact|dial|reach(?: me)?|電話|电话|手机|tlf|puh|gsm|tél)(?![a-z])"
)
_AFTER = re.compile(
    rf"[^\d\n]{{0,40}}?(?<![\d.,])(?P<it>\+?\(?\d(?:{_SEPARATOR}{{0,2}}\d){{6,14}})(?![\d%]|[.,]\d)"
)
_BARE = re.compile(r"(?<![\w.,+-])0\d{8,10}(?![\w-]|[.,]\d)")
_DATE = re.compile(
    r"(?<![\d+])(?<!\+\d)(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<![\d+])(?<!\+\d)(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:19|20)\d\d(?!\d)"
)
_TALK_OF_NUMBERS = re.compile(r"(?i)num(?:ber|éro|ero|mer)")
_ABOUT = re.compile(
    r"(?i)phone|tel|mobil|cell|call|ring|text|contact|reach|whatsapp|sms|dial|fax|handy|her|his|my"
)


_VERSION = re.compile(
    r"(?i)(?<![a-z])(?:version|release|(?:up|down)grade|update|build|firmware|patch|driver)[a-z]{0,2}(?![a-z])"
)


def is_version(text: str, finding: Finding) -> bool:
    """Whether what looks like an IP address is the number of a version: a word just before says so."""
    return (
        finding.rule == "v4" and _VERSION.search(text, max(0, finding.start - 40), finding.start) is not None
    )


def phones(text: str) -> Iterator[Finding]:
    """Telephone numbers: with a country code, as a country writes its own, or after a word that says so."""
    for name, pattern in (("international", _PLUS), ("trunk", _TRUNK), ("american", _AMERICAN)):
        for match in pattern.finditer(text):
            if _is_number(match.group()):
                yield Finding(PHONE, *match.span(), name)
    if "\n" in text and _NAMED.search(text):
        yield from _in_columns(text)
    for match in _BARE.finditer(text):
        words = (word.group() for word in _NAMED.finditer(text, max(0, match.start() - 60), match.start()))
        if any(not _TALK_OF_NUMBERS.fullmatch(word) for word in words) and _is_number(match.group()):
            yield Finding(PHONE, *match.span(), "bare")
    for word in _NAMED.finditer(text):
        if not (after := _AFTER.match(text, word.end())) or not _is_number(after["it"]):
            continue
        before = text[max(0, word.start() - 30) : word.start()]
        if not _TALK_OF_NUMBERS.fullmatch(word.group()) or _ABOUT.search(before):
            yield Finding(PHONE, *after.span("it"), "named")


def _in_columns(text: str) -> Iterator[Finding]:
    """Numbers below a column's head that says telephone, in what is separated by ; | tabs or commas."""
    lines = list(re.finditer(r"[^\n]+", text))
    for head, *below in (lines[at : at + MOST_ROWS] for at in range(min(len(lines) - 1, MOST_HEADS))):
        named = _NAMED.search(head.group())
        mark = named and next((sign for sign in ";|\t," if sign in head.group()), None)
        if not named or not mark or re.search(r"\d{3}", head.group()):
            continue
        column = head.group().count(mark, 0, named.start())
        for line in below:
            start = line.start()
            for place, cell in enumerate(line.group().split(mark)):
                if place == column and (number := _CELL.fullmatch(cell)) and _is_number(cell):
                    yield Finding(PHONE, start + number.start("it"), start + number.end("it"), "column")
                start += len(cell) + 1


_CELL = re.compile(r"[\s\"']*(?P<it>\+?[\d(][\d ().-]{5,18}\d)[\s\"']*")
MOST_HEADS, MOST_ROWS = 5, 200
"""Lines that are taken for the head of a table, and rows that are read below it."""


def _is_number(value: str) -> bool:
    digits = [character for character in value if character.isdigit()]
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2 and not _DATE.search(value)
