"""Which endpoint the settings mean, and where a key may go."""

from __future__ import annotations

import pytest

from engram.config import TeacherSettings
from engram.errors import UsageError
from engram.synth.presets import PRESETS, Endpoint, checked_url, endpoint_of

ALL_KEYS = {preset.key_env: f"key-of-{name}" for name, preset in PRESETS.items() if preset.key_env}


def of(teacher: str, environment: dict[str, str] | None = None, **more: str) -> Endpoint | None:
    settings = TeacherSettings(teacher=teacher, **{"model": "m", **more})  # type: ignore[arg-type]
    return endpoint_of(settings, ALL_KEYS if environment is None else environment)


def test_there_is_none_unasked() -> None:
    assert endpoint_of(TeacherSettings(), ALL_KEYS) is None


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_means_an_endpoint(name: str) -> None:
    found = of(name)
    assert found and not found.url.endswith("/")
    assert found.key == (f"key-of-{name}" if PRESETS[name].key_env else "")
    assert found.is_local == (not found.key), "a preset has a key, or stays here"
    assert found.url.startswith("http://localhost:" if found.is_local else "https://")


def test_the_brief_ones() -> None:
    gemini, local = of("gemini"), of("local")
    assert gemini and gemini.url == "https://generativelanguage.googleapis.com/v1beta/openai"
    assert gemini.key_env == "GEMINI_API_KEY"
    assert local and local.url == "http://localhost:11434/v1" and local.host == "localhost:11434"


def test_the_key_is_that_of_the_variable_named() -> None:
    found = of("gemini", {"MINE": " k-1 \n", "GEMINI_API_KEY": "k-2"}, key_env="MINE")
    assert found and (found.key, found.key_env) == ("k-1", "MINE") and "k-1" not in repr(found)


def test_a_bare_address_gets_no_key_unasked() -> None:
    found = of("https://teacher.example/v1/")
    assert found and (found.key, found.url) == ("", "https://teacher.example/v1")


def test_openai_s_own_variable_is_heard() -> None:
    found = of("openai", {"OPENAI_BASE_URL": "https://other.example/v1", "OPENAI_API_KEY": "k"})
    assert found and found.host == "other.example"


@pytest.mark.parametrize(
    ("teacher", "environment", "more", "said"),
    [
        ("gemini", {}, {}, "GEMINI_API_KEY is empty"),
        ("gemini", {"GEMINI_API_KEY": " "}, {}, "GEMINI_API_KEY is empty"),
        ("gemini", {"GEMINI_API_KEY": "k\r\nX: y"}, {}, "no key"),
        ("gemini", {"GEMINI_API_KEY": "k\u00e9"}, {}, "no key"),
        ("local", {}, {"key_env": "NO_SUCH"}, "NO_SUCH is empty"),
        ("local", {}, {"model": ""}, "--teacher-model"),
        ("lokal", {}, {}, "There is no teacher 'lokal'"),
        ("http://teacher.example/v1", {"K": "k"}, {"key_env": "K"}, "clear text"),
        ("ftp://teacher.example", {}, {}, "http:// or https://"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(teacher: str, environment: dict[str, str], more: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as error:
        of(teacher, environment, **more)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///v1",
        "https://user:secret@host/v1",
        "https://host/v1?key=secret",
        "https://host/v1#secret",
        "https://host:99999/v1",
        "https://[::1/v1",
        "https://ho st/v1",
        "https://host/v1\r\nX: y",
        "https://h\u00f6st/v1",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError) as error:
        checked_url(url, False)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.1.7:8000", "10.0.0.2"])
def test_near_ones_may_have_a_key_without_https(host: str) -> None:
    assert checked_url(f"http://{host}/v1", True) == f"http://{host}/v1"
    with pytest.raises(UsageError, match="clear text"):
        checked_url(f"http://{host.split(':')[0].strip('[]') or 'x'}.example/v1", True)
