"""What is typed in a conversation at a terminal: several lines, history, completion, pasted text.

The up-arrow's history is read from the ledger and kept in memory only, and no text goes through a file: so
nothing that is forgotten there stays behind here. Not here: what happens with a line (chat_talk.py).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from engram.store.entries import CHAT, PASTED
from engram.store.ledger import Ledger

BLOCK = '"""'
REMEMBERED = 500
"""Things said that the up-arrow reaches back to."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and whether it was: `source` is as in the ledger."""

    text: str
    source: str


class Reader:
    """Reads from the terminal. `suggest` gives completions of what stands before the cursor: a text, how many
    characters before the cursor it replaces, and what is shown beside it."""

    def __init__(
        self, ledger: Ledger | None, suggest: Callable[[str], Iterable[tuple[str, int, str]]]
    ) -> None:
        self._ledger = ledger
        self._suggest = suggest
        self._pasted = False
        self.renew()

    def renew(self) -> None:
        """Read the history again, without what was forgotten."""
        self._prompt: PromptSession[str] = PromptSession(
            history=_LedgerHistory(self._ledger),
            completer=_Completer(self._suggest),
            complete_while_typing=False,
            multiline=True,
            prompt_continuation="  ",
            key_bindings=self._keys(),
        )

    def read(self, prompt: str, default: str = "") -> Typed:
        """The next thing said. Raises KeyboardInterrupt (Ctrl-C), EOFError (Ctrl-D, or SIGTERM)."""
        self._pasted = False
        text = _until_told_to_end(lambda before: self._prompt.prompt(prompt, default=default, pre_run=before))
        return Typed(without_block(text), PASTED if self._pasted else CHAT)

    def confirm(self, question: str) -> bool:
        """Whether the answer is yes; anything else is no."""
        asked: PromptSession[str] = PromptSession()
        with suppress(KeyboardInterrupt, EOFError):
            answer = _until_told_to_end(lambda before: asked.prompt(f"{question} [y/N] ", pre_run=before))
            return answer.strip().casefold() in ("y", "yes")
        return False

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add(Keys.Enter)
        def enter(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if in_block(buffer.text):
                buffer.insert_text("\n")
            else:
                buffer.validate_and_handle()

        @keys.add(Keys.ControlC)
        def give_up(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.reset()
            else:
                event.app.exit(exception=KeyboardInterrupt)

        @keys.add(Keys.Escape, Keys.Enter)
        def new_line(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add(Keys.BracketedPaste)
        def paste(event: KeyPressEvent) -> None:
            text = event.data.replace("\r\n", "\n").replace("\r", "\n")
            self._pasted |= "\n" in text.strip("\n")
            event.current_buffer.insert_text(text)

        return keys


def in_block(text: str) -> bool:
    """Whether three quotation marks were opened and not closed."""
    bare = text.strip()
    return bare.startswith(BLOCK) and (len(bare) < 2 * len(BLOCK) or not bare.endswith(BLOCK))


def without_block(text: str) -> str:
    bare = text.strip()
    if bare.startswith(BLOCK) and not in_block(text):
        return bare[len(BLOCK) : -len(BLOCK)].strip("\n")
    return bare


def _until_told_to_end(prompt: Callable[[Callable[[], None]], str]) -> str:
    """Prompt; SIGTERM meanwhile puts the terminal in order and raises EOFError."""

    def listen() -> None:
        app = get_app()
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGTERM, lambda: app.exit(exception=EOFError)
            )

    before = signal.getsignal(signal.SIGTERM)
    try:
        return prompt(listen)
    finally:
        signal.signal(signal.SIGTERM, before)  # asyncio leaves the system's own behind


class _LedgerHistory(History):
    def __init__(self, ledger: Ledger | None) -> None:
        super().__init__()
        self._ledger = ledger

    def load_history_strings(self) -> Iterator[str]:
        """Newest first."""
        if self._ledger is not None:
            said = self._ledger.entries(
                kind="turn", speaker="user", source=CHAT, limit=REMEMBERED, newest_first=True
            )
            yield from (entry.text for entry in said)

    def store_string(self, string: str) -> None:
        """The ledger has it, if it is to be kept."""


class _Completer(Completer):
    def __init__(self, suggest: Callable[[str], Iterable[tuple[str, int, str]]]) -> None:
        self._suggest = suggest

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        for text, length, beside in self._suggest(document.text_before_cursor):
            yield Completion(text, -length, display_meta=beside)
