"""The exact n-gram memory at work (Engram-inspired): from token ids to the fact that answers them.

A question that ends with a stored key is answered with that key's answer, token by token; where no key
matches nothing is touched, not a bit. No paraphrase beyond spelling, no reasoning over a fact, no use in the
middle of a thought. Not here: tensors (backends/lookup.py), files (file.py), the ledger (store/).
"""

from __future__ import annotations

from collections.abc import Sequence

from engram.errors import UsageError
from engram.lookup.cursor import Match, Session
from engram.lookup.facts import Fact
from engram.lookup.frame import answer_ids, read_frame
from engram.lookup.matching import Found, Matcher
from engram.lookup.places import plain_ids
from engram.lookup.table import FactTable
from engram.lookup.tokens import TokenTexts
from engram.types import Renderer

_PROBES = ("Rex", "22", "Graphics Processing Unit", "delta_872.")


class Lookup:
    """Answers from `table` for one model's `renderer`; facts put into the table later count at once.

    `namespaces`: where to look, in this order; None is everywhere. `anywhere`: a key counts wherever a text
    ends with it, also in what the model writes; by default only where an answer is asked for. `contains`: a
    key counts anywhere inside the question. Raises ModelError when the template fails.
    """

    def __init__(
        self,
        table: FactTable,
        renderer: Renderer,
        *,
        namespaces: Sequence[str] | None = None,
        anywhere: bool = False,
        contains: bool = False,
    ) -> None:
        if anywhere and contains:
            raise UsageError("anywhere and contains exclude each other.", "Choose one of them.")
        self.table = table
        self.renderer = renderer
        self._frame = read_frame(renderer)
        self._texts = TokenTexts(renderer.tokenizer)
        self._matcher = Matcher(table, self._texts, self._frame.header)
        self._namespaces = None if namespaces is None else tuple(namespaces)
        self._anywhere = anywhere
        self._contains = contains
        # Whether the template writes answers as the tokenizer does by itself, so that kept ids can serve.
        self._plain = all(answer_ids(renderer, p) == tuple(renderer.tokenizer.encode(p)) for p in _PROBES)

    def match(self, ids: Sequence[int], prompt_length: int | None = None) -> Match | None:
        """What is being answered after these ids, which may go on into the answer; a pure function of both.

        In a text without the template, the question ends with ids[:prompt_length], by default with the ids.
        """
        session = self.session(prompt_length)
        session.extend(int(token) for token in ids)
        if not session.asked and prompt_length is None:
            session.ask()
        return session.match

    def session(self, prompt_length: int | None = None) -> Session:
        """A row to be fed with ids as they come."""
        return Session(self._look, None if self._anywhere else self._frame.suffix, prompt_length)

    def answer_ids(self, fact: Fact) -> tuple[int, ...]:
        """The answer as an assistant's turn has it. Raises UsageError for one that holds a stop token."""
        if not self._plain or fact.answer != fact.answer.strip():
            return answer_ids(self.renderer, fact.answer)
        ids = tuple(int(token) for token in self.table.encoded(fact, self.renderer.tokenizer))
        self._refuse_stop(ids)
        return ids

    def _look(self, ids: Sequence[int], start: int) -> Match | None:
        suffix = self._frame.suffix
        asked = bool(suffix) and tuple(ids[-len(suffix) :]) == suffix
        end = len(ids) - len(suffix) if asked else len(ids)
        spaces = self.table.namespaces() if self._namespaces is None else self._namespaces
        find = self._matcher.inside if self._contains else self._matcher.ending_at
        found = find(ids, end, spaces, start)
        if found is None:
            return None
        try:
            return self._match(found, ids, asked)
        except UsageError:  # an answer that cannot be said to the end is not begun
            return None

    def _match(self, found: Found, ids: Sequence[int], asked: bool) -> Match:
        fact, frame = found.fact, self._frame
        if asked:
            answer, stop = self.answer_ids(fact), frame.stop_id
        else:
            before = self._texts.before(ids, len(ids))[0] if ids else None
            answer, stop = plain_ids(self.renderer.tokenizer, before, fact.answer), frame.end_id
            self._refuse_stop(answer)
        return Match(fact, found.name, len(ids), answer, stop if fact.end == "stop" else None)

    def _refuse_stop(self, ids: tuple[int, ...]) -> None:
        if not self.renderer.stop_ids.isdisjoint(ids):
            raise UsageError(
                "The answer contains the model's own stop token, so it would be cut short.",
                "Write it differently.",
            )
