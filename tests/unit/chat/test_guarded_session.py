"""A guarded conversation: the model sees what was typed, and the ledger has it masked, answers included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.chatting import NOON, scripted

from engram.chat.session import ChatSession
from engram.config import ChatSettings, PrivacySettings
from engram.privacy.guard import PrivacyGuard
from engram.store.database import Database
from engram.store.ledger import Ledger

SECRET = "blue-Tiger77"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Database.open(tmp_path / "memory.db") as database:
        yield Ledger(database, clock=lambda: NOON, guard=PrivacyGuard())


def begin(ledger: Ledger, said: str, remarks: list[str]) -> tuple[ChatSession, list[str]]:
    answerer, model = scripted(said)
    session = ChatSession(answerer, ledger, None, ChatSettings(), note=remarks.append, clock=lambda: NOON)
    return session, model.prompts


def test_what_was_masked_is_masked_wherever_it_is_said_again(ledger: Ledger) -> None:
    remarks: list[str] = []
    session, prompts = begin(ledger, f"It is {SECRET}.", remarks)
    for text in (f"my wifi password is {SECRET}", "what was it?", f"yes, {SECRET}"):
        assert "".join(session.ask(text)) == f"It is {SECRET}.", "the person sees what was answered"
    assert SECRET in prompts[0], "the model sees what was typed"
    texts = [entry.text for entry in ledger.entries()]
    assert texts[0] == "my wifi password is [PASSWORD]" and texts[4] == "yes, [PASSWORD]"
    assert [text for text in texts if SECRET in text] == [] and texts[1] == "It is [PASSWORD]."
    assert remarks == ["Masked before it was written down: 1 password."] * 2


def test_what_may_not_be_written_is_answered_and_leaves_an_empty_ledger(ledger: Ledger) -> None:
    ledger.guard = PrivacyGuard(PrivacySettings(password="drop"))
    remarks: list[str] = []
    session, _ = begin(ledger, "Noted.", remarks)
    assert "".join(session.ask(f"my wifi password is {SECRET}")) == "Noted."
    assert ledger.entries() == [] and session.number is None
    assert len(remarks) == 1 and "password" in remarks[0] and SECRET not in remarks[0]


def test_what_is_flagged_is_said_at_once(ledger: Ledger) -> None:
    remarks: list[str] = []
    session, _ = begin(ledger, "Noted.", remarks)
    for text in ("I want to kill my boss", "I want to kill the process"):
        "".join(session.ask(text))
    assert remarks == [
        "Written down and flagged (violence): neither found again nor learned. "
        "If it is harmless: engram memory unflag 1"
    ]


def test_every_masked_entry_has_its_row_in_the_audit(ledger: Ledger) -> None:
    session, _ = begin(ledger, "Noted.", [])
    "".join(session.ask("a@corp.example or b@corp.example, card 4111 1111 1111 1111"))
    rows = [(row.entry, row.type, row.action, row.count) for row in ledger.redactions(1)]
    assert rows == [(1, "email", "masked", 2), (1, "card", "masked", 1)]
