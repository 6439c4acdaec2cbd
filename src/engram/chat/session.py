"""One conversation: what is said is written down before it is answered, and the answer as soon as it ends.

Also an answer that is broken off. Not here: commands (commands.py), what the model is shown (window.py),
signals and the terminal (cli).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from engram.answer.answerer import Answerer
from engram.answer.prompt import Prompt
from engram.chat.exchange import Exchange, Heard
from engram.chat.holding import signals_held
from engram.chat.window import ContextWindow
from engram.config import ChatSettings
from engram.errors import EngramError, StorageError, UsageError, Withheld
from engram.store.entries import CHAT, NewEntry
from engram.store.ledger import Ledger, now
from engram.store.redactions import withheld
from engram.store.tags import may_store
from engram.types import Sampling

if TYPE_CHECKING:
    from engram.answer.recall import Recall, Recalled
    from engram.lookup.cursor import Match


def never() -> bool:
    return False


def unheard(sentence: str) -> None:
    """Where remarks go when nobody listens."""


class ChatSession:
    """A conversation with one Answerer at a time.

    `note` is told, in sentences, what the user must know at once: turns that the model no longer sees, an
    answer that could not be kept. Raises what the ledger and the model raise.
    """

    def __init__(
        self,
        answerer: Answerer,
        ledger: Ledger | None,
        recall: Recall | None,
        settings: ChatSettings,
        *,
        seed: int = 0,
        note: Callable[[str], None] = unheard,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.answerer = answerer
        self.incognito = settings.incognito
        self._ledger = ledger
        self._settings = settings
        self._seed = seed
        self._note = note
        self._window = ContextWindow(recall, settings, note, clock)
        self._session: int | None = None
        self._exchanges: list[Exchange] = []
        self._masked: dict[str, str] = {}
        self._asked = 0

    @property
    def last(self) -> Exchange | None:
        """The latest exchange that was answered, wholly or in part."""
        return self._exchanges[-1] if self._exchanges else None

    @property
    def number(self) -> int | None:
        """The conversation's number in the ledger; None as long as nothing was written."""
        return self._session

    def ask(
        self, text: str, source: str = CHAT, stop: Callable[[], bool] = never
    ) -> Generator[str, None, None]:
        """Write `text` down and give the pieces of its answer; `stop` is asked between them.

        What is said is durable when this returns. Close what it gives, and what was answered so far is
        durable too. Raises UsageError (nothing said, or too long to answer: that is kept all the same),
        StorageError.
        """
        return self._ask(text, source, None, stop)

    def edit(
        self, text: str, source: str = CHAT, stop: Callable[[], bool] = never
    ) -> Generator[str, None, None]:
        """Say the last thing otherwise and ask again. What was said first stays in the ledger, superseded."""
        before = self.last
        if before is None:
            raise UsageError("There is nothing to edit yet.", "Say something first.")
        return self._ask(text, before.source if source == CHAT else source, before, stop)

    def rate(self, rating: int) -> int:
        """Rate the last answer: 1 confirms it, -1 rejects it. Returns its number. Raises UsageError."""
        if self._ledger is None or self.last is None or self.last.answer_id is None:
            raise UsageError("There is no written answer to rate.", "Ask something first.")
        return self._ledger.rate(self.last.answer_id, rating).id

    def better(self, text: str) -> int:
        """Say how the last answer should have been: that is written down in its place, as confirmed, and a
        night may learn it. Returns its number. Raises UsageError, StorageError."""
        last = self.last
        if self._ledger is None or last is None or last.answer_id is None:
            raise UsageError("There is no written answer to better.", "Ask something first.")
        if not text.strip():
            raise UsageError("How should the answer have been?", "For instance: /better Four.")
        new = NewEntry(
            kind="turn",
            speaker="assistant",
            source=CHAT,
            text=text.strip(),
            session=self._session,
            tags=last.tags,
            replaces=last.answer_id,
        )
        written = self._ledger.append(self._screened(new))[0]
        self._ledger.rate(written.id, 1)
        answer = replace(last.answer, text=written.text)
        self._exchanges[-1] = replace(last, answer=answer, answer_id=written.id)
        return written.id

    def tag(self, tags: Iterable[str]) -> tuple[int, ...]:
        """Give the last exchange these tags, in place of those it has; returns its numbers.

        Raises UsageError.
        """
        if self._ledger is None or self.last is None or not self.last.written:
            raise UsageError("There is nothing written to tag.", "Say something first.")
        given = frozenset(tags)
        for number in self.last.entries:
            self._ledger.set_tags(number, given)
        self._exchanges[-1] = replace(self.last, tags=given)
        return self.last.entries

    def forget(self, numbers: Iterable[int]) -> None:
        """Drop the exchanges that hold one of these entries, which the ledger no longer has."""
        gone = set(numbers)
        self._exchanges = [exchange for exchange in self._exchanges if not gone & set(exchange.entries)]

    def _ask(
        self, text: str, source: str, before: Exchange | None, stop: Callable[[], bool]
    ) -> Generator[str, None, None]:
        heard = self._hear(text, source, before)
        if before:
            self._exchanges.pop()
        try:
            prompt, recalled = self._window.prompt(self.answerer, heard, self._exchanges)
        except UsageError as error:
            kept = f" It was written down as {heard.entry.id}." if heard.entry else ""
            raise UsageError(error.message + kept, error.hint) from None
        return self._answer(heard, prompt, recalled, stop)

    def _hear(self, text: str, source: str, before: Exchange | None) -> Heard:
        """What was said, written down unless it is not to be."""
        heard = Heard.listen(text, source, before)
        if self._ledger is None or self.incognito or not may_store(heard.tags):
            return heard
        try:
            new = self._screened(heard.question(self._session))
        except Withheld as error:
            self._note(error.message)
            return heard
        if self._session is None:
            self._session = self._ledger.begin_session()
        written = self._ledger.append(replace(new, session=self._session))[0]
        if written.flags:
            kinds = ", ".join(sorted(written.flags))
            self._note(
                f"Written down and flagged ({kinds}): neither found again nor learned. "
                f"If it is harmless: engram memory unflag {written.id}"
            )
        return replace(heard, entry=written)

    def _screened(self, new: NewEntry) -> NewEntry:
        """An entry as the guard lets it through; what it masked is masked wherever it is said again.

        Raises Withheld.
        """
        if self._ledger is None or self._ledger.guard is None:
            return new
        done = self._ledger.guard(new.text, known=self._masked)
        if done.text is None:
            raise withheld(done.found)
        self._masked |= done.values
        if done.found and new.speaker == "user":
            self._note(f"Masked before it was written down: {_listed(done.found)}.")
        return replace(new, text=done.text, guarded=done)

    def _answer(
        self, heard: Heard, prompt: Prompt, recalled: Recalled | None, stop: Callable[[], bool]
    ) -> Generator[str, None, None]:
        """The pieces. However this ends, what was said so far is kept."""
        match = self._known(heard, prompt)
        waited = time.perf_counter() - heard.started
        writing = self.answerer.write(prompt.ids, self._sampling(), match)
        try:
            for piece in writing:
                yield piece
                if stop():
                    break
        finally:
            answer = replace(writing.answer, sources=recalled.notes if recalled else ())
            with signals_held():
                number = self._keep(heard, answer.text)
                who = self._model, self.answerer.adapter
                self._exchanges.append(heard.answered(answer, number, who, prompt, waited))

    def _known(self, heard: Heard, prompt: Prompt) -> Match | None:
        """What the exact memory answers with, if anything."""
        try:
            return self.answerer.known(prompt.ids, heard.text)
        except StorageError as error:
            self._note(f"Answered without the exact memory: {error}")
            return None

    def _keep(self, heard: Heard, text: str) -> int | None:
        """Write the answer down where its question was; the user is told if that fails."""
        if self._ledger is None or heard.entry is None or not text:
            return None
        answer = heard.answer(text, self._session, self._model, self.answerer.adapter)
        try:
            return self._ledger.append(self._screened(answer))[0].id
        except EngramError as error:
            self._note(f"This answer was not written down. {error}")
            return None

    def _sampling(self) -> Sampling:
        """As the settings say. Each question has a seed of its own, or asking again would change nothing."""
        self._asked += 1
        settings = self._settings
        return Sampling(
            settings.max_tokens, settings.temperature, settings.top_p, self._seed + self._asked - 1
        )

    @property
    def _model(self) -> str:
        return self.answerer.model.base.id


def _listed(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in found.items())
