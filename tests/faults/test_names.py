"""Promise 5: a name from outside never becomes a path. Payloads written for this test and generated names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.backends.base import AdapterWeights
from engram.errors import BadName
from engram.home import Home, check_name
from engram.training.checkpoint import RunFolder
from engram.training.publish import publish_adapter

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


def test_there_are_two_hundred() -> None:
    assert len(PAYLOADS) >= 200


def refusal(entry: Callable[..., object], *arguments: object) -> BadName | None:
    try:
        entry(*arguments)
    except BadName as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["adapter", "run", "model", "suite"])
def test_the_grammar_refuses_every_payload_in_one_short_line(kind: str) -> None:
    for payload in PAYLOADS:
        error = refusal(check_name, kind, payload)
        assert error is not None, payload
        assert kind in error.message and error.exit_code == 2
        assert len(error.message) < 400 and error.message.isprintable()


def test_every_entry_that_takes_a_name_refuses_every_payload(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    accepted = [p for p in PAYLOADS for entry in (home.adapter, home.run) if not refusal(entry, p)]
    assert accepted == []
    assert list(tmp_path.iterdir()) == []


def test_folders_with_such_a_last_part_are_neither_written_nor_read(tmp_path: Path) -> None:
    adapter = AdapterWeights({"lora_B.weight": np.ones((1, 1), np.float32)}, {})
    whole_names = [payload for payload in PAYLOADS if payload and Path(payload).name == payload]
    assert len(whole_names) > 100
    for payload in whole_names:
        assert refusal(publish_adapter, adapter, {}, tmp_path / payload), payload
        assert refusal(RunFolder.start, tmp_path / payload, {}), payload
        assert refusal(RunFolder.resume, tmp_path / payload, {}), payload
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=1000, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.text("ab1.-_/\\:~ ", max_size=12),
        st.lists(st.sampled_from(["..", "/", "a", ".", "\\", "con"]), max_size=6).map("".join),
    )
)
def test_a_generated_name_is_refused_or_is_one_component(name: str) -> None:
    home = Home(Path("/home/x/engram"))
    try:
        path = home.adapter(name)
    except BadName:
        return
    assert path.parent == home.adapters and path.name == name
    assert Path(*path.parts).resolve().parent == home.adapters.resolve()
    assert name.isascii() and len(name) <= 64 and ".." not in name and not name.endswith(".")
