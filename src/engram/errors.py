"""Every error that Engram raises on purpose, as one tree.

    EngramError                    exit code 1: something failed
    |-- UsageError                 exit code 2: the request itself cannot be served
    |   |-- SettingsError            a setting is unknown, malformed or contradicts another
    |   |-- LessonError              pattern or data files are wrong (all problems at once)
    |   |-- MissingReader            a file format needs a library that is not installed
    |   |-- UnknownName              no such adapter, model, run or suite
    |   |-- Withheld                 the settings forbid to write down what was found in it
    |   `-- BadName                  a name outside the grammar; it never becomes a path
    |-- ModelError                 a base model cannot be found or loaded
    |   `-- MissingBackend           torch or mlx is not installed
    |-- AdapterError               an adapter is broken, foreign or changes nothing
    |-- ArtifactError              a file from outside is not what it should be, or could run code
    |-- TrainingError              training was stopped
    |   |-- Diverged                 loss became non-finite or ran away
    |   |-- OutOfMemory              names the settings to lower
    |   |-- Interrupted                by the user; the hint says how to go on
    |   `-- LeakFound                training rows overlap with evaluation rows
    |-- TeacherError               a teacher's server cannot be reached, refuses, or answers what is no use
    |-- StorageError               disk full, read-only, locked, or a digest that does not match
    |-- GateRefused                exit code 3
    `-- NotEnoughEvidence          exit code 4

Not here: messages for people are composed where the error is raised; how they are printed is cli's.
"""

from __future__ import annotations

from collections.abc import Sequence


class EngramError(Exception):
    """What happened and why (`message`), and what to do about it (`hint`)."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(EngramError):
    exit_code = 2


class SettingsError(UsageError):
    """A settings file, or a flag, is wrong."""


class LessonError(UsageError):
    """Pattern or data files are wrong. `problems` holds one `file:line: sentence` each; `more` counts those
    that were found besides."""

    def __init__(self, problems: Sequence[str], hint: str = "", more: int = 0) -> None:
        self.problems = tuple(problems)
        self.more = more
        count = len(self.problems) + more
        head = "1 problem" if count == 1 else f"{count:,} problems"
        rest = [f"... and {more:,} more."] if more else []
        super().__init__(f"{head} in the files handed in:\n" + "\n".join([*self.problems, *rest]), hint)


class MissingReader(UsageError):
    """Reading a file of this format needs a library that is not installed."""


class UnknownName(UsageError):
    """The name is well formed but nothing here has it."""


class Withheld(UsageError):
    """The user's privacy settings forbid to write this down; nothing of it was."""


class BadName(UsageError):
    """The name could leave its folder or confuse a tool; it was not used."""


class ModelError(EngramError):
    """A base model cannot be found or loaded."""


class MissingBackend(ModelError):
    """The library behind the chosen backend is not installed."""


class AdapterError(EngramError):
    """An adapter is broken, belongs to another base, or changes nothing."""


class ArtifactError(EngramError):
    """A file from outside is not what it should be, or could run code. Whoever knows what it was meant to be
    makes a ModelError or an AdapterError of it."""


class TrainingError(EngramError):
    """Training was stopped; what was in service before still is."""


class Diverged(TrainingError):
    """The loss became non-finite or ran away, also after one retry at a lower rate."""


class OutOfMemory(TrainingError):
    """The device ran out of memory; the hint names the settings to lower."""


class Interrupted(TrainingError):
    """The user asked for a stop; the hint names the run and how to go on."""


class LeakFound(TrainingError):
    """Training rows overlap with rows that are meant to measure it."""


class TeacherError(EngramError):
    """A teacher's server cannot be reached, refuses, or answers what is no use."""


class StorageError(EngramError):
    """The disk is full or read-only, a lock is held, or stored bytes do not match their digest."""


class GateRefused(EngramError):
    exit_code = 3


class NotEnoughEvidence(EngramError):
    exit_code = 4
