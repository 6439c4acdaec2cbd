"""The files of each system, read back as that system reads them.

The readers here follow the manual pages, not the code: systemd.syntax(7), crontab(5); the cron line is given
to a real shell. Where a system's own tool is present, it is asked too.
"""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.errors import UsageError
from engram.home import Home
from engram.schedule.plan import Plan, make_plan
from engram.schedule.texts import cron_lines, launchd_plist, systemd_service, systemd_timer, with_lines

NASTY = [
    "/home/a b",
    "/x/50%",
    "/x/$HOME/${A}",
    "/x/it's",
    '/x/"q"',
    "/x/`id`;&|<>*?[a]~#!",
    "/x/é漢",
    "/x/%n%%",
]
WITH_BACKSLASH = ["/x/a\\b", "/x/\\n", "/x/\\\\"]
PATHS = st.text(st.characters(blacklist_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=30)


def plan(path: str, **more: str) -> Plan:
    return Plan(
        "engram-sleep", time(3, 5), (f"{path}/python", "-P", "--home", path), f"{path}/night.log", more
    )


def line(text: str, key: str) -> str:
    """The value of the only line of that key."""
    (found,) = [row for row in text.splitlines() if row.startswith(f"{key}=")]
    return found.partition("=")[2]


def unit_words(value: str) -> list[str]:
    """Words of a unit file's value: quotes, C escapes, then specifiers."""
    words, word, quote, place = [], "", "", 0
    inside = False
    while place < len(value):
        char = value[place]
        if char == "\\":
            place += 1
            word += {"\\": "\\", '"': '"', "'": "'"}[value[place]]
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "\"'" and not word:
            quote, inside = char, True
        elif char == " " and not quote:
            words.append(word)
            word, inside = "", False
        elif char == "%":
            place += 1
            assert value[place] == "%", "any other letter would be replaced"
            word += "%"
        else:
            word += char
        place += 1
    assert not quote
    return [*words, word] if inside or word else words


@pytest.mark.parametrize("path", NASTY + WITH_BACKSLASH)
def test_systemd_starts_these_words(path: str) -> None:
    start = line(systemd_service(plan(path)), "ExecStart")
    assert start.startswith(":"), "a dollar sign is to be none of systemd's business"
    words = unit_words(start[1:])
    if words[0] == "/bin/sh":
        words = json.loads(run_sh(words, path))
    assert words == list(plan(path).words)


def run_sh(words: list[str], path: str) -> str:
    """What a program gets that the shell starts in its place: the python of the plan is one that tells."""
    told = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))"]
    assert words[1:3] == ["-c", 'exec "$0" "$@"']
    done = subprocess.run([*words[:3], *told, *words[3:]], capture_output=True, text=True, check=True)
    return done.stdout


@given(PATHS)
def test_any_path_survives_a_unit_file(path: str) -> None:
    words = unit_words(line(systemd_service(plan(path)), "ExecStart")[1:])
    assert words[-4:] == list(plan(path).words)
    found = unit_words(line(systemd_service(plan("/x", HF_HOME=path)), "Environment"))
    assert found == [f"HF_HOME={path}"]


def test_the_timer() -> None:
    text = systemd_timer(plan("/x"))
    assert line(text, "OnCalendar") == "*-*-* 03:05:00" and line(text, "Persistent") == "true"
    assert line(text, "WantedBy") == "timers.target"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("folder", ["plain", "a b", "it's 5% $HOME", 'a"b', "a\\b"])
def test_systemd_accepts_them(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir()
    (place / "python").symlink_to(sys.executable)
    written = []
    for name, text in (
        ("n.service", systemd_service(plan(str(place)))),
        ("n.timer", systemd_timer(plan("/x"))),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        written.append(str(tmp_path / name))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    verify = ["systemd-analyze", "--user", "verify", *written]
    done = subprocess.run(verify, capture_output=True, text=True, env=environment)
    if "Failed to" in done.stderr:
        pytest.skip("systemd-analyze cannot work here")
    assert (done.returncode, done.stderr) == (0, "")


@given(PATHS)
def test_launchd_reads_these_words(path: str) -> None:
    read = plistlib.loads(launchd_plist(plan(path, HF_HOME=path)))
    assert read["ProgramArguments"] == list(plan(path).words) and read["Label"] == "engram-sleep"
    assert read["StartCalendarInterval"] == {"Hour": 3, "Minute": 5}
    assert read["StandardErrorPath"] == f"{path}/night.log"
    assert read["EnvironmentVariables"] == {"HF_HOME": path}


@pytest.mark.skipif(not shutil.which("plutil"), reason="needs plutil")
def test_macos_accepts_it(tmp_path: Path) -> None:
    (tmp_path / "n.plist").write_bytes(launchd_plist(plan('/x/it\'s 5% "q"')))
    assert subprocess.run(["plutil", "-lint", tmp_path / "n.plist"], capture_output=True).returncode == 0


def cron_command(row: str) -> str:
    """What cron hands to the shell: the first percent sign that no backslash is before ends it."""
    command = row.split(" ", 5)[5]
    shell, place = "", 0
    while place < len(command):
        if command[place : place + 2] == r"\%":
            shell, place = shell + "%", place + 2
            continue
        assert command[place] != "%", "the rest would be its input"
        shell, place = shell + command[place], place + 1
    return shell


@pytest.mark.parametrize("name", [path.removeprefix("/x/").replace("/", "_") for path in NASTY])
def test_cron_starts_these_words(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    tell = place / "python"
    tell.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([*sys.argv, os.environ['HF_HOME']]))\n"
    )
    tell.chmod(0o755)
    begin, row, again, end = cron_lines(plan(str(place), HF_HOME=str(place))).splitlines()
    assert row.split()[:5] == ["5", "3", "*", "*", "*"] and begin.startswith("#") and end.startswith("#")
    assert again == f"@reboot sleep 300; {row.split(' ', 5)[5]}"
    subprocess.run(["/bin/sh", "-c", cron_command(row)], check=True, timeout=20)
    words = list(plan(str(place)).words)
    assert json.loads((place / "night.log").read_text()) == [*words, str(place)]


@pytest.mark.parametrize("path", WITH_BACKSLASH)
def test_cron_is_not_given_a_backslash(path: str) -> None:
    with pytest.raises(UsageError, match="backslash"):
        cron_lines(plan(path))


@pytest.mark.parametrize("others", ["", "# mine\n0 1 * * * backup\n", "MAILTO=me\n\n\n5 5 * * 1 x % y\n"])
def test_other_lines_of_the_crontab_stay(others: str) -> None:
    once = with_lines(others, "engram-sleep", cron_lines(plan("/x")))
    assert once.startswith(others) and once.count("@reboot") == 1
    other_home = cron_lines(Plan("engram-sleep-12345678", time(4), ("/y/python",), "/y/log"))
    both = with_lines(once, "engram-sleep-12345678", other_home)
    assert both.count("@reboot") == 2
    again = with_lines(both, "engram-sleep", cron_lines(plan("/z")))
    assert again.count("@reboot") == 2 and "/x" not in again and "/y/python" in again
    assert with_lines(with_lines(again, "engram-sleep", ""), "engram-sleep-12345678", "") == others


def test_a_path_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    for name in ("a\nb", "a\tb", "a\x1bb", "a\udcffb"):
        with pytest.raises(UsageError, match="cannot be scheduled"):
            make_plan(Home(tmp_path / name), "03:00")
