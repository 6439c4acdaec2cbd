"""Installing and removing on a system that only listens: files in a temporary folder, commands noted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engram.errors import EngramError, UsageError
from engram.home import Home
from engram.schedule.installing import Kind, Said, System, check, choose_kind, install, is_loaded, remove, run
from engram.schedule.plan import Plan, make_plan

KINDS: tuple[Kind, ...] = ("launchd", "systemd", "cron")


@dataclass
class Listener:
    """Plays the system's commands: a crontab that is kept, and one command that fails if it is asked to."""

    crontab: str | None = None
    failing: str = ""
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, words: Sequence[str], given: str = "") -> Said:
        self.asked.append(list(words))
        if self.failing and self.failing in words:
            return Said(1, err="it will not")
        if list(words) == ["crontab", "-l"]:
            return Said(1, err="no crontab for me") if self.crontab is None else Said(0, self.crontab)
        if list(words) == ["crontab", "-"]:
            self.crontab = given
        return Said(0)

    def did(self, *words: str) -> bool:
        return any(all(word in asked for word in words) for asked in self.asked)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def system(tmp_path: Path, listener: Listener) -> System:
    return System(tmp_path / "config" / "units", tmp_path / "agents", listener)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return make_plan(Home(tmp_path / "my home"), "03:00")


def files(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_in_and_out_leaves_nothing(
    tmp_path: Path, system: System, listener: Listener, plan: Plan, kind: Kind
) -> None:
    install(system, plan, kind)
    written = files(tmp_path)
    ends = {"launchd": [".plist"], "systemd": [".service", ".timer"], "cron": []}[kind]
    assert sorted(written) == [plan.name + end for end in ends]
    assert (plan.words[0].encode() in b"".join(written.values())) == (kind != "cron")
    assert is_loaded(system, plan.name, kind)
    install(system, make_plan(Home(tmp_path / "my home"), "04:30"), kind)
    assert sorted(files(tmp_path)) == sorted(written)
    assert files(tmp_path) != written or kind == "cron"
    assert listener.crontab is None or listener.crontab.count("30 4 * * *") == 1
    remove(system, plan.name, kind)
    assert files(tmp_path) == {} and not listener.crontab
    remove(system, plan.name, kind)


def test_systemd_is_told(system: System, listener: Listener, plan: Plan) -> None:
    install(system, plan, "systemd")
    user = [words[2:] for words in listener.asked if words[:2] == ["systemctl", "--user"]]
    assert user == [["daemon-reload"], ["enable", f"{plan.name}.timer"], ["restart", f"{plan.name}.timer"]]
    remove(system, plan.name, "systemd")
    assert listener.did("disable", "--now", f"{plan.name}.timer")


def test_launchd_is_told(system: System, listener: Listener, plan: Plan) -> None:
    install(system, plan, "launchd")
    place = str(system.agents / f"{plan.name}.plist")
    assert listener.asked[-1] == ["launchctl", "bootstrap", f"gui/{os.getuid()}", place]
    remove(system, plan.name, "launchd")
    assert listener.asked[-1] == ["launchctl", "bootout", f"gui/{os.getuid()}/{plan.name}"]


def test_the_rest_of_a_crontab_stays(system: System, listener: Listener, plan: Plan) -> None:
    listener.crontab = "# mine\n1 2 3 4 5 backup\n"
    install(system, plan, "cron")
    assert listener.crontab.startswith("# mine\n1 2 3 4 5 backup\n") and plan.words[0] in listener.crontab
    remove(system, plan.name, "cron")
    assert listener.crontab == "# mine\n1 2 3 4 5 backup\n"


@pytest.mark.parametrize(
    ("kind", "failing"),
    [
        ("systemd", "daemon-reload"),
        ("systemd", "enable"),
        ("systemd", "restart"),
        ("launchd", "bootstrap"),
        ("cron", "-"),
    ],
)
def test_if_the_system_refuses_all_is_as_before(
    tmp_path: Path, system: System, listener: Listener, plan: Plan, kind: Kind, failing: str
) -> None:
    listener.failing = failing
    with pytest.raises(EngramError, match="it will not"):
        install(system, plan, kind)
    assert files(tmp_path) == {} and listener.crontab is None
    listener.failing = ""
    install(system, plan, kind)
    before, crontab = files(tmp_path), listener.crontab
    listener.failing = failing
    with pytest.raises(EngramError):
        install(system, make_plan(Home(tmp_path / "my home"), "05:00"), kind)
    assert (files(tmp_path), listener.crontab) == (before, crontab)


def test_which_kind(
    tmp_path: Path, system: System, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_kind(system, "darwin") == "launchd" and choose_kind(system, "linux") == "systemd"
    listener.failing = "show-environment"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="--scheduled"):
        choose_kind(system, "linux")
    (tmp_path / "crontab").write_text("#!/bin/sh\n")
    (tmp_path / "crontab").chmod(0o755)
    assert choose_kind(system, "linux") == "cron"


def test_what_the_systems_tool_says_counts_where_it_can_be_asked(system: System, plan: Plan) -> None:
    for kind in KINDS:
        check(system, plan, kind)
    for said, accepted in (
        (Said(1, err="line 6: bad"), False),
        (Said(127), True),
        (Said(1, err="Failed to initialize manager: x"), True),
    ):
        asked = System(system.units, system.agents, lambda words, given, said=said: said)  # type: ignore[misc]
        if accepted:
            check(asked, plan, "systemd")
        else:
            with pytest.raises(EngramError, match="line 6: bad"):
                check(asked, plan, "systemd")


def test_the_real_runner() -> None:
    assert run(["cat"], "given") == Said(0, "given", "")
    assert run(["no-such-program-here"]).code == 127
    assert run(["false"]).code == 1


def test_without_cron_it_says_so(system: System, plan: Plan) -> None:
    nowhere = System(system.units, system.agents, lambda words, given: Said(127))
    with pytest.raises(EngramError, match="not installed"):
        install(nowhere, plan, "cron")
