"""Generated pages are up to date, and the generator leaves nothing out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tools import reference
from tools.sections import ROOT, put_section, table

from engram.config import Settings


def test_pages_are_up_to_date() -> None:
    assert reference.stale() == [], "run `make reference`"


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "README.md", tmp_path)
    for file, text in reference.pages(tmp_path).items():
        file.write_text(text, encoding="utf-8")
    assert reference.stale(tmp_path) == []
    page = tmp_path / "docs" / "settings.md"
    page.write_text(page.read_text(encoding="utf-8").replace("LoRA rank", "LoRA rang"), encoding="utf-8")
    (tmp_path / "docs" / "commands.md").unlink()
    assert reference.stale(tmp_path) == [tmp_path / "docs" / "commands.md", page]


def test_every_flag_of_every_command_is_there() -> None:
    page = reference.commands_page()
    names = [name for name, _ in reference.every_command()]
    assert len(names) == len(set(names)) >= 12
    for name, command in reference.every_command():
        assert f"\n## {name}\n" in page
        for parameter in command.params:
            for flag in (*parameter.opts, *parameter.secondary_opts):
                shown = flag if flag.startswith("-") else parameter.name.upper()
                assert f"`{shown}" in page or f"`[{shown}" in page, f"{name} {flag}"
            assert parameter.help, f"{name} {parameter.name} says nothing"


def test_shared_flags_mean_the_same_everywhere() -> None:
    """They are described once for all commands, so no command may have its own words for one."""
    seen: dict[str, str] = {}
    for _, command in reference.every_command():
        for parameter in command.params:
            if reference._panel(parameter):
                words = reference._help(parameter)
                assert seen.setdefault(reference._shown(parameter), words) == words
    assert len(seen) >= 20


def test_every_setting_is_there_with_its_reason() -> None:
    page = reference.settings_page()
    for name, section in Settings.model_fields.items():
        part = page.split(f"\n## [{name}]\n")[1].split("\n## ")[0]
        fields = section.annotation.model_fields  # type: ignore[union-attr]
        lines = [line for line in part.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in lines] == list(fields)
        for line, field in zip(lines, fields.values(), strict=True):
            extra = field.json_schema_extra
            assert extra["why"] in line and extra["unit"] in line and field.description in line


def test_a_section_replaces_only_what_is_between_its_markers() -> None:
    document = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nafter\n"
    once = put_section(document, "a", "new\n")
    assert once == "before\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nafter\n"
    assert put_section(once, "a", "new") == once
    for broken in ("no markers\n", document + document, "<!-- a:end -->\n<!-- a:begin -->\n"):
        with pytest.raises(ValueError, match=r"needs exactly|stands before"):
            put_section(broken, "a", "new")


def test_a_table_cell_cannot_break_its_table() -> None:
    assert table(("x", "y"), [("a|b", "two\nlines")]).splitlines()[-1] == "| a\\|b | two lines |"
