"""Asks a teacher for everything that a plan still lacks, one request after another.

An answer that is no use is asked for again, so often and no more; what is taken passes the guard before it is
written down. Not here: what is of use (replies.py), and what becomes of it (rows.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engram.errors import TeacherError
from engram.lessons.rows import Row
from engram.lessons.screening import Screening
from engram.synth.asks import Ask
from engram.synth.client import GO_ON, Client
from engram.synth.folder import Answered, SynthFolder
from engram.synth.replies import Conversation, parse_reply, schema
from engram.synth.strict_json import BadAnswer
from engram.types import Guard

GIVE_UP = 3
"""Requests in a row without an answer of use, after which the teacher is taken to be unable."""

Watch = Callable[[Ask, Answered | None], None]


@dataclass
class Gathered:
    """What a pass over a plan brought: `bad` counts answers that were no use, by reason; `failed` are the
    requests that have none."""

    answers: dict[int, Answered] = field(default_factory=dict)
    known: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    failed: list[Ask] = field(default_factory=list)


def gather(
    asks: Sequence[Ask],
    folder: SynthFolder,
    client: Client | None,
    guard: Guard,
    *,
    retries: int,
    watch: Watch = lambda ask, answered: None,
) -> Gathered:
    """The answers to all requests, those of earlier calls among them; `watch` is told of each.

    Raises TeacherError where the teacher cannot be asked, or cannot do it; what was answered is kept.
    """
    found = Gathered()
    in_a_row = 0
    for ask in asks:
        answered = folder.answer(ask)
        found.known += answered is not None
        if answered is None and client is not None:
            answered = _ask(client, ask, guard, retries, found.bad)
            in_a_row = 0 if answered else in_a_row + 1
            if answered:
                folder.keep(ask, answered)
        if answered is None:
            found.failed.append(ask)
        else:
            found.answers[ask.number] = answered
        watch(ask, answered)
        if in_a_row >= GIVE_UP:
            raise TeacherError(
                f"{GIVE_UP} requests in a row brought nothing of use. {reasons(found.bad)}",
                f"A larger model, or fewer conversations per request, may do better. {GO_ON}",
            )
    return found


def missing(asks: Sequence[Ask], folder: SynthFolder) -> list[Ask]:
    """The requests that have no answer yet."""
    return [ask for ask in asks if folder.answer(ask) is None]


def reasons(bad: Counter[str]) -> str:
    """Why answers were not used, in sentences, the most frequent first."""
    return " ".join(f"{'Once' if n == 1 else f'{n:,} times'}: {why}" for why, n in bad.most_common())


def _ask(client: Client, ask: Ask, guard: Guard, retries: int, bad: Counter[str]) -> Answered | None:
    """One request until its answer is of use; None if that does not come."""
    refused = ""
    for _ in range(1 + retries):
        try:
            text = client.chat(ask.messages(refused), schema(ask.count))
            return guarded(parse_reply(text, ask.count), guard)
        except BadAnswer as wrong:
            refused = wrong.message
            bad[refused] += 1
    return None


def guarded(conversations: Sequence[Conversation], guard: Guard) -> Answered:
    """The conversations as the guard lets them through; those that it does not are counted."""
    screening = Screening(guard)
    rows = screening.rows(Row(one, "", "", "train") for one in conversations)
    kept = tuple(row.messages for row in rows)
    left_out = Counter(screening.dropped)
    left_out.update(screening.flagged)
    return Answered(kept, dict(screening.found), dict(left_out))
