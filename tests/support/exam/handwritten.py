"""A hundred lines written one by one as people really type: half with something sensitive, half clean.

    from tests.support.exam.handwritten import LINES
    for line in LINES: line.text, line.planted  # planted: (start, end, type), often none, sometimes several

Values are made up: domains for examples, numbers set aside for fiction, secrets joined from pieces at import.

Not here: anything generated (secrets.py, personal.py, clean.py); the clean half (handwritten_clean.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.exam import check_digits as check
from tests.support.exam.handwritten_clean import CLEAN


@dataclass(frozen=True)
class Part:
    """A piece of a line that is sensitive."""

    type: str
    text: str


@dataclass(frozen=True)
class Line:
    """A written line and what is planted in it, as (start, end, type) in characters."""

    text: str
    planted: tuple[tuple[int, int, str], ...]


def line(*parts: str | Part) -> Line:
    """Join the parts and count where the sensitive ones stand."""
    text, planted = "", []
    for part in parts:
        if isinstance(part, Part):
            planted.append((len(text), len(text) + len(part.text), part.type))
            text += part.text
        else:
            text += part
    return Line(text, tuple(planted))


def secret(*pieces: str) -> Part:
    return Part("secret", "".join(pieces))


def mail(*pieces: str) -> Part:
    return Part("email", "".join(pieces))


def phone(*pieces: str) -> Part:
    return Part("phone", "".join(pieces))


def place(text: str) -> Part:
    return Part("address", text)


def born(text: str) -> Part:
    return Part("birth-date", text)


def person(text: str) -> Part:
    return Part("name", text)


def number(kind: str, *pieces: str) -> Part:
    return Part(kind, "".join(pieces))


def card(digits: str, gap: str = "") -> Part:
    """A card with its check digit, in groups of four."""
    whole = digits + check.luhn(digits)
    return Part("card", gap.join(whole[at : at + 4] for at in range(0, len(whole), 4)))


def account(country: str, rest: str, gap: str = "") -> Part:
    """An IBAN with its check digits, in groups of four."""
    whole = country + check.iban(country, rest) + rest
    return Part("iban", gap.join(whole[at : at + 4] for at in range(0, len(whole), 4)))


PW = "pass" + "word"
SENSITIVE = (
    line("ok my new netflix pw is ", secret("Popc0rn", "Friday", "!88"), " dont tell kim"),
    line(f"whats wrong w this?? DB_{PW.upper()}=", secret("tr0ub4", "dor", "&3x"), " psql says auth failed"),
    line("wifi: TheLanBeforeTime / ", secret("kart0ffel", "brei", "2019")),
    line(
        "here u go ",
        secret("gh", "p_", "Zk3v9QxR7b", "LmT2yWc8Ha", "Ns5dEfGj01", "0pUqKr"),
        " revoke it after pls",
    ),
    line(
        "openai.api_key = '",
        secret("s", "k-", "Qf7JmX2vTn", "Rb9LpKcZaT", "3Bl", "bkFJ", "wY5sHdUe8", "GiNoMq1Vx64"),
        "'  # works on my machine",
    ),
    line(
        "I accidentally commited AWS_SECRET_ACCESS_KEY=",
        secret("wJb7/rXUtn", "FEMI+K7MDE", "NGbPxRfiCY", "qz0Lh3vTd9"),
        " what now",
    ),
    line("my aws id is ", secret("AK", "IA", "Q3EG", "ZXNB", "2MHT", "V7UW"), " if that helps"),
    line(
        "Authorization: ",
        "Bearer ",
        secret("ey", "JhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiJib3gifQ.", "c2lnbmF0dXJl", "b2Z0aGVib3g"),
        " => 403",
    ),
    line("postgres://shop:", secret("hunter", "twenty", "2!x"), "@10.0.3.14/shop  - thats the staging one"),
    line(
        "mongodb+srv://admin:",
        secret("L3tM3", "1nPls", "77"),
        "@cluster0.ab1cd.example.net/prod pls dont run drop on it lol",
    ),
    line(
        "the slack hook: https://hooks.sl",
        "ack.com/services/T0",
        "1ABCDEF/B0",
        "2GHIJKL/",
        secret("q8Wn3RtY", "u6Pz1XcV", "b5Mk9LsD"),
    ),
    line(
        "STRIPE=",
        secret("sk", "_li", "ve_", "51Hn7QbKz", "TtXw8RmPa", "LcVyD3eFgU"),
        " is the live one so careful",
    ),
    line(
        "bot token ",
        secret("70", "93481256", ":A", "AH8kQz", "RtXwNvBm2", "LpYcD4sGj", "UeFiKoT6a"),
        " from botfather",
    ),
    line("curl -u svc:", secret("Gru", "mpy-", "Cat", "_404"), " https://example.com/rest/issue/7"),
    line(
        "npm ERR! 401, .npmrc says _authToken=",
        secret("np", "m_", "R4kZvB9xQ2", "mWt7LsNc5H", "yJd8GfPa10", "XuEr"),
        " hmm",
    ),
    line(
        "what does this do: ssh-add - <<< '-----BEGIN ",
        "OPENSSH PRIVATE",
        " KEY-----'  nvm found it. my passphrase was ",
        secret("blue-", "kettle-", "ninety"),
    ),
    line(
        "my 2fa setup code is ",
        secret("JBSW Y3DP ", "K5XW 6ZDF ", "NZXW 4ZLS ", "ON2H E2LO"),
        " (authenticator lost!!)",
    ),
    line("mein Bahn-Passwort ist jetzt ", secret("Regen", "schirm#", "1986"), ", bitte merken"),
    line("das Root-Kennwort vom NAS lautet ", secret("F1sch", "brötchen!"), " falls ich es vergesse"),
    line("mot de passe du wifi: ", secret("croissant", "-tiède-", "42")),
    line("contraseña del router: ", secret("Gazpacho", "Frio", "_7"), " apúntala"),
    line("la password di casa è ", secret("Tira", "misu", "2024?")),
    line("hasło do poczty: ", secret("Zupa", "Pomidorowa", "!3")),
    line("пароль от вайфая ", secret("borsch", "Vkusny", "12"), " кому надо"),
    line("Wi-Fiのパスワードは", secret("onigiri", "-73-", "umai"), "です"),
    line(
        '{"user":"pi","', PW, '":"', secret("rasp", "b3rry", "-pie"), '"} <- default still set on the camera'
    ),
    line("email me the pdf, ", mail("rosa.lindqvist", "@", "example.com"), " thx"),
    line(
        "can u cc ",
        mail("t.kowalczyk+garden", "@", "example.org"),
        " AND ",
        mail("office", "@", "example.net"),
        "?",
    ),
    line(
        "schreib mir an ", mail("jörg.böhm", "@", "example.de"), " oder ruf an ", phone("030 23125", " 187")
    ),
    line("its ", phone("555", "-01", "47"), " if you lose me, area code ", "212"),
    line("call mum back: ", phone("+44 7700 ", "900", "461"), " after 6"),
    line("rappelle-moi au ", phone("06 39 98 ", "17 52"), " stp"),
    line("mi movil es el ", phone("612 ", "00 ", "14 77"), " x si acaso"),
    line("tel ", phone("0171", "-39200", "21"), " (mailbox an)"),
    line("charge it to ", card("453211005577803", " "), " exp 04/29 cvv you know"),
    line("my amex got declined: ", card("37144963539800"), " why"),
    line("überweis bitte auf ", account("DE", "500105170648489890", " "), " danke!!"),
    line("iban ", account("GB", "WEST12345698765432"), " ref pizza"),
    line("stort maar op ", account("NL", "ABNA0417164300", " ")),
    line("server at ", number("ip", "84", ".23", ".171", ".9"), " is down again, ping gives nothing"),
    line("fail2ban banned ", number("ip", "2a02", ":8109", ":9ac0", ":41c", "::7"), " thats me :("),
    line("roku mac is ", number("mac", "d8:31", ":34:5e", ":0a:91"), " pls whitelist"),
    line("ssn ", number("id", "219", "-09", "-4471"), " for the w2 form, is that safe to send?"),
    line(
        "meine Steuer-ID ist ",
        number("id", "65 929 970 48", check.german_tax("6592997048")),
        " brauchst du die?",
    ),
    line("mi dni: ", number("id", "40118830", check.spanish_letter("40118830")), " caduca en mayo"),
    line("moving!! new place is ", place("47 Orchard Lane, Norwich NR4 7QS"), " come visit"),
    line("bitte liefern an: ", place("Rosenweg 12b, 34117 Kassel"), ", beim nachbarn klingeln"),
    line(
        "ship to ",
        person("Priyanka Deshpande"),
        ", ",
        place("1120 Sycamore Ln Apt 3, Dayton, OH 45402"),
        " USA",
    ),
    line("dob ", born("14/08/1987"), " blood type 0+, the clinic wants it on the form"),
    line("bin am ", born("3. März 1991"), " geboren, welches sternzeichen ist das"),
)
LINES: tuple[Line, ...] = (*SENSITIVE, *(line(text) for text in CLEAN))
