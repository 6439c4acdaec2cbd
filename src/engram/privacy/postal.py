"""Postal addresses by rule: a street and a house number as a dozen countries write them, and what follows.

Not here: names of places without a street, and names of people (names.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy.findings import ADDRESS, Finding

_UPPER = "[A-ZÀ-ÖØ-ÞŁŚŻŹĆČŠŽĐĞİ]"
_NAME = rf"{_UPPER}[\w'’.-]{{0,24}}"
_NUMBER = r"\d{1,5}(?:[-–/]\d{1,4})?\s?[A-Za-z]?"
_HOUSE = r"(?:[Nn](?:[°ºr]\.?|o\.?|úmero)\s?)?\d{1,4}(?:\s?[-/]\s?\d{1,4})?(?:\s?[a-zA-Z](?![\w]))?"

_ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Av|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|"
    "Close|Crescent|Cres|Gardens|Gdns|Grove|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Trl|Mews|Row|Walk|Hill|"
    "Quay|Plaza|Alley|Broadway|Green|Rise|View|Loop|Pike|Turnpike|Path|Parade|Wharf|Esplanade|Expressway"
)
_ROMANCE = (
    "[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Qq]uai|[Ii]mpasse|[Aa]llée|[Rr]oute|[Cc]ours|[Ss]quare|[Pp]assage"
)
_BEFORE = (
    "[Cc]alle|C/|[Aa]venida|[Aa]vda\\.?|Av\\.|[Pp]laza|[Pp]aseo|[Cc]arrer|[Cc]arretera|[Rr]onda|[Vv]ia|[Vv]iale|"
    "[Pp]iazza|[Pp]iazzale|[Cc]orso|[Ll]argo|[Vv]icolo|[Rr]ua|[Tt]ravessa|[Pp]raça|[Aa]lameda|[Ee]strada|[Rr]odovia|ul\\.|[Uu]lica|"
    "al\\.|[Aa]leja|pl\\.|os\\.|[Ss]trada|[Ss]tr\\.|[Bb]ulevardul|[Cc]alea|улица|ул\\.|проспект|Jalan|Jl\\.|Rruga"
)
_GERMANIC = (
    "straße|strasse|str\\.|weg|platz|allee|gasse|ring|damm|ufer|steig|chaussee|straat|laan|plein|gracht|kade|singel|"
    "dijk|steenweg|gatan|vägen|gränd|torget|vej|gade|allé|veien|vegen|gata|katu|tie|kuja|polku|tänav|utca|út"
)
_SMALL = "de|la|le|les|des|du|del|de la|de los|da|do|dos|das|d'|di|dei|della|delle|e|y|van|der|den|und|of|the|am|an|im|in|zum|zur"
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{5}(?:-\d{3,4})?|\d{4}\s?[A-Z]{2}|"
    r"[A-Z]{1,2}-?\d{4,5}|\d{2}-\d{3}|\d{3}\s\d{2}|\d{4}-\d{3}|\d{4}|[1-9]\d{5})(?![\w])"
)
_UNIT = r"(?:[,\s]\s?(?:[Aa]pt|[Aa]partment|[Uu]nit|[Ss]uite|[Ss]te|[Ff]lat|[Ff]loor|#|[Ww]ohnung|[Pp]iso|[Aa]pto|m\.|lok\.)\.?\s?[\w-]{1,6})"
# What may follow a street: a unit, up to three words of a place with a postcode before or after it, a state.
_PLACE = rf"{_NAME}(?:[ -](?:{_NAME}|{_SMALL})){{0,4}}"
_TAIL = re.compile(
    rf"{_UNIT}?(?:,?\s(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)(?![\w]))?{_UNIT}?"
    rf"(?:,?[ \n]{_POSTCODE}(?:[ ,]\s?{_PLACE})?|(?:,|\sin|\n| -)\s?{_PLACE}(?:,?\s(?:[A-Z]{{2,3}}(?![\w])))?(?:[, ]\s?{_POSTCODE})?"
    rf"(?:,\s{_PLACE})?(?:,?\s{_POSTCODE})?)?"
)

_PATTERNS = {
    "english": rf"(?<![\w.,$€£#-])(?:(?:[Ff]lat|[Uu]nit|[Aa]pt\.?|[Ss]uite)\s\w{{1,5}},\s)?{_NUMBER}\s(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West|Old|New|St|St\.)\.?\s)?"
    rf"(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)|of|the)\s){{1,4}}?(?:{_ENGLISH})(?![\w])\.?",
    "romance": rf"(?<![\w.,-])\d{{1,4}}\s?(?:bis|ter|[a-dA-D])?,?\s(?:{_ROMANCE})\s(?:(?:{_SMALL})\s|[dl]['’])*+{_NAME}(?:[ -](?:{_NAME}|{_SMALL})){{0,4}}",
    "type-first": rf"(?<![\w])(?:{_BEFORE})\s?(?:(?:{_SMALL})\s|[dl]['’])*+(?:{_NAME}|\d{{1,2}})(?:\s(?:{_NAME}|{_SMALL})){{0,4}}?,?\s{_HOUSE}(?![\d%€$])",
    "compound": rf"(?<![\w]){_UPPER}[\w.-]{{1,30}}?(?:{_GERMANIC})\s\d{{1,4}}(?:\s?[-/]\s?\d{{1,4}})?(?:\s?[a-zA-Z](?![\w]))?(?![\d%€$:.,]\d|[\d%€$])",
    "separate": rf"(?<![\w])(?:{_NAME}[ -]){{1,3}}?(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee|gata|vei|vej|Allé|Straat|Laan|Plein|utca|út|Caddesi|Cad\.|Sokak|Sok\.)\s(?:No:?\s?)?\d{{1,4}}(?:\s?[a-zA-Z](?![\w]))?(?![\d%€$])",
    "box": r"(?i:(?<![\w])(?:P\.?\s?O\.?\s?Box|Postfach|Postbus|Apartado(?: de correos)?|Caixa Postal|Boîte postale|Casella postale|GPO Box|Locked Bag)\s(?:No\.?\s)?\d[\d ]{0,7}\d|(?<![\w])P\.?\s?O\.?\s?Box\s\d)",
    "japanese": r"〒?\d{3}-\d{4}[\s,]{1,2}[^\n\d]{2,30}\d{1,4}(?:-\d{1,4}){1,3}|(?<!\d)\d{1,2}-\d{1,3}-\d{1,3}[ ,]\s?[A-Z][a-z]+(?:-(?:ku|cho|chome|machi))",
}  # fmt: skip
_RULES = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS.items())


def addresses(text: str) -> Iterator[Finding]:
    """Streets with their numbers, up to the place where one is named."""
    if not any(character.isdigit() for character in text):
        return
    for name, pattern in _RULES:
        for match in pattern.finditer(text):
            tail = _TAIL.match(text, match.end())
            yield Finding(ADDRESS, match.start(), tail.end() if tail else match.end(), name)
