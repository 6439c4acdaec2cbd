"""Postal addresses of a dozen countries, dates of birth and names from several cultures.

Streets and towns are invented or common words; a street, a number and a postcode that really go together
would be chance.

Not here: numbers (personal_numbers.py), telephones and mail (personal_contact.py).
"""

from __future__ import annotations

import random

from tests.support.exam.personal_contact import Text
from tests.support.exam.personal_numbers import birthday
from tests.support.exam.pieces import DIGITS, draw

STREETS = {
    "us": ("Maple Street", "W 4th Ave", "Old Mill Road", "Sycamore Ln", "Lakeview Dr", "N Franklin Blvd",
        "Cedar Court"),
    "uk": ("Orchard Lane", "High Street", "Church Road", "Kestrel Close", "The Crescent", "Station Rd",
        "Abbey Gardens"),
    "de": ("Lindenstraße", "Am Mühlbach", "Schillerstr.", "Bahnhofstraße", "Rosenweg", "Hintere Gasse",
        "Marktplatz"),
    "fr": ("rue des Lilas", "avenue de la Gare", "bd Voltaire", "place du Marché", "allée des Tilleuls",
        "rue du Moulin"),
    "es": ("Calle del Olivo", "C/ Mayor", "Avenida de la Constitución", "Paseo del Río", "Plaza Nueva",
        "Calle Sol"),
    "it": ("Via Garibaldi", "Via dei Mulini", "Corso Italia", "Piazza della Libertà", "Viale dei Pini"),
    "nl": ("Molenweg", "Kerkstraat", "Lange Nieuwstraat", "Prinsengracht", "Dorpsplein", "Wilgenlaan"),
    "pl": ("ul. Lipowa", "ul. Kwiatowa", "al. Jana Pawła II", "ul. Polna", "os. Słoneczne"),
    "se": ("Björkvägen", "Storgatan", "Kyrkogatan", "Ängsstigen"),
    "br": ("Rua das Flores", "Avenida Paulista", "Rua do Comércio", "Travessa da Lapa"),
    "ca": ("Birchmount Rd", "Rue Sainte-Anne", "Elgin Street", "Harbour View Cres"),
    "au": ("Wattle Street", "Banksia Road", "The Esplanade", "Gumtree Lane"),
    "jp": ("Sakuragaoka", "Midorimachi", "Honcho", "Asahi-cho"),
}  # fmt: skip
TOWNS = {
    "us": ("Springfield, IL", "Fairview, OR", "Cedar Falls, IA", "Georgetown, TX", "Dayton, OH", "Salem, MA"),
    "uk": ("Leeds", "Norwich", "Bath", "Dundee", "Cardiff", "Little Haven"),
    "de": ("Neustadt", "Kassel", "Freiburg im Breisgau", "Bad Tölz", "Köln", "Halle (Saale)"),
    "fr": ("Lyon", "Saint-Étienne", "Nantes", "Aix-en-Provence", "Le Mans"),
    "es": ("Sevilla", "Zaragoza", "Valladolid", "Cádiz"),
    "it": ("Bologna", "Lecce", "Reggio Emilia", "Trieste"),
    "nl": ("Utrecht", "Den Haag", "Zwolle", "Delft"),
    "pl": ("Kraków", "Gdańsk", "Zielona Góra"),
    "se": ("Uppsala", "Göteborg", "Lund"),
    "br": ("São Paulo - SP", "Curitiba - PR", "Recife - PE"),
    "ca": ("Toronto, ON", "Québec, QC", "Halifax, NS"),
    "au": ("Fremantle WA", "Ballarat VIC", "Hobart TAS"),
    "jp": ("Nakano-ku, Tokyo", "Naka-ku, Yokohama", "Kita-ku, Kyoto"),
}


def uk_postcode(rng: random.Random) -> str:
    """Area, district, sector and unit (Royal Mail, Programmers' Guide to the Postcode Address File)."""
    area = rng.choice(("LS", "NR", "BA", "DD", "CF", "SW", "M", "E", "BS"))
    return f"{area}{rng.randint(1, 20)} {rng.randint(1, 9)}{draw(rng, 'ABDEFGHJLNPQRSTUWXYZ', 2)}"


def ca_postcode(rng: random.Random) -> str:
    letters = "ABCEGHJKLMNPRSTVXY"
    return (
        "".join(draw(rng, letters if place % 2 == 0 else DIGITS, 1) for place in range(3))
        + " "
        + "".join(draw(rng, DIGITS if place % 2 == 0 else letters, 1) for place in range(3))
    )


def postal(country: str) -> Text:
    """Street, number, postcode and town in the order of the country (UPU, postal addressing systems)."""

    def make(rng: random.Random) -> str:
        street, town = rng.choice(STREETS[country]), rng.choice(TOWNS[country])
        number = str(rng.randint(1, 240)) + (rng.choice("abc") if rng.random() < 0.15 else "")
        gap = "\n" if rng.random() < 0.2 else ", "
        five = rng.choice("123456789") + draw(rng, DIGITS, 4)
        match country:
            case "us":
                flat = rng.choice(("", "", " Apt 4B", " #12", ", Suite 300"))
                code = five + rng.choice(("", "-" + draw(rng, DIGITS, 4)))
                return f"{rng.randint(12, 9999)} {street}{flat}{gap}{town} {code}"
            case "uk":
                flat, join = rng.choice(("", "Flat 2, ")), rng.choice((", ", " "))
                return f"{flat}{number} {street}{gap}{town}{join}{uk_postcode(rng)}"
            case "fr":
                return f"{number}{rng.choice((' ', ', ', ' bis '))}{street}{gap}{five} {town}"
            case "es":
                sign, floor = rng.choice(("", "nº ")), rng.choice(("", ", 3º B"))
                return f"{street}, {sign}{number}{floor}{gap}{five} {town}"
            case "nl":
                letters = rng.choice("ABDEGHJKLNPRSTVWXZ") + rng.choice("BCEFGHJKLMNPRSTVWXZ")
                return f"{street} {number}{gap}{five[:4]}{rng.choice((' ', ''))}{letters} {town}"
            case "pl":
                return f"{street} {number}{rng.choice(('', '/7', ' m. 12'))}{gap}{five[:2]}-{five[2:]} {town}"
            case "se":
                return f"{street} {number}{gap}{five[:3]} {five[3:]} {town}"
            case "br":
                return f"{street}, {number}{gap}{town}, {five}-{draw(rng, DIGITS, 3)}"
            case "ca":
                return f"{number} {street}{gap}{town} {ca_postcode(rng)}"
            case "au":
                return f"{number} {street}{gap}{town} {five[:4]}"
            case "jp":
                block = "-".join(str(rng.randint(1, most)) for most in (9, 30, 20))
                return f"{block} {street}{gap}{town} {five[:3]}-{draw(rng, DIGITS, 4)}"
        return f"{street} {number}{gap}{five} {town}"

    return make


MONTHS = {
    "en": ("January", "March", "May", "August", "October", "December"),
    "de": ("Januar", "März", "Mai", "August", "Oktober", "Dezember"),
    "fr": ("janvier", "mars", "mai", "août", "octobre", "décembre"),
    "es": ("enero", "marzo", "mayo", "agosto", "octubre", "diciembre"),
}


def birth_date(language: str) -> Text:
    """A day as the language writes it; only the words around make it a birthday."""

    def make(rng: random.Random) -> str:
        year, month, day = birthday(rng)
        word = rng.choice(MONTHS[language])
        numeric = f"{day:02d}.{month:02d}.{year}" if language == "de" else f"{day:02d}/{month:02d}/{year}"
        written = {
            "en": rng.choice((f"{word} {day}, {year}", f"{day} {word} {year}", f"{day} {word[:3]} {year}")),
            "de": f"{day}. {word} {year}",
            "fr": f"{day} {word} {year}",
            "es": f"{day} de {word} de {year}",
        }
        return rng.choice((f"{year}-{month:02d}-{day:02d}", numeric, written[language]))

    return make


NAMES = {
    "english": (("Harriet", "Declan", "Maeve", "Rupert", "Tamsin"), ("Ashworth", "Pemberton", "Quigley",
        "Thackeray")),
    "german": (("Lieselotte", "Jürgen", "Anneliese", "Torsten"), ("Brandstätter", "Kühnel", "Obermüller",
        "Weiß")),
    "french": (("Maëlys", "Thibault", "Océane", "Jean-Baptiste"), ("Delacourt", "Lefèvre", "Marchand",
        "de Vigny")),
    "spanish": (("Itziar", "Joaquín", "Macarena", "Rodrigo"), ("Etxeberria Lasa", "Núñez", "Villalobos",
        "Cifuentes")),
    "nigerian": (("Chidinma", "Oluwaseun", "Ngozi", "Babatunde"), ("Okonkwo", "Adeyemi", "Nwosu", "Balogun")),
    "indian": (("Priyanka", "Venkatesh", "Ananya", "Harpreet"), ("Krishnamurthy", "Chatterjee", "Gill",
        "Deshpande")),
    "arabic": (("Yasmin", "Abdulrahman", "Layla", "Tariq"), ("al-Masri", "Haddad", "Ben Youssef", "Khoury")),
    "chinese": (("Xiuying", "Zhiwei", "Meiling", "Haoran"), ("Ouyang", "Zheng", "Huang", "Xie")),
    "polish": (("Agnieszka", "Zbigniew", "Małgorzata", "Wojciech"), ("Wiśniewska", "Szczepański",
        "Dąbrowski")),
    "vietnamese": (("Thị Hương", "Văn Minh", "Thanh Mai"), ("Nguyễn", "Trần", "Phạm")),
}  # fmt: skip


def name(culture: str) -> Text:
    """A given and a family name, in the culture's order."""

    def make(rng: random.Random) -> str:
        given, family = (rng.choice(words) for words in NAMES[culture])
        return (
            f"{family} {given}"
            if culture in ("vietnamese", "chinese") and rng.random() < 0.7
            else f"{given} {family}"
        )

    return make


ADDRESSES: dict[str, Text] = {f"address-{country}": postal(country) for country in STREETS}
BIRTHDAYS: dict[str, Text] = {f"birth-date-{language}": birth_date(language) for language in MONTHS}
PEOPLE: dict[str, Text] = {f"name-{culture}": name(culture) for culture in NAMES}
