"""Command-line options made from the settings schema, so that a flag and a setting cannot disagree.

Not here: what the options do. A command takes `settings: Settings` and `home: Home`, and the decorator
replaces them by one flag per field of the sections it names.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from engram.config import PROFILES, QUICK, Settings
from engram.errors import UsageError
from engram.home import Home
from engram.settings_file import read_settings

RunOption = Annotated[str | None, typer.Option(help="A name for this run.", rich_help_panel="General")]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with --run after an interruption.", rich_help_panel="General")
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Only check everything, and estimate time and memory.", rich_help_panel="General"
    ),
]

PANELS = {
    "model": "Model",
    "data": "Data",
    "train": "Training",
    "measure": "Measuring",
    "chat": "Answering",
    "recall": "Recall",
    "lookup": "Lookup",
    "sleep": "Night",
    "teacher": "Teacher",
}


def with_settings(
    *sections: str, quick: str = "", profile: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of these sections of engram.toml ("train.rank" is a single one), plus --config
    and --home, and --profile if asked for.

    `quick` is the help of a --quick flag, if there is to be one; a command that has a parameter of that name
    is told whether it was given.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapper(**given: Any) -> None:
            home = Home.find(given.pop("home"))
            config = given.pop("config")
            overrides = _overrides(given, sections)
            is_quick = given.pop("quick", False)
            if is_quick:
                overrides["train"] = {**QUICK, "epochs": None, **overrides.get("train", {})}
            if config and not config.is_file():
                raise UsageError(
                    f"There is no settings file {config}.", "Check the path given with --config."
                )
            files = [home.settings, *([config] if config else [])]
            if "quick" in inspect.signature(command).parameters:
                given["quick"] = is_quick
            settings = read_settings(*files, overrides=overrides, profile=given.pop("profile", None))
            command(settings=settings, home=home, **given)

        wrapper.__signature__ = _signature(command, sections, quick, profile)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _overrides(given: dict[str, Any], sections: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Take the settings out of the given flags: section -> field -> value, only those that were set."""
    found: dict[str, dict[str, Any]] = {}
    for section, field, _ in _settings(sections):
        value = given.pop(_parameter(section, field))
        if value is not None and value != [] and value != ():
            found.setdefault(section, {})[field] = value
    # A flag for one of the two also overrides the other one where a file, or --quick, sets it.
    match found.get("train", {}):
        case {"iters": _, "epochs": _}:
            pass  # both as flags: the schema says what is wrong
        case {"iters": _} as train:
            train["epochs"] = None
        case {"epochs": _} as train:
            train["iters"] = "auto"
    return found


def _signature(
    command: Callable[..., None], sections: tuple[str, ...], quick: str, profile: bool
) -> inspect.Signature:
    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
        if name not in ("settings", "home", "quick")
    ]
    made = [_option_of(*setting) for setting in _settings(sections)]
    general = [
        _option(
            "config",
            Path | None,
            None,
            ["--config"],
            "A settings file (TOML or YAML), read after engram.toml.",
            "General",
        ),
        _option("home", Path | None, None, ["--home"], "Where memories and adapters lie.", "General"),
    ]
    if profile:
        names = Literal[tuple(PROFILES)]  # type: ignore[valid-type]
        text = "Starting points for data of that kind, below all settings files."
        general.append(_option("profile", names | None, None, ["--profile"], text, "General"))
    if quick:
        general.append(_option("quick", bool, False, ["--quick"], quick, "General"))
    return inspect.Signature(own + general + made)


def _option_of(section: str, name: str, field: FieldInfo) -> inspect.Parameter:
    extra: Mapping[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = f" [{extra['unit']}]" if extra.get("unit") else ""
    shown = ", ".join(field.default) if isinstance(field.default, tuple) else field.default
    default = "" if shown in (None, "", False) else f" Default: {shown}."
    kind, flags = _kind(field.annotation), _flags(section, name, field.annotation)
    return _option(
        _parameter(section, name), kind, None, flags, f"{field.description}{unit}{default}", PANELS[section]
    )


def _option(name: str, kind: Any, default: Any, flags: list[str], text: str, panel: str) -> inspect.Parameter:
    option = typer.Option(*flags, help=text, rich_help_panel=panel, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _settings(sections: tuple[str, ...]) -> list[tuple[str, str, FieldInfo]]:
    """Section, name and field of every setting in these sections; "train.rank" is a single one."""
    found = []
    for entry in sections:
        section, _, single = entry.partition(".")
        model: Any = Settings.model_fields[section].annotation
        fields: dict[str, FieldInfo] = model.model_fields
        found += [(section, name, field) for name, field in fields.items() if single in ("", name)]
    return found


def _parameter(section: str, field: str) -> str:
    """One name for one flag: sections that share a field name carry their own name in front."""
    return f"{section}_{field}" if (section, field) in _PREFIXED else field


_PREFIXED = {("data", "seed"), ("measure", "max_tokens"), ("teacher", "model"), ("teacher", "max_tokens")}


def _flags(section: str, name: str, annotation: Any) -> list[str]:
    flag = "--" + _parameter(section, name).replace("_", "-")
    if annotation is bool:
        return [f"{flag}/--no-{flag[2:]}"]
    return [flag]


def _kind(annotation: Any) -> Any:
    """The type that typer parses; the settings schema does the strict check afterwards."""
    if annotation is bool:
        return bool | None
    origin = get_origin(annotation)
    if origin is tuple:
        return list[str] | None
    if origin is Literal:
        return annotation | None
    if origin in (Union, UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        return (inner[0] if len(inner) == 1 else str) | None
    return annotation | None
