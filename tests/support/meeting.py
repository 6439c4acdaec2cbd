"""A conversation on a fresh ledger, with a model that says what it is told to (chatting.py).

Not here: conversations through the command line (chatting.py, terminal.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.chatting import NOON, ListedRecall, ScriptedModel

from engram.answer.answerer import Answerer
from engram.chat.session import ChatSession
from engram.config import ChatSettings
from engram.store.entries import Entry
from engram.store.ledger import Ledger


@dataclass
class Meeting:
    """A conversation on a fresh ledger, with its model and what it remarked."""

    ledger: Ledger
    answerer: Answerer
    model: ScriptedModel
    recall: ListedRecall = field(default_factory=ListedRecall)
    remarks: list[str] = field(default_factory=list)

    def begin(self, seed: int = 0, ledger: Any = "own", **settings: Any) -> ChatSession:
        kept = self.ledger if ledger == "own" else ledger
        chosen = ChatSettings(**settings)
        return ChatSession(
            self.answerer, kept, self.recall, chosen, seed=seed, note=self.remarks.append, clock=lambda: NOON
        )  # type: ignore[arg-type]

    def entries(self) -> list[Entry]:
        return self.ledger.entries()

    def texts(self) -> list[str]:
        return [entry.text for entry in self.entries()]


def say(session: ChatSession, text: str, **how: Any) -> str:
    return "".join(session.ask(text, **how))
