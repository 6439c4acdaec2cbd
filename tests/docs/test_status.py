"""docs/status.md and README's measured section say what docs/measured.json says, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tools import status
from tools.sections import ROOT, put_section

from engram import __version__

README = (ROOT / "README.md").read_text(encoding="utf-8")
ENTRY = {
    "what": "recall, shipped sets",
    "value": "12.5% (n = 8)",
    "bound": ">= 95%",
    "command": "engram teach",
    "machine": "2 CPU cores",
    "date": "2026-11-20",
}


def write(folder: Path, entries: Any) -> Path:
    file = folder / "measured.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    return file


def test_readme_shows_what_was_measured() -> None:
    entries = status.read_measured(ROOT / "docs" / "measured.json")
    expected = put_section(README, "measured", status.readme_section(entries))
    assert expected == README, "run `make status`"


def test_the_status_page_names_this_version_and_these_figures() -> None:
    page = (ROOT / "docs" / "status.md").read_text(encoding="utf-8")
    entries = status.read_measured(ROOT / "docs" / "measured.json")
    assert f"Version {__version__}.\n" in page, "run `make status`"
    assert page.endswith(status.measured_tables(entries, ("what", "value", "bound", "command")) + "\n")


def test_without_a_file_nothing_was_measured(tmp_path: Path) -> None:
    entries = status.read_measured(tmp_path / "measured.json")
    assert entries == []
    assert status.readme_section(entries) == "Not measured yet on this commit."


def test_figures_stand_under_their_machine_and_date(tmp_path: Path) -> None:
    other = ENTRY | {"what": "answer time", "value": "61 ms", "machine": "a laptop", "bound": ""}
    entries = status.read_measured(write(tmp_path, [ENTRY, other]))
    page = status.status_page(entries, {"docs": 3, "unit": 4}, {"lessons": (9, 10), "store": (0, 0)})
    first, second = page.split("Measured on 2026-11-20: ")[1:]
    assert first.startswith("2 CPU cores.") and second.startswith("a laptop.")
    assert "| recall, shipped sets | 12.5% (n = 8) | >= 95% | `engram teach` |" in first
    assert "| answer time | 61 ms |  | `engram teach` |" in second
    assert "| all | 7 |" in page and "| lessons | 10 | 90.0% |" in page and "| store | 0 | - |" in page


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ({}, "must hold a list"),
        (["text"], "entry 1: needs exactly the keys"),
        ([ENTRY, {**ENTRY, "note": "x"}], "entry 2: needs exactly the keys"),
        ([{key: value for key, value in ENTRY.items() if key != "command"}], "needs exactly the keys"),
        ([{**ENTRY, "value": 12.5}], "value must be a text"),
        ([{**ENTRY, "machine": ""}], "machine is empty"),
        ([{**ENTRY, "date": "20 November"}], "is not YYYY-MM-DD"),
    ],
)
def test_wrong_entries_are_named(tmp_path: Path, entries: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        status.read_measured(write(tmp_path, entries))


def test_tests_are_counted_by_folder() -> None:
    lines = [
        "tests/unit/a/test_a.py::test_x[1::2]",
        "tests/unit/b/test_b.py::test_y",
        "",
        "3 tests collected",
    ]
    assert status.by_folder([*lines, "tests/docs/test_c.py::test_z"]) == {"docs": 1, "unit": 2}


def test_coverage_is_summed_by_room(tmp_path: Path) -> None:
    def entry(covered: int, lines: int) -> dict[str, Any]:
        return {"summary": {"covered_lines": covered, "num_statements": lines}}

    files = {
        "src/engram/lessons/build.py": entry(8, 10),
        "src/engram/lessons/rows.py": entry(10, 10),
        "src/engram/teach.py": entry(1, 4),
    }
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": files}), encoding="utf-8")
    assert status.coverage_by_room(report) == {"lessons": (18, 20), "teach": (1, 4)}
    assert status.coverage_by_room(tmp_path / "missing.json") == {}
