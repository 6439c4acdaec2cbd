"""Postal addresses by rule: a street and a house number as a dozen countries write them, and what follows.

Not here: names of places without a street, and names of people (names.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy.findings import ADDRESS, Finding

_UPPER = "[A-ZÀ-ÖØ-ÞŁŚŻŹĆČŠŽĐĞİ]"
_NAME = rf"{_UPPER}(?:[^\W\d_]|['’.-]){{0,24}}(?!\d)"
_NUMBER = r"\d{1,5}(?:[-–/]\d{1,4})?\s?[A-Za-z]?"
_LETTER = r"(?: ?[a-zA-Z](?![\w.]))?"
_HOUSE = rf"(?:[Nn](?:[°ºr]\.?|o\.?|úmero)\s?)?\d{{1,4}}{_LETTER}(?:\s?[-/]\s?\d{{1,4}})?{_LETTER}"

_ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Av|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|"
    "Close|Crescent|Cres|Gardens|Gdns|Grove|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Trl|Mews|Row|Walk|Hill|"
    "Quay|Plaza|Alley|Gate|Vale|Mount|Croft|Bank|Common|Heath|Meadows?|Orchard|Park|Chase|Dale|Fields?|Garth|Heights|"
    "Knoll|Lea|Market|Mead|Passage|Ridge|Spinney|Wynd|Yard|Embankment|Villas|Approach|Bridge|Cottages|Broadway|Green|Rise|View|Loop|Pike|Turnpike|Path|Parade|Wharf|Esplanade|Expressway"
)
_ROMANCE = "[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Qq]uai|[Ii]mpasse|[Aa]llée|[Rr]oute|[Cc]ours|[Ss]quare|[Pp]assage|[Ff]aubourg|[Mm]ontée|[Ee]splanade|[Pp]romenade|[Rr]uelle|[Vv]oie|[Ss]entier|[Hh]ameau|[Ll]otissement"
_BEFORE = (
    "[Cc]alle|C/|[Aa]venida|[Aa]vda\\.?|Av\\.|[Pp]laza|[Pp]aseo|[Cc]arrer|[Cc]arretera|[Rr]onda|[Vv]ia|[Vv]iale|"
    "[Pp]iazza|[Pp]iazzale|[Cc]orso|[Ll]argo|[Vv]icolo|[Rr]ua|[Tt]ravessa|[Pp]raça|[Aa]lameda|[Ee]strada|[Rr]odovia|ul\\.|[Uu]lica|"
    "al\\.|[Aa]lej[ae]|[Pp]lac|[Oo]siedle|[Rr]ynek|pl\\.|os\\.|[Ss]trada|[Ss]tr\\.|[Bb]ulevardul|[Cc]alea|улица|ул\\.|проспект|Jalan|Jl\\.|Rruga"
)
_GERMANIC = (
    "straße|strasse|str\\.|hof|markt|berg|graben|brücke|tor|stieg|pfad|wall|zeile|kai|höhe|feld|hang|winkel|twiete|garten|weg|platz|allee|gasse|ring|damm|ufer|steig|chaussee|straat|laan|plein|gracht|kade|singel|"
    "dijk|steenweg|gatan|vägen|gränd|torget|torg|stigen|backen|allén|plassen|bakken|stien|stræde|vej|gade|allé|veien|vegen|gata|katu|tie|kuja|polku|tänav|utca|út"
)
_SMALL = "de|la|le|les|des|du|del|de la|de los|da|do|dos|das|d'|di|dei|della|delle|e|y|van|der|den|und|of|the|am|an|im|in|zum|zur|ob|bei|v\\.|d\\.|upon|under|on|sur|sous|aan|op"
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{5}(?:-\d{3,4})?|\d{4}\s?[A-Z]{2}|"
    r"[A-Z]{1,2}-?\d{4,5}|\d{2}-\d{3}|\d{3}\s\d{2}|\d{4}-\d{3}|\d{4}|[1-9]\d{5})(?![\w])"
)
_UNIT = (
    r"(?:,?\s{0,2}\d{1,2}[ºª°.]{1,2}\s?(?:[A-Z](?!\w)|[A-Za-zäöü]{2,7})?|,?\s\(?[A-Z]{2}\)"
    r"|[,\s]\s?(?:[Aa]partment|[Aa]pto|[Aa]pt|[Uu]nit|[Ss]uite|[Ss]te|[Ff]lat|[Ff]loor|#|[Ww]ohnung|[Ww]hg|[Pp]iso|m\.|lok\.|lgh|"
    r"[Tt]op|[Ss]tiege|[Tt]ür|[Ii]nt(?:erno)?\.|[Ss]cala|[Bb]ât\.?|[Éé]tage|кв\.|д\.|[Bb]us|[Rr]oom)\.?\s?[\w-]{1,6}"
    r"|,\s(?:Hinterhaus|Vorderhaus|Seitenflügel|(?:[1-9]|EG|DG)\.?\s?(?:OG|Stock|Etage|Obergeschoss)))"
)
# What may follow a street: units, and up to four parts with a postcode, a place or a state in each.
_PLACE = rf"{_NAME}(?:[ -](?:{_NAME}|{_SMALL})){{0,4}}(?:\s\({_NAME}\))?"
_PART = rf"(?:{_POSTCODE}(?:\s{_PLACE}(?:\s\d{{1,2}}(?!\d)|/{_NAME}|\s\([A-Z]{{2}}\))?)?|{_PLACE}(?:(?:,?\s|\s-\s)[A-Z]{{2,3}}(?![\w]))?(?:,?\s{_POSTCODE})?(?:\s\([A-Z]{{2}}\))?|[A-Z]{{2,3}}\s{_POSTCODE})"
_TAIL = re.compile(
    rf"{_UNIT}?(?:,?\s(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)(?![\w]))?{_UNIT}{{0,3}}"
    rf"(?:(?:,\s{{0,3}}|\s?\n[> ]{{0,3}}|\s[-–]\s|\sin\s){_PART}|\s{{1,2}}{_POSTCODE}(?:\s{_PLACE})?){{0,6}}"
)

_PATTERNS = {
    "english": rf"(?<![\w.,$€£#-])(?:(?:[Ff]lat|[Uu]nit|[Aa]pt\.?|[Aa]partment|[Ss]uite)\s\w{{1,5}}(?:,\s|/))?(?:{_NAME}\s(?:House|Court|Lodge|Cottage|Mansions),\s)?{_NUMBER},?\s(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West|Old|New|St|St\.)\.?\s)?"
    rf"(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)|of|the),?\s){{1,4}}(?:{_ENGLISH})(?![\w])\.?",
    "romance": rf"(?<![\w.,-])\d{{1,4}}\s?(?:bis|ter|[a-dA-D])?,?\s(?:{_ROMANCE})\s(?:(?:{_SMALL})\s|[dl]['’]){{0,4}}(?:\d{{1,2}}[ -])?{_NAME}(?:[ -](?:{_NAME}|{_SMALL})){{0,4}}",
    "type-first": rf"(?<![\w])(?:{_BEFORE})\s?(?:(?:{_SMALL})\s|[dl]['’]){{0,4}}(?:{_NAME}|\d{{1,2}})(?:\s(?:{_NAME}|{_SMALL})){{0,4}}?,?\s{_HOUSE}(?![\d%€$])",
    "of-a-day": rf"(?<![\w])Straße\sde[rs]\s(?:\d{{1,2}}\.\s)?{_NAME}(?:\s{_NAME})?\s\d{{1,4}}{_LETTER}",
    "compound": rf"(?<![\w])(?:{_NAME}[ -]){{0,2}}?{_UPPER}[\w.-]{{1,30}}?(?i:{_GERMANIC})\s\d{{1,4}}(?:\s?[-/]\s?\d{{1,4}})?(?: ?[a-zA-Z](?![\w.]))?(?![\d%€$:.,]\d|[\d%€$])",
    "separate": rf"(?<![\w])(?:{_NAME}[ -]){{1,3}}?(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee|gata|vei|vej|Allé|Straat|Laan|Plein|utca|út|Caddesi|Cad\.|Sokak|Sok\.)\s(?:No:?\s?)?\d{{1,4}}(?: ?[a-zA-Z](?![\w.]))?(?![\d%€$])",
    "with-postcode": rf"(?<![\w])(?:{_NAME}[ -](?:(?:{_SMALL})\s)?){{1,4}}(?:No\.?\s?|Nr\.?\s?|nº\s?)?\d{{1,4}}(?:\s?[-–/]\s?\d{{1,4}})?\s?[a-zA-Z]?,?\s{{1,2}}(?:[A-Z]{{1,2}}-)?(?:\d{{5}}|\d{{4}}|\d{{3}}\s\d{{2}}|\d{{2}}-\d{{3}})\s{_PLACE}(?:\s\d{{1,2}}(?!\d)|/{_NAME})?",
    "box": r"(?i:(?<![\w])(?:P\.?\s?O\.?\s?Box|Postfach|Postbus|Apartado(?: de correos)?|Caixa Postal|Boîte postale|Casella postale|GPO Box|Locked Bag)\s(?:No\.?\s)?\d[\d ]{0,7}\d|(?<![\w])P\.?\s?O\.?\s?Box\s\d)",
    "preposition": rf"(?<![\w])(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Unter den|Unter der|Zum|Zur|Hinter der|Vor dem|Bei der|Beim|Op de|Aan de)\s{_NAME}(?:[ -]{_NAME})?\s\d{{1,4}}\s?[a-zA-Z]?,?\s{{1,2}}(?:[A-Z]-)?\d{{4,5}}\s{_NAME}",
    "postcode-last": rf"(?<![\w.,$€£-])(?:(?:[Ff]lat|[Uu]nit|[Aa]pt\.?)\s\w{{1,5}},?\s)?\d{{1,4}}[A-Za-z]?,?\s(?:{_NAME}[ ,-]{{1,2}}\n?){{1,7}}(?:[A-Z]{{2}}\s)?(?:[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)(?!\w)",
    "house-name": rf"(?<![\w])(?:The\s)?{_NAME}(?:\s{_NAME}){{0,2}}(?:,\s{_NAME}(?:\s{_NAME}){{0,2}}){{1,4}},?\s(?:[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}})(?!\w)",
    "japanese": r"(?:〒?\s?\d{3}-\d{4}[\s,]{0,3})?(?:[\u4e00-\u9fff]{1,3}[都道府県])?[\u3040-\u30ff\u3400-\u9fff々ヶ]{1,10}[市区町村郡][\u3040-\u30ff\u3400-\u9fff々ヶ]{0,30}[\d０-９一二三四五六七八九十]{1,4}[-－−‐丁目番地号室の条西東南北階\d０-９一二三四五六七八九十]{0,20}(?:[\s　]?[\u3040-\u30ff\u3400-\u9fffA-Za-z]{1,20}[\s　]?\d{0,5}(?:号室|号|階|F)?)?(?:[\s　]?〒?\s?\d{3}-\d{4}(?!\d))?",
    "romaji": rf"(?<![\w.-])(?:{_NAME}(?:\s{_NAME}){{0,3}}\s#?\d{{1,4}},\s)?(?:〒?\d{{3}}-\d{{4}},?\s)?\d{{1,4}}(?:-\d{{1,4}}){{1,3}},?\s{_NAME}(?:[ ,-]{{1,2}}{_NAME}){{1,6}}(?:,?\s〒?\d{{3}}-\d{{4}})?(?:,\sJapan)?",
    "wards": rf"(?<![\w.-])(?:(?:{_NAME}|\d{{1,4}}(?:-\d{{1,4}}){{0,3}}|\d-chome(?:-\d{{1,4}}){{0,2}})[ ,\n>]{{1,4}}){{1,6}}[A-Z][a-z]{{1,20}}-(?:ku|shi|cho|machi|gun)(?![\w])(?:,?\s(?:{_NAME}|〒?\d{{3}}-\d{{4}}(?!\d))){{0,5}}",
    "zip-first": r"〒\s?\d{3}-\d{4}(?:,?\s[^\n\"|;<>]{1,60}\d)?",
    "chinese": r"[\u4e00-\u9fff]{1,12}[省市区县][\u4e00-\u9fff]{1,20}(?:路|街|道|巷|弄|村)\d{1,5}号?(?:[\u4e00-\u9fff\d-]{0,20}(?:室|楼|单元|栋|号))?",
    "korean": r"[가-힣]{1,8}(?:시|도)\s[가-힣]{1,8}(?:구|시|군)\s[가-힣\d]{1,12}(?:로|길|동)\s?\d{1,4}(?:-\d{1,3})?",
}  # fmt: skip
_RULES = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS.items())


# A field that says it holds an address, up to its end.
_LABEL = re.compile(
    r"(?i)(?<![a-z])(?<!mail )(?<!ip )(?:(?:home|street|postal|mailing|shipping|billing|delivery|work|my|new|old)[ _-]?)?"
    r"(?:address|adresse?|anschrift|wohnanschrift|dirección|domicilio|indirizzo|endereço|morada|adres|osoite|lakcím|"
    r"adresa|adres zamieszkania|alamat|住所|地址|주소|адрес|पता|العنوان)[\"'*`]{0,3}\s?[:=|\t：]\s{0,2}[\"'`]?"
)
_FIELD = re.compile(r"[^\"|;\t\n<>{}@]{8,140}")


def _labelled(text: str) -> Iterator[Finding]:
    for label in _LABEL.finditer(text):
        field = _FIELD.match(text, label.end())
        if field and _is_street(field.group()):
            yield Finding(ADDRESS, *field.span(), "labelled")


def _is_street(value: str) -> bool:
    """Whether a field is words with a number among them, and nothing of code."""
    words = len(value.split()) > 2 and re.search(_UPPER, value) is not None
    number = re.search(r"(?<!\w)\d{1,5}(?!\d)", value)
    return words and number is not None and not re.search(r"[=()]|\d\.\d|0x", value)


def addresses(text: str) -> Iterator[Finding]:
    """Streets with their numbers, up to the place where one is named."""
    if not any(character.isdigit() for character in text):
        return
    for name, pattern in _RULES:
        for match in pattern.finditer(text):
            tail = _TAIL.match(text, match.end())
            yield Finding(ADDRESS, match.start(), tail.end() if tail else match.end(), name)
    yield from _labelled(text)
