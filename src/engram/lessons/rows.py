"""One row of a data set: a conversation with its origin, as it lies in train/valid/test.jsonl.

Not here: how rows are made from patterns (build.py) or become token ids (render.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engram.errors import LessonError
from engram.types import Message

Split = Literal["train", "valid", "recall", "rephrased", "unseen"]


@dataclass(frozen=True, slots=True)
class Row:
    """`messages` end with the assistant turn that is taught or expected.

    `source` names the pattern (or conversation) that the row comes from; rows of one source form a cluster
    in every statistic. `split` says what the row is for. Where `is_text`, the one message is plain text,
    which is put into no template and taught as a whole.
    """

    messages: tuple[Message, ...]
    category: str
    source: str
    split: Split
    is_text: bool = False

    @property
    def expected(self) -> str:
        return self.messages[-1].content

    @property
    def question(self) -> tuple[Message, ...]:
        return self.messages[:-1]

    def to_json(self) -> str:
        """One line without its line feed; keys in a fixed order, so equal rows are equal bytes."""
        said: dict[str, Any] = {"messages": [{"role": m.role, "content": m.content} for m in self.messages]}
        if self.is_text:
            said = {"text": self.expected}
        rest = {"category": self.category, "source": self.source, "split": self.split}
        return json.dumps(said | rest, ensure_ascii=False)


def text_row(text: str, category: str, source: str, split: Split) -> Row:
    """A row that is plain text; all of it counts as expected."""
    return Row((Message("assistant", text),), category, source, split, is_text=True)


def write_rows(file: Path, rows: Iterable[Row]) -> int:
    """Write JSONL, one row a line; returns how many."""
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(row.to_json() + "\n")
            count += 1
    return count


def read_rows(file: Path) -> Iterator[Row]:
    """Rows that `write_rows` wrote. Raises LessonError at the first line that is not one."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                data = json.loads(line)
                rest = data["category"], data["source"], data["split"]
                if "text" in data:
                    yield text_row(data["text"], *rest)
                else:
                    yield Row(tuple(Message(m["role"], m["content"]) for m in data["messages"]), *rest)
            except (ValueError, KeyError, TypeError) as error:
                raise LessonError([f"{file.name}:{number}: not a data row ({error})"]) from None
