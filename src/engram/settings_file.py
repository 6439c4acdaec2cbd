"""Settings files, TOML or YAML, and profiles: how they are read, and in which order they lie over each other.

Unknown keys are errors, and all errors are reported at once. Not here: the settings themselves (config).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from engram.config import PROFILES, Settings
from engram.errors import SettingsError
from engram.lessons.schema import Problems
from engram.lessons.yaml_nodes import compose, line_of, mapping, read_text

YAML_SUFFIXES = frozenset({".yaml", ".yml"})
PROFILE = "profile"
"""The one key of a settings file that is no section: the name of a profile."""
HINT = "See docs/settings.md for every setting."

# Numbers as YAML 1.2 knows them (its core schema). PyYAML follows YAML 1.1, to which 1e-5 is a text.
_WHOLE = re.compile(r"[-+]?[0-9]{1,40}\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_KINDS = ("str", "int", "float", "bool", "timestamp", "null")
_LIST = "tag:yaml.org,2002:seq"
_SCALARS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in _KINDS)


def read_settings(
    *files: Path, overrides: Mapping[str, Mapping[str, Any]] | None = None, profile: str | None = None
) -> Settings:
    """Defaults, a profile, each file that exists in order, then overrides by section; the later wins.

    Without `profile`, the last file that names one decides. Raises SettingsError naming every wrong key at
    once, with the file it stands in.
    """
    layers: list[Mapping[str, Any]] = []
    named: Any = None
    for file in files:
        if not file.exists():
            continue
        tables = _read_yaml(file) if file.suffix.lower() in YAML_SUFFIXES else _read_toml(file)
        if PROFILE in tables:
            named = _known(tables.pop(PROFILE), str(file))
        build_settings(tables, where=str(file))
        layers.append(tables)
    chosen = _known(profile, "the settings given") if profile else named
    merged: dict[str, dict[str, Any]] = {}
    for layer in (PROFILES[chosen] if chosen else {}, *layers, overrides or {}):
        _merge(merged, layer)
    return build_settings(merged, where="the settings given")


def build_settings(tables: Mapping[str, Any], where: str) -> Settings:
    """Validate plain tables. Raises SettingsError with one line per problem."""
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        lines = [f"{where}: {_place(item)}: {_sentence(item)}" for item in error.errors()]
        raise SettingsError("\n".join(lines), HINT) from None


def _known(name: Any, where: str) -> str:
    if isinstance(name, str) and name in PROFILES:
        return name
    raise SettingsError(
        f"{where}: there is no profile {name!r}.{_did_you_mean(str(name), PROFILES)}",
        f"There are {', '.join(PROFILES)}.",
    )


def _merge(into: dict[str, dict[str, Any]], tables: Mapping[str, Any]) -> None:
    for name, table in tables.items():
        into.setdefault(name, {}).update(table)
        # Both say how long to train, so a layer that sets one of them overrides the other as well.
        for one, other in (("iters", "epochs"), ("epochs", "iters")):
            if name == "train" and one in table and other not in table:
                into[name].pop(other, None)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:  # also bytes that are not UTF-8, and numbers without end
        raise SettingsError(f"{file} is not valid TOML: {error}.", "Mend it, or move it away.") from None


def _read_yaml(file: Path) -> dict[str, Any]:
    problems = Problems()
    text = read_text(file, problems)
    root = None if text is None else compose(text, file, problems)
    tables = {} if root is None else _tables(root, file, problems)
    if problems.count:
        raise SettingsError("\n".join(problems.lines), HINT)
    return tables


def _tables(root: yaml.Node, file: Path, problems: Problems) -> dict[str, Any]:
    """Sections of settings, and the profile, from the top of a YAML file."""
    if isinstance(root, yaml.ScalarNode) and not root.value:
        return {}  # nothing but the line that begins a document
    if not isinstance(root, yaml.MappingNode):
        problems.add(str(file), line_of(root), f"a settings file has sections: {', '.join(_sections())}.")
        return {}
    found: dict[str, Any] = {}
    for name, node in mapping(root, file, problems).items():
        if isinstance(node, yaml.MappingNode):
            inner = mapping(node, file, problems)
            found[name] = {key: _value(value, file, problems) for key, value in inner.items()}
        else:
            found[name] = _value(node, file, problems)
    return found


def _value(node: yaml.Node, file: Path, problems: Problems) -> Any:
    """A scalar, or a list of them."""
    if isinstance(node, yaml.SequenceNode) and node.tag == _LIST:
        return [_scalar(item, file, problems) for item in node.value]
    return _scalar(node, file, problems)


def _scalar(node: yaml.Node, file: Path, problems: Problems) -> Any:
    """Text, or for a word without quotes what YAML 1.2 takes it for."""
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _SCALARS:
        problems.add(str(file), line_of(node), "a setting is a word, a number, or a list of them.")
        return None
    text = str(node.value)
    if node.style:  # in quotes, or a block
        return text
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    if _WHOLE.match(text):
        return int(text)
    return float(text) if _NUMBER.match(text) else text


def _sections() -> list[str]:
    return list(Settings.model_fields)


def _place(item: Any) -> str:
    return ".".join(str(part) for part in item["loc"] if part not in ("int", "literal['auto']")) or "settings"


def _sentence(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return f"no such setting.{_nearest(*map(str, item['loc']))}"
    message = str(item["msg"]).removeprefix("Value error, ")
    return (
        f"{message[0].lower()}{message[1:]} (got {item['input']!r})"
        if item["type"] != "value_error"
        else message
    )


def _nearest(*place: str) -> str:
    """What was probably meant by a key that is not there, as the rest of a sentence; often nothing."""
    settings = {f"{name}.{key}": name for name in _sections() for key in _fields(name)}
    homes = [known for known in settings if known.split(".")[1] == place[-1]]
    if homes:  # a right key in a wrong section, or in none
        return f" It is {' or '.join(homes)}."
    return _did_you_mean(place[-1], [*_sections(), PROFILE] if len(place) == 1 else _fields(place[0]))


def _fields(section: str) -> list[str]:
    annotation: Any = Settings.model_fields[section].annotation
    return list(annotation.model_fields)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""
