"""`engram schedule`: what is shown, written and taken away; the system's commands are ones of our own."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from tests.support.road import engram

from engram.home import Home
from engram.schedule import tonight
from engram.schedule.plan import timer_name

SAYS_YES = '#!/bin/sh\necho "$(basename "$0") $*" >> "$HOME/asked"\n'
CRONTAB = """#!/bin/sh
case "$1" in
  -l) cat "$HOME/crontab" 2>/dev/null ;;
  -) cat > "$HOME/crontab" ;;
esac
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder and commands of our own: nothing of the real machine is told or written."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("systemctl", SAYS_YES), ("launchctl", SAYS_YES), ("crontab", CRONTAB)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def written(place: Path) -> list[str]:
    return sorted(path.name for path in place.rglob("engram-sleep*"))


@pytest.mark.parametrize(("kind", "ending"), [("systemd", ".timer"), ("launchd", ".plist"), ("cron", "")])
def test_install_status_remove(machine: Path, isolated: Path, kind: str, ending: str) -> None:
    said = engram("schedule", "install", "--at", "4:05", "--with", kind)
    assert said.code == 0, said.err
    assert f"Every day at 04:05, by {kind}; next 20" in said.out and "But" not in said.out
    name = timer_name(Home(isolated))
    assert (name + ending in written(machine)) == bool(ending)
    found = engram("schedule", "status", "--json").json
    assert found["loaded"] and found["timetable"]["at"] == "04:05" and found["next"][11:16] == "04:05"
    assert engram("schedule", "remove").out == "Removed: no night is scheduled.\n"
    assert written(machine) == [] and not (isolated / tonight.TIMETABLE).exists()
    assert engram("schedule", "remove", "--json").json == {"removed": False}
    assert "No night is scheduled" in engram("schedule", "status").out
    if kind == "cron":
        assert (machine / "crontab").read_text() == ""


def test_print_writes_nothing(machine: Path, isolated: Path) -> None:
    said = engram("schedule", "install", "--print", "--with", "launchd", "--at", "23:30")
    assert plistlib.loads(said.out.encode())["StartCalendarInterval"] == {"Hour": 23, "Minute": 30}
    assert ".plist:" in said.err
    units = engram("schedule", "install", "--print", "--with", "systemd", "--json").json
    assert units["kind"] == "systemd" and len(units["files"]) == 2
    assert "@reboot" in engram("schedule", "install", "--print", "--with", "cron").out
    assert written(machine) == [] and not isolated.exists() and not (machine / "asked").exists()


def test_another_kind_takes_the_place_of_the_first(machine: Path) -> None:
    engram("schedule", "install", "--with", "systemd")
    assert len(written(machine)) == 2
    engram("schedule", "install", "--with", "cron")
    assert written(machine) == [] and "@reboot" in (machine / "crontab").read_text()


def test_a_timer_that_somebody_took_away_is_missed(machine: Path) -> None:
    engram("schedule", "install", "--with", "cron")
    (machine / "crontab").unlink()
    assert "cron does not know of it" in engram("schedule", "status").out


def test_what_is_refused(machine: Path, isolated: Path) -> None:
    for words in (("--at", "25:00"), ("--at", "three"), ("--with", "anacron")):
        said = engram("schedule", "install", *words)
        assert said.code == 2 and said.out == "" and not isolated.exists()
    (machine / "bin" / "systemctl").write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    said = engram("schedule", "install", "--with", "systemd")
    assert said.code == 1 and "no bus" in said.err and written(machine) == [] and not isolated.exists()
