"""What of a conversation the model is shown: the latest exchanges that fit, and notes on what is asked.

What does not fit may come back as a note. What is not written down (incognito, #private) is shown again only
while nothing else is, so that no later answer can carry it into the ledger. Not here: what is written down
(session.py), where notes come from (answer/recall.py), and how a prompt is put together (answer/prompt.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from engram.answer.answerer import Answerer
from engram.answer.prompt import Prompt, assemble, room_for_prompt
from engram.chat.exchange import Exchange, Heard
from engram.config import ChatSettings
from engram.errors import StorageError

if TYPE_CHECKING:
    from engram.answer.recall import Recall, Recalled


class ContextWindow:
    """The view of one conversation. `note` is told in a sentence when the model begins to see less of it."""

    def __init__(
        self,
        recall: Recall | None,
        settings: ChatSettings,
        note: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._recall = recall
        self._settings = settings
        self._note = note
        self._clock = clock
        self._fewest = sys.maxsize  # earlier exchanges before the model, since there were too many

    def prompt(
        self, answerer: Answerer, heard: Heard, exchanges: Sequence[Exchange]
    ) -> tuple[Prompt, Recalled | None]:
        """What `answerer` is shown of `exchanges`, oldest first, and the notes that are in it.

        Raises UsageError where what was said is too long by itself.
        """
        shown = [one for one in exchanges if one.answer.text and (one.written or not heard.entry)]
        dropped = max(0, len(shown) - self._settings.history)
        while True:
            seen = shown[dropped:]
            recalled = self._recalled(heard, seen)
            prompt = self._assemble(answerer, heard, seen, recalled)
            if not prompt.dropped:
                break
            dropped += prompt.dropped
        if dropped and len(seen) < self._fewest:
            self._note(_now_sees(len(seen)))
            self._fewest = len(seen)
        return replace(prompt, dropped=dropped), recalled if prompt.noted else None

    def _recalled(self, heard: Heard, seen: Sequence[Exchange]) -> Recalled | None:
        """Notes on what was said, without what the model sees anyway."""
        if self._recall is None:
            return None
        before_it = {number for exchange in seen for number in exchange.entries}
        own = {heard.entry.id} if heard.entry else set()
        try:
            return self._recall.recalled(heard.text, now=self._clock(), exclude=frozenset(before_it | own))
        except StorageError as error:
            self._note(f"Answered without notes: {error}")
            return None

    def _assemble(
        self, answerer: Answerer, heard: Heard, seen: Sequence[Exchange], recalled: Recalled | None
    ) -> Prompt:
        room = room_for_prompt(answerer.model.base.context, self._settings.max_tokens)
        history = [(exchange.question, exchange.answer.text) for exchange in seen]
        return assemble(
            answerer.prompt,
            room,
            heard.text,
            history,
            recalled.message if recalled else None,
            self._settings.system,
        )


def _now_sees(count: int) -> str:
    latest = "exchange" if count == 1 else f"{count} exchanges"
    what = f"only the latest {latest} of this conversation" if count else "nothing that was said before"
    return f"From here on the model sees {what}, and of the rest what it recalls."
