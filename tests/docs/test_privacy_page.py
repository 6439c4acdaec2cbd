"""docs/privacy.md is true: its commands work, and its types are those of rules and settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.road import engram
from tools.sections import ROOT

from engram.config import PrivacySettings
from engram.privacy.findings import TYPES

TEXT = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_its_commands_work(isolated: Path) -> None:
    commands = re.findall(r"^\$ engram (.+)$", TEXT, re.M)
    shown = {command: engram(*shlex.split(command)) for command in commands}
    assert [told.code for told in shown.values()] == [0] * len(commands) and len(commands) >= 3
    assert "[PASSWORD]" in shown[commands[0]].out and "masked" in shown["privacy report"].out
    assert not [file for file in isolated.rglob("*") if file.is_file() and b"Tiger77" in file.read_bytes()]


def test_it_names_every_type_and_setting() -> None:
    assert [name for name in TYPES if f"`{name}`" not in TEXT] == []
    assert set(PrivacySettings.model_fields) == {*TYPES, "names", "unsafe"}
