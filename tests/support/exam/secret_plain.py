"""Passwords, keys and tokens without any shape of their own: only the words beside them tell.

Not here: vendors' formats (secret_clouds.py and its neighbours).
"""

from __future__ import annotations

import random

from tests.support.exam.families import Family
from tests.support.exam.pieces import (
    ALNUM,
    BASE32,
    BASE64,
    DIGITS,
    HEX,
    LOWER,
    URLSAFE,
    draw,
    encoded,
    parts,
    some,
    uuid_of,
)
from tests.support.exam.secret_places import phrase

# Pieces that people build passwords from; none of them is a name of a person.
STEMS = ("Garten", "sunset", "Tiger", "merengue", "Kaffee", "pizza", "Winter", "fluffy", "Bizcocho", "hockey")
TAILS = ("!", "!!", "#1", "$", "*", "@home", "?", "_x", "%", "&co")

CLEAR = "".join(sign for sign in BASE32 if sign not in "IO") + "89"  # without what looks alike
PASS = "pass" + "word"


def human(rng: random.Random) -> str:
    """What people choose: a word, a number, a sign, with a letter or two swapped."""
    stem = rng.choice(STEMS)
    if rng.random() < 0.4:
        stem = stem.replace("e", "3").replace("i", "1")
    return stem + draw(rng, DIGITS, rng.randint(2, 4)) + rng.choice(TAILS)


def phrase_of_words(rng: random.Random) -> str:
    """Four or five words with dashes between (as password managers offer)."""
    words = (
        "otter",
        "candle",
        "marble",
        "rocket",
        "velvet",
        "puddle",
        "lantern",
        "cactus",
        "timber",
        "walnut",
    )
    return "-".join(rng.choice(words) for _ in range(rng.randint(4, 5))) + "-" + draw(rng, DIGITS, 2)


def grouped(rng: random.Random) -> str:
    """Twenty characters in four groups (as Apple's app passwords and some licence keys are)."""
    return "-".join(draw(rng, LOWER, 4) for _ in range(4))


PLAIN = (
    Family("password-random", PASS, "DB_" + PASS.upper(), parts(phrase), bare=False),
    Family("password-human", PASS, "ADMIN_" + PASS.upper(), parts(human), bare=False),
    Family("password-words", "passphrase", "KEY_PASSPHRASE", parts(phrase_of_words), bare=False),
    Family("password-app", "app " + PASS, "MAIL_" + PASS.upper(), parts(grouped), bare=False),
    Family("wifi-password", "wifi " + PASS, "WPA_PASSPHRASE", parts(human), bare=False),
    Family("generic-api-key", "API key", "WEATHER_API_KEY", parts(some(ALNUM, 28, 40)), bare=False),
    Family("generic-hex-key", "API key", "MAPS_API_KEY", parts(some(HEX, 32, 48)), bare=False),
    Family("generic-token", "access token", "AUTH_TOKEN", parts(some(URLSAFE, 32, 48)), bare=False),
    Family("client-secret", "client secret", "CLIENT_SECRET", parts(some(URLSAFE + "~.", 34)), bare=False),
    Family("uuid-secret", "client secret", "OAUTH_CLIENT_SECRET", parts(uuid_of), bare=False),
    Family("signing-secret", "signing secret", "JWT_SECRET", parts(some(HEX, 64)), bare=False),
    Family(
        "django-secret",
        "Django secret key",
        "SECRET_KEY",
        parts(some(ALNUM + "!#%*(-_=+)@^", 49), "x"),
        bare=False,
    ),
    Family(
        "encryption-key", "encryption key", "ENCRYPTION_KEY", parts(lambda rng: encoded(rng, 32)), bare=False
    ),
    Family("base64-secret", "shared secret", "SHARED_SECRET", parts(some(BASE64, 43), "="), bare=False),
    Family("webhook-secret", "webhook secret", "WEBHOOK_SECRET", parts(some(ALNUM, 32)), bare=False),
    Family(
        "licence-key",
        "license key",
        "LICENSE_KEY",
        parts(
            some(CLEAR, 5),
            *("-", some(CLEAR, 5)) * 4,
        ),
        bare=False,
    ),
)
