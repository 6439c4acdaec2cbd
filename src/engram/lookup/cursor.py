"""Following an answer: from a question's end on, token by token, as a pure function of the ids so far.

A question ends where the template asks for an answer, or at the end of a prompt without a template; with
`anywhere` at every place. From there the answer's ids must have been followed exactly; the next one is the
one to force, and after the last the stop token, unless the model is released. Leaving the answer drops it.
Within an answer, and across its end, no question is looked for: an answer is not a question. A session takes
the ids as they come, so that a token's cost does not grow with the text; sessions that took the same ids are
equal. Not here: which key a text ends with (matching.py), what is done to logits (logits.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engram.lookup.facts import Fact


@dataclass(frozen=True, slots=True)
class Match:
    """A question that a fact answers, and how far the answer has come.

    `name`: the canonical key or alias that matched. `position`: where in the ids the answer begins.
    `answer_ids`: the answer as it is written there, without a stop token; `stop_id` None releases the model.
    `followed`: how many of them stand there already. `next_id` is the one to force, None when all is said.
    """

    fact: Fact
    name: str
    position: int
    answer_ids: tuple[int, ...]
    stop_id: int | None
    followed: int = 0

    @property
    def next_id(self) -> int | None:
        if self.followed < len(self.answer_ids):
            return self.answer_ids[self.followed]
        return self.stop_id

    @property
    def probability(self) -> float | None:
        """How likely `next_id` shall be; None: certain. Only the answer's first token is a choice."""
        return self.fact.probability if self.followed == 0 else None

    def advanced(self) -> Match:
        """One more id followed."""
        return Match(self.fact, self.name, self.position, self.answer_ids, self.stop_id, self.followed + 1)


Look = Callable[[Sequence[int], int], Match | None]
"""What answers the question that ends with ids[start:]; handed the ids, and `start`."""


class Session:
    """One row. `look` finds a match at the end of the ids; `ends` are the ids after which questions end,
    None where they may end anywhere; `prompt_length` is one more place where a question ends."""

    def __init__(self, look: Look, ends: tuple[int, ...] | None, prompt_length: int | None = None) -> None:
        self.ids: list[int] = []
        self.match: Match | None = None
        self.asked = False
        self._look = look
        self._ends = ends
        self._prompt_length = prompt_length
        self._answered = 0  # where the last whole answer ended

    def extend(self, tokens: Iterable[int]) -> None:
        for token in tokens:
            self._take(token)

    def copy(self) -> Session:
        """Another row that begins with the same ids."""
        twin = Session(self._look, self._ends, self._prompt_length)
        twin.ids, twin.match = list(self.ids), self.match
        twin.asked, twin._answered = self.asked, self._answered
        return twin

    def ask(self) -> None:
        """Look for a question that ends here."""
        self.asked = True
        self.match = self._look(self.ids, self._answered)

    def _take(self, token: int) -> None:
        self.ids.append(token)
        match = self.match
        if match is not None and token == match.next_id:
            match = match.advanced()
            done = match.followed > len(match.answer_ids) or match.next_id is None
            self.match = None if done else match
            if done:
                self._answered = len(self.ids)
            return
        self.match = None
        if self._is_question_end(token):
            self.ask()

    def _is_question_end(self, token: int) -> bool:
        if self._ends is None or len(self.ids) == self._prompt_length:
            return True
        ends = self._ends
        return bool(ends) and token == ends[-1] and tuple(self.ids[-len(ends) :]) == ends
