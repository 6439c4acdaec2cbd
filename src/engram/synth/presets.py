"""Servers that speak OpenAI's chat completions, by name, and the endpoint that the settings mean.

Addresses are those of the servers' own documentation (Ollama, LM Studio, llama.cpp, vLLM, OpenAI, Gemini,
Mistral, OpenRouter, Groq, DeepSeek). Not here: talking to one (client.py).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engram.config import TeacherSettings
from engram.errors import UsageError

NONE = "none"


@dataclass(frozen=True, slots=True)
class Preset:
    """An address, and the environment variable of its key; "" where none is needed."""

    url: str
    key_env: str = ""


PRESETS = {
    "local": Preset("http://localhost:11434/v1"),
    "ollama": Preset("http://localhost:11434/v1"),
    "lmstudio": Preset("http://localhost:1234/v1"),
    "llamacpp": Preset("http://localhost:8080/v1"),
    "vllm": Preset("http://localhost:8000/v1"),
    "openai": Preset("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "gemini": Preset("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "mistral": Preset("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "openrouter": Preset("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": Preset("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "deepseek": Preset("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
}
BASE_URL = "OPENAI_BASE_URL"
"""Where this variable is set, it is the address that the preset openai means, as in OpenAI's own clients."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address, without a slash at the end, a model, and the key, which is never shown."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    key_env: str = ""

    @property
    def host(self) -> str:
        """As it is shown to the user, with the port if one is given."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether what is sent stays on this machine."""
        return _is_loopback(urlsplit(self.url).hostname or "")


def endpoint_of(settings: TeacherSettings, environment: Mapping[str, str]) -> Endpoint | None:
    """The endpoint that the settings mean; None if there is to be no teacher. Raises UsageError."""
    if settings.teacher == NONE:
        return None
    preset = _preset(settings.teacher, environment)
    if not settings.model:
        raise UsageError(
            "Which model the teacher is, was not said.", "Add --teacher-model, by the server's name for it."
        )
    key_env = settings.key_env or preset.key_env
    key = _key(key_env, environment)
    url = checked_url(preset.url, bool(key))
    return Endpoint(url, settings.model, key, key_env)


def checked_url(url: str, has_key: bool) -> str:
    """An address that may be asked, without a slash at the end. Raises UsageError.

    A key is sent in clear text only to this machine and to private networks.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _wrong(url, "cannot be read") from None
    if any(ord(sign) < 33 or ord(sign) > 126 for sign in url):
        raise _wrong(url, "has signs that no address has")
    if parts.scheme not in ("http", "https") or not host:
        raise _wrong(url, "does not begin with http:// or https:// and a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _wrong("", "holds more than host and path: keys go into an environment variable (--key-env)")
    if has_key and parts.scheme == "http" and not _is_near(host):
        raise UsageError(
            f"{parts.netloc} would be sent your key in clear text.",
            "Use https://, or leave the key out.",
        )
    return url.rstrip("/")


def _preset(name: str, environment: Mapping[str, str]) -> Preset:
    if name == "openai" and environment.get(BASE_URL):
        return Preset(environment[BASE_URL], PRESETS[name].key_env)
    if name in PRESETS:
        return PRESETS[name]
    if "://" not in name:
        raise UsageError(
            f"There is no teacher {name[:80]!r}.", f"Give an address, or one of {', '.join(PRESETS)}, {NONE}."
        )
    return Preset(name)


def _key(variable: str, environment: Mapping[str, str]) -> str:
    """The key in this variable; "" where no variable is named."""
    if not variable:
        return ""
    key = environment.get(variable, "").strip()
    if not key:
        raise UsageError(
            f"The teacher needs a key, and the environment variable {variable[:80]} is empty.",
            f"Set it: export {variable[:80]}=..., or name another with --key-env.",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            f"What {variable[:80]} holds is no key: it has signs that no header can carry.", "Check it."
        )
    return key


def _wrong(url: str, why: str) -> UsageError:
    return UsageError(f"The teacher's address {url[:120]!r} {why}.".replace(" '' ", " "))


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or bool(address and address.is_loopback)


def _is_near(host: str) -> bool:
    address = _address(host)
    return _is_loopback(host) or bool(address and (address.is_private or address.is_link_local))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
