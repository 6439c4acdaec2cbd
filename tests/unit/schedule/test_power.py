"""Battery or not, from the files of Linux and the words of macOS."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.schedule.power import draws_from_battery, no_supply_online

MAINS_OFF, MAINS_ON = {"type": "Mains", "online": "0"}, {"type": "Mains", "online": "1"}
BATTERY, MOUSE = {"type": "Battery"}, {"type": "Battery", "scope": "Device"}
USB_OFF, USB_ON = {"type": "USB", "online": "0"}, {"type": "USB", "online": "2"}


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ([], False),
        ([MAINS_ON], False),
        ([MAINS_OFF], False),
        ([BATTERY, MAINS_ON], False),
        ([BATTERY, MAINS_OFF], True),
        ([BATTERY, BATTERY, USB_OFF, MAINS_OFF], True),
        ([BATTERY, MAINS_OFF, USB_ON], False),
        ([BATTERY], True),
        ([MOUSE, MAINS_OFF], False),
        ([MOUSE], False),
        ([{"scope": "Device"}], False),
    ],
)
def test_linux(tmp_path: Path, supplies: list[dict[str, str]], expected: bool) -> None:
    for number, supply in enumerate(supplies):
        (tmp_path / str(number)).mkdir()
        for name, value in supply.items():
            (tmp_path / str(number) / name).write_text(f"{value}\n")
    assert no_supply_online(tmp_path) is expected
    assert no_supply_online(tmp_path / "absent") is False


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t85%; discharging\n", True),
        ("Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t85%; charging\n", False),
        ("", False),
    ],
)
def test_macos(said: str, expected: bool) -> None:
    assert draws_from_battery(said) is expected
