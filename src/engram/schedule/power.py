"""Whether the machine runs on its battery. Where the system does not say, it does not.

Not here: what follows from it (tonight.py).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def on_battery() -> bool:
    """As Linux and macOS tell; False on other systems."""
    if sys.platform == "darwin":
        return draws_from_battery(_pmset())
    return no_supply_online(SUPPLIES)


def no_supply_online(supplies: Path) -> bool:
    """A battery of the machine's own, and no mains or USB supply that is online.

    Source: Documentation/ABI/testing/sysfs-class-power of Linux; the batteries of mice and the like have the
    scope "Device".
    """
    batteries = False
    for supply in sorted(supplies.glob("*")):
        kind = _read(supply / "type")
        if kind != "Battery" and _read(supply / "online") not in ("", "0"):
            return False
        batteries = batteries or (kind == "Battery" and _read(supply / "scope") != "Device")
    return batteries


def draws_from_battery(pmset: str) -> bool:
    """What `pmset -g batt` says in its first line. Source: pmset(1)."""
    return "'Battery Power'" in pmset.partition("\n")[0]


def _pmset() -> str:
    try:
        done = subprocess.run(["/usr/bin/pmset", "-g", "batt"], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
