"""The files of each system, as texts: pure functions of a plan.

    launchd    one property list        launchd.plist(5)
    systemd    a service and a timer    systemd.service(5), systemd.timer(5), systemd.syntax(7)
    cron       two lines                crontab(5)

Each has its own way of writing a path with spaces, quotes, percent and dollar signs. Not here: where the
files go, and who is told (installing.py).
"""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Sequence

from engram.errors import UsageError
from engram.schedule.plan import Plan

NICE = 10
"""How much the night stands back behind other programs, of 19."""
DONE = (3, 4)
"""Exit codes that mean that a night was slept and its adapter not taken: no failure to the system."""
STARTUP = "5min"
"""After logging in, it is asked whether a night was missed; not at once, when everything else starts."""


def systemd_service(plan: Plan) -> str:
    """NAME.service. Type oneshot has no limit of time."""
    environment = "".join(
        f"Environment={_unit_word(f'{name}={value}')}\n" for name, value in plan.environment.items()
    )
    # The colon: a dollar sign is a dollar sign (systemd.service(5), "Special executable prefixes").
    return (
        "[Unit]\n"
        "Description=Engram: learn what was said by day\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart=:{' '.join(map(_unit_word, _startable(plan.words)))}\n"
        f"{environment}"
        f"SuccessExitStatus={' '.join(map(str, DONE))}\n"
        f"Nice={NICE}\n"
        "IOSchedulingClass=idle\n"
    )


def systemd_timer(plan: Plan) -> str:
    """NAME.timer. Persistent: a time that passed while the machine was off is made up for at its next start;
    the other start is for a night that was put off, because of the battery for instance."""
    return (
        "[Unit]\n"
        "Description=Engram: every night\n"
        "\n"
        "[Timer]\n"
        f"OnCalendar=*-*-* {plan.at:%H:%M}:00\n"
        f"OnStartupSec={STARTUP}\n"
        "Persistent=true\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )


def launchd_plist(plan: Plan) -> bytes:
    """NAME.plist. launchd makes up for what it slept through; RunAtLoad is for the time it was off."""
    return plistlib.dumps(
        {
            "Label": plan.name,
            "ProgramArguments": list(plan.words),
            "StartCalendarInterval": {"Hour": plan.at.hour, "Minute": plan.at.minute},
            "RunAtLoad": True,
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "Nice": NICE,
            "StandardOutPath": plan.log,
            "StandardErrorPath": plan.log,
            **({"EnvironmentVariables": plan.environment} if plan.environment else {}),
        }
    )


def cron_lines(plan: Plan) -> str:
    """The lines of one crontab, between two remarks by which they are found again."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in plan.environment.items()]
    words = ["nice", "-n", str(NICE), *map(shlex.quote, plan.words)]
    command = _cron_command(" ".join([*settings, *words, ">", shlex.quote(plan.log), "2>&1"]))
    begin, end = cron_marks(plan.name)
    return f"{begin}\n{plan.at.minute} {plan.at.hour} * * * {command}\n@reboot sleep 300; {command}\n{end}\n"


def cron_marks(name: str) -> tuple[str, str]:
    """The lines before and after ours."""
    return f"# {name}: begin, written by engram schedule", f"# {name}: end"


def with_lines(crontab: str, name: str, lines: str) -> str:
    """A crontab with our lines in place of those that were there, if any; none for ""."""
    begin, end = cron_marks(name)
    kept, ours = [], False
    for line in crontab.splitlines():
        ours = ours or line == begin
        if not ours:
            kept.append(line)
        ours = ours and line != end
    return "".join(f"{line}\n" for line in kept) + lines


def _startable(words: Sequence[str]) -> Sequence[str]:
    """systemd starts no program whose path has quotes or backslashes in it; a shell does."""
    if set(words[0]) & set("\"'\\"):
        return ["/bin/sh", "-c", 'exec "$0" "$@"', *words]
    return words


def _unit_word(word: str) -> str:
    """One word of a unit file: in quotes, C escapes, and specifiers' percent signs doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _cron_command(command: str) -> str:
    """A percent sign would end a command. Raises UsageError for backslashes, which some crons drop and others
    keep."""
    if "\\" in command:
        raise UsageError(
            "cron cannot be given a path with a backslash in it.", "Choose another --home, or --with systemd."
        )
    return command.replace("%", r"\%")
