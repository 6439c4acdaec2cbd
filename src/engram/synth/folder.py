"""The folder that is written: train.jsonl and test.jsonl, and beside them in synth/ what they are made from.

    OUT/train.jsonl, test.jsonl    in chat form: for `engram train --data OUT` and `engram eval --data OUT`
    OUT/synth/plan.json            what was asked for; another plan is refused here
    OUT/synth/answers/0001.json    what a teacher answered, one request each, as the guard let it through

Each file appears whole or not at all, so an interrupted job goes on where it stopped. Not here: what is in
them (gathering.py, rows.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engram.disk import Files, disk_errors, replace_files, to_json, write_file
from engram.errors import StorageError, UsageError
from engram.synth.asks import Ask
from engram.synth.replies import Conversation, parse_conversations
from engram.synth.strict_json import BadAnswer, only, strict_json

PLAN = "plan.json"
TRAIN, TEST = "train.jsonl", "test.jsonl"
LARGEST = 2**24
"""Bytes of a file of ours; a larger one is not ours."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is kept of one request: conversations, and what the guard masked and left out, by type."""

    conversations: tuple[Conversation, ...]
    masked: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


class SynthFolder:
    """A folder for one plan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._inside = folder / "synth"
        self._answers = self._inside / "answers"

    @contextmanager
    def opened(self, plan: Mapping[str, Any]) -> Iterator[None]:
        """Inside, the folder is for this plan, and for nobody else. Raises UsageError if it holds anything
        else, StorageError."""
        self.check(plan)
        with disk_errors(self.folder):
            self._answers.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self._inside / "lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise StorageError(
                    f"Another process is writing to {self.folder}.", "Wait for it, or choose another --out."
                ) from None
        try:
            write_file(self._inside / PLAN, to_json(plan))
            yield
        finally:
            lock.release()

    def check(self, plan: Mapping[str, Any]) -> None:
        """Raises UsageError unless the folder is empty, missing, or was begun for this plan."""
        found = _read(self._inside / PLAN)
        if found is None:
            if not self._is_free():
                raise UsageError(
                    f"{self.folder} holds something else, which is never overwritten.",
                    "Choose another folder with --out.",
                )
        elif found != json.loads(to_json(plan)):
            known = found if isinstance(found, dict) else {}
            differ = ", ".join(key for key in plan if known.get(key) != json.loads(to_json(plan))[key])
            raise UsageError(
                f"{self.folder} was begun otherwise (differing: {differ or 'its version'}).",
                "Say the same again, or choose another folder with --out.",
            )

    def _is_free(self) -> bool:
        """Whether nothing is there but what a killed beginning of ours may have left."""
        if not self.folder.exists():
            return True
        if not self.folder.is_dir() or {file.name for file in self.folder.iterdir()} - {self._inside.name}:
            return False
        inside = self._inside.iterdir() if self._inside.is_dir() else ()
        return all(file.name in ("lock", "answers") or file.name.startswith(".") for file in inside)

    def answer(self, ask: Ask) -> Answered | None:
        """What was answered to a request before; None if nothing, or nothing that can be read."""
        try:
            value = only(_read(self._file(ask)), "prompt", "conversations", "masked", "left_out")
            if value["prompt"] != ask.digest or not isinstance(value["conversations"], list):
                return None
            number = min(len(value["conversations"]), ask.count)
            # Masking may have made a turn longer than it came.
            conversations = parse_conversations(value["conversations"], number, longest=LARGEST)
            return Answered(conversations, _counts(value["masked"]), _counts(value["left_out"]))
        except BadAnswer:
            return None

    def keep(self, ask: Ask, answered: Answered) -> None:
        """Write down what was answered. Raises StorageError."""
        said = [
            {"messages": [{"role": turn.role, "content": turn.content} for turn in conversation]}
            for conversation in answered.conversations
        ]
        value = {"prompt": ask.digest, "conversations": said}
        counted = {"masked": dict(answered.masked), "left_out": dict(answered.left_out)}
        write_file(self._file(ask), to_json(value | counted))

    def finish(self, train: bytes, test: bytes) -> None:
        """Write both data files together; an empty one is left out. Raises StorageError."""
        contents = {name: data for name, data in ((TRAIN, train), (TEST, test)) if data}
        with disk_errors(self.folder):
            replace_files(self.folder, contents, Files())

    def _file(self, ask: Ask) -> Path:
        return self._answers / f"{ask.number:04}.json"


def _read(file: Path) -> Any:
    """The JSON value of a file; None if there is none, or it cannot be read."""
    try:
        if file.stat().st_size > LARGEST:
            return None
        return strict_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadAnswer):
        return None


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or any(type(number) is not int for number in value.values()):
        raise BadAnswer("It holds no counts.")
    return value
