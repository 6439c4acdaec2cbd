"""Hostile names: payloads written for these tests, generated ones, and a plain statement of what a name is.

Not here: what refuses them (test_names.py).
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

CLIMBS = ["..", "../", "../..", "..\\", "..\\..", "./..", "a/..", "a/../..", "...", "....//", "..;/", ".\\.."]
TARGETS = ["etc/passwd", "memory.db", "adapters/v1", "windows\\win.ini", "root/.ssh/id"]
ENCODED = [
    *("%2e%2e", "%2e%2e%2f", "..%2f", "%2e%2e/", "..%5c", "%252e%252e%252f", "%c0%ae%c0%ae/", "%uff0e%uff0e"),
    *("..%00", "..%c0%af", "..%ef%bc%8f", "%2e.", ".%2e", "%5c%5c", "%2f", "%00", "&#46;&#46;"),
]
ABSOLUTE = [
    *("/", "//", "/etc", "/etc/passwd", "//server/share", "\\\\server\\share", "\\\\?\\C:\\x", "C:", "C:\\"),
    *("C:x", "c:/x", "Z:\\..", "file:///etc", "file:x", "~", "~root", "~/x", "$HOME", "${HOME}", "%APPDATA%"),
    *("/dev/null", "/proc/self/mem", "\\", "\\x", "\\\\.\\pipe\\x", "http://x/y", "s3://b/k", "::1", "a:b"),
]
DEVICES = [
    *("con", "CON", "prn", "aux", "nul", "NUL", "com1", "COM9", "lpt1", "LPT9", "com0", "lpt0"),
    *("con.txt", "nul.safetensors", "aux.v1", "Com1.a.b", "NuL.x"),
]
ODD = [
    *(
        "",
        " ",
        "  ",
        ".",
        "a.",
        "a..",
        "a..b",
        ".a",
        "..a",
        "-",
        "-a",
        "--out",
        "_a",
        "a b",
        " a",
        "a ",
        "a\t",
    ),
    *(
        "a\n",
        "\na",
        "a\r\nb",
        "a\0",
        "\0",
        "a\0.json",
        "a\x1b[2J",
        "a\x7f",
        "a\u2028b",
        "a\u202egnp",
        "\ufeffa",
    ),
    *("a/b", "a\\b", "a//b", "a/", "/a", "a|b", "a;b", "a&b", "a$b", "a`b`", "$(id)", "`id`", "a>b", "a<b"),
    *(
        "a*",
        "a?",
        "[a]",
        "{a}",
        "a'b",
        'a"b',
        "a:b:c",
        "a@b",
        "a#b",
        "a%b",
        "a^b",
        "a!b",
        "a=b",
        "a+b",
        "a,b",
    ),
    *(
        "é",
        "ａ",
        "а",
        "１",
        "a\u0301",
        "․․",
        "‥",
        "．．",
        "／",
        "＼",
        "∕",
        "⁄",
        "a\u200bb",
        "a\u00adb",
        "💾",
        "ß",
    ),
    *(
        "a" * 65,
        "a" * 255,
        "a" * 4096,
        "1" * 65,
        "a." * 33,
        "(a)",
        "a~1",
        "PROGRA~1",
        "desktop.ini:x",
        "a::$DATA",
    ),
    *(
        "'; drop table rows; --",
        "1 or 1=1",
        "<script>",
        "{{7*7}}",
        "{%x%}",
        "!!python/object",
        "${jndi:x}",
        "\\u002e",
    ),
]
PAYLOADS = sorted(
    {
        *(f"{climb}{'' if climb[-1] in '/' else '/'}{target}" for climb in CLIMBS for target in TARGETS),
        *(climb for climb in CLIMBS if climb != "..."),
        *("...", *ENCODED, *ABSOLUTE, *DEVICES, *ODD),
    }
)

_PLAIN = string.ascii_letters + string.digits
_PARTS = [
    "..",
    "/",
    "\\",
    ".",
    "a",
    "con",
    "nul.",
    "%2e",
    "\0",
    " ",
    "~",
    ":",
    "-",
    "v1",
    "é",
    "．",
    "\n",
    "\u202e",
]


def is_plain(name: str) -> bool:
    """The grammar once more, in words: 1 to 64 of letters, digits, "-", "_" and single dots inside, beginning
    with a letter or digit, and not a device of Windows."""
    devices = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))}
    return (
        0 < len(name) <= 64
        and set(name) <= set(_PLAIN + "-_.")
        and name[0] in _PLAIN
        and not name.endswith(".")
        and ".." not in name
        and name.partition(".")[0].lower() not in devices
    )


def generated_names(count: int, seed: int = 0) -> list[str]:
    """`count` different names: changed payloads, spliced parts, any text, and ordinary names."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    for name in _names(chance):
        found[name] = None
        if len(found) == count:
            return list(found)
    raise AssertionError("it never ends")


def _names(chance: random.Random) -> Iterator[str]:
    while True:
        ordinary = "".join(chance.choices(_PLAIN + "-_.", k=chance.randint(1, 20)))
        yield ordinary
        yield "".join(chance.choices(_PARTS, k=chance.randint(1, 6)))
        yield "".join(
            chr(chance.choice((chance.randint(0, 0x7F), chance.randint(0, 0xD7FF)))) for _ in range(5)
        )
        yield _changed(chance, chance.choice(PAYLOADS))
        yield _changed(chance, ordinary)
        yield chance.choice(PAYLOADS) + chance.choice(("/", "", ".", "\\")) + ordinary


def _changed(chance: random.Random, name: str) -> str:
    """One edit: a part put in, a stretch taken out, or something written twice."""
    start, end = sorted(chance.choices(range(len(name) + 1), k=2))
    middle = chance.choice((chance.choice(_PARTS), "", name[start:end] * 2))
    return name[:start] + middle + name[end:]
