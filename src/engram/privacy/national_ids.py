"""Numbers that states give their people, by their written form, their check digits and what is said around.

A number whose form and check leave little to chance counts wherever it stands; one that any nine digits could
be counts only near a word that says what it is. Not here: the check digits themselves (id_checks.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy import id_checks as ids
from engram.privacy.checksums import luhn, mod_11_10
from engram.privacy.findings import NATIONAL_ID, Finding
from engram.privacy.rules import Check, Rule, anything, rule

# Said of any such number, in the languages of the countries below. Short forms count in capitals only.
_WORDS = re.compile(
    r"(?<![A-Za-z])(?:(?i:ssn|social|security|tax|national|identity|identi\w*|id[ -]?(?:card|no\b|number|nr)|"
    r"passport|insurance|citizen\w*|resident\w*|licen[cs]e|nhs|nino|steuer\w*|idnr|sozial\w*|ausweis\w*|"
    r"sécu\w*|insee|codice|fiscale|bsn|burgerservice\w*|sofi|rijksregister\w*|insz|pesel|person\w*|"
    r"hetu|henkilö\w*|cpr|fødsels\w*|contribuinte|cpf|aadhaar|aadhar|uidai|tfn|medicare|curp|cuil|cuit|"
    r"kimlik|ppsn?|ahv|svnr|rodné|cnp|egn|amka|isikukood|asmens|oib|snils|снилс|инн|паспорт|nric|hkid|"
    r"teudat|zehut|patient|taxpayer|kennitala|emšo|jmbg|dni|nif|rut)|NI|NIR|NIE|NUSS|CF|RG|PIS|SIN|NAS|RFC|RUN|"
    r"TCKN|T\.C\.|AVS|RČ|FIN|TAJ|NISS|PAN|ID|身份证|身分證|居民|주민|マイナンバー|個人番号)(?![A-Za-z])"
)
AROUND = 48
"""Characters before a number, and half as many after it, in which a word can say what it is."""


def _id(name: str, pattern: str, check: Check = anything) -> Rule:
    return rule(NATIONAL_ID, name, rf"(?<![\w.,/+-])(?P<it>{pattern})(?![\w-]|[.,/]\d)", "", check)


_ALONE = (
    _id("us-ssn", r"\d{3}-\d{2}-\d{4}", ids.us_ssn),
    _id("gb-nino", r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ids.gb_nino),
    _id("fr-nir", r"[12378] ?\d{2} ?(?:0[1-9]|[1-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", ids.fr_nir),
    _id("es-dni", r"(?:\d{8}|[XYZxyz][ -]?\d{7})[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z]", ids.es_dni),
    _id("es-dni", r"\d{2}\.\d{3}\.\d{3}-?[A-HJ-NP-TV-Z]", ids.es_dni),
    _id("it-fiscal", r"(?i:[a-z]{3} ?[a-z]{3} ?\d[0-9a-z][a-ehlmpr-t][0-9a-z]{2} ?[a-z][0-9a-z]{3} ?[a-z])", ids.it_fiscal),
    _id("be-national", r"\d{2}\.\d{2}\.\d{2}[ -]\d{3}[. -]\d{2}", ids.be_national),
    _id("pl-pesel", r"\d{11}", ids.pl_pesel),
    _id("se-personal", r"(?:\d{2})?\d{6}[-+]\d{4}", ids.se_personal),
    _id("fi-hetu", r"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]", ids.fi_hetu),
    _id("dk-cpr", r"\d{6}-\d{4}", ids.dk_cpr),
    _id("no-birth", r"\d{6} ?\d{5}", ids.no_birth),
    _id("br-cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", ids.br_cpf),
    _id("in-aadhaar", r"\d{4}[ -]\d{4}[ -]\d{4}", ids.in_aadhaar),
    _id("in-pan", r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]"),
    _id("cn-resident", r"[1-9]\d{16}[\dXx]", ids.cn_resident),
    _id("kr-resident", r"\d{6}-[1-8]\d{6}", ids.kr_resident),
    _id("ca-sin", r"\d{3}[ -]\d{3}[ -]\d{3}", ids.ca_sin),
    _id("mx-curp", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", ids.mx_curp),
    _id("cl-rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]", ids.cl_rut),
    _id("ar-cuil", r"(?:20|2[3-7]|30|33|34)-\d{8}-\d", ids.ar_cuil),
    _id("tr-identity", r"[1-9]\d{10}", ids.tr_identity),
    _id("za-identity", r"\d{13}", ids.za_identity),
    _id("ie-pps", r"\d{7}[A-Wa-w][A-IWa-iw]?", ids.ie_pps),
    _id("ch-ahv", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}", ids.ch_ahv),
    _id("cz-birth", r"\d{6}/\d{3,4}", ids.cz_birth),
    _id("ro-cnp", r"\d{13}", ids.ro_cnp),
    _id("ee-lt-code", r"\d{11}", ids.baltic),
    _id("sg-nric", r"[STFGM]\d{7}[A-Z]", ids.sg_nric),
    _id("th-identity", r"\d-\d{4}-\d{5}-\d{2}-\d", ids.th_identity),
    _id("ru-snils", r"\d{3}-\d{3}-\d{3}[ -]\d{2}", ids.ru_snils),
    _id("tw-identity", r"[A-Z][12]\d{8}", ids.tw_identity),
    _id("de-tax", r"\d{2} \d{3} \d{3} \d{3}", ids.de_tax),
)  # fmt: skip

_NEAR_A_WORD = (
    _id("us-ssn", r"\d{3}[ .]?\d{2}[ .]?\d{4}", ids.us_ssn),
    _id("us-itin", r"9\d{2}-?\d{2}-?\d{4}"),
    _id("gb-nino", r"[A-Za-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-Da-d]", ids.gb_nino),
    _id("gb-nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", ids.gb_nhs),
    _id("de-tax", r"\d{2}[ /]?\d{3}[ /]?\d{3}[ /]?\d{3}", ids.de_tax),
    _id("de-insurance", r"\d{2} ?\d{6} ?[A-Z] ?\d{3}"),
    _id("de-card", r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d?"),
    _id("nl-bsn", r"\d{4}[ .-]?\d{2}[ .-]?\d{3}|\d{3}[ .-]\d{3}[ .-]\d{3}", ids.nl_bsn),
    _id("be-national", r"\d{11}", ids.be_national),
    _id("pt-nif", r"\d{3} ?\d{3} ?\d{3}", ids.pt_nif),
    _id("br-cpf", r"\d{11}|\d{9}-\d{2}", ids.br_cpf),
    _id("hr-oib", r"\d{11}", mod_11_10),
    _id("in-aadhaar", r"\d{12}", ids.in_aadhaar),
    _id("jp-number", r"\d{4}[ -]?\d{4}[ -]?\d{4}", ids.jp_number),
    _id("kr-resident", r"\d{13}", ids.kr_resident),
    _id("ca-sin", r"\d{9}", ids.ca_sin),
    _id("au-tfn", r"\d{3} ?\d{3} ?\d{3}|\d{4} ?\d{5} ?\d", ids.au_tfn),
    _id("cl-rut", r"\d{7,8}-?[\dKk]", ids.cl_rut),
    _id("ar-cuil", r"\d{11}", ids.ar_cuil),
    _id("at-insurance", r"\d{4} ?\d{6}", ids.at_insurance),
    _id("cz-birth", r"\d{9,10}", ids.cz_birth),
    _id("bg-egn", r"\d{10}", ids.bg_egn),
    _id("gr-amka", r"\d{11}", luhn),
    _id("se-personal", r"(?:\d{2})?\d{6} ?\d{4}", ids.se_personal),
    _id("dk-cpr", r"\d{6} ?\d{4}", ids.dk_cpr),
    _id("il-identity", r"\d{9}", luhn),
    _id("th-identity", r"\d{13}", ids.th_identity),
    _id("ru-snils", r"\d{3} ?\d{3} ?\d{3} ?\d{2}", ids.ru_snils),
    _id("hk-identity", r"[A-Z]{1,2}\d{6} ?\([0-9A]\)"),
    _id("passport", r"[A-Z]{1,2}\d{6,8}", lambda value: len(set(value)) > 3),
)  # fmt: skip


def national_ids(text: str) -> Iterator[Finding]:
    """All that can be such a number."""
    if not re.search(r"\d{3}", text) and not re.search(r"\d\d?[ .-]\d\d", text):
        return
    for one in _ALONE:
        yield from one.find(text)
    if _WORDS.search(text):
        for one in _NEAR_A_WORD:
            yield from (found for found in one.find(text) if _is_named(text, found))


def _is_named(text: str, found: Finding) -> bool:
    before = text[max(0, found.start - AROUND) : found.start]
    after = text[found.end : found.end + AROUND // 2]
    return bool(_WORDS.search(before) or _WORDS.search(after))
