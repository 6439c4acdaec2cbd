"""Losses by tag: means over tokens, not over rows, of what is supervised, on texts whose loss is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tests.unit.measure.doubles import Table, model, probe

from engram.backends.base import LoadedModel
from engram.lessons.rows import Row
from engram.measure.token_loss import TextLoss, by_tag, probe_samples, row_samples, text_losses
from engram.types import Message


def row(answer: str, category: str = "a", source: str = "x:1") -> Row:
    return Row((Message("user", "ask"), Message("assistant", answer)), category, source, "train")


class Stepped(Table):
    """Gives the token at place t the log-probability -t."""

    def score(self, sequences: list[np.ndarray]) -> list[np.ndarray]:
        return [-np.arange(1, len(ids), dtype=np.float32) for ids in sequences]


def stepped(context: int = 512) -> LoadedModel:
    plain = model({}, context=context).model
    return Stepped(lambda asked, sampling: "", plain.base)


def test_only_answers_and_their_stop_token_count() -> None:
    (found,) = text_losses(stepped(), row_samples([row("yes")]))
    # "ask" is at places 0 to 2, "yes" and the stop token at 3 to 6.
    assert found == TextLoss(3 + 4 + 5 + 6, 4)


def test_what_the_context_cuts_off_is_left_out() -> None:
    assert text_losses(stepped(5), row_samples([row("yes")])) == [TextLoss(3 + 4, 2)]


def test_a_mean_is_over_tokens() -> None:
    samples = row_samples([row("yes", "short"), row("y" * 9, "long")])
    before = [TextLoss(4.0, 4), TextLoss(40.0, 10)]
    after = [TextLoss(2.0, 4), TextLoss(5.0, 10)]
    table = {(line.by, line.tag): line for line in by_tag(samples, before, after)}
    assert table["all", ""].loss_before == pytest.approx(44 / 14)
    assert table["all", ""].loss_after == pytest.approx(7 / 14)
    assert table["category", "short"].change == pytest.approx(0.5 - 1)
    assert table["category", "long"].perplexity_after == pytest.approx(math.exp(0.5))
    assert [table[key].tokens for key in (("all", ""), ("split", "train"), ("category", "long"))] == [
        14,
        14,
        10,
    ]


def test_a_side_that_was_not_measured_has_no_figures() -> None:
    samples = row_samples([row("yes")])
    losses = text_losses(stepped(), samples)
    (bare, *_), (worn, *_) = by_tag(samples, losses, None), by_tag(samples, None, losses)
    assert (bare.loss_before, bare.loss_after, bare.change) == (4.5, None, None)
    assert (worn.loss_before, worn.loss_after, worn.tokens) == (None, 4.5, 4)
    assert worn.perplexity_before is None


def test_the_order_of_rows_does_not_matter_beyond_their_own_place() -> None:
    rows = [row("y" * (1 + n % 7), f"c{n % 3}", f"x:{n}") for n in range(150)]
    told: list[int] = []
    samples = row_samples(rows)
    losses = text_losses(stepped(), samples, told.append)
    turned = text_losses(stepped(), samples[::-1])
    assert losses == turned[::-1] and told == [64, 128, 150]
    table, other = by_tag(samples, losses, None), by_tag(samples[::-1], turned, None)
    assert table == other and table[0].by == "all"


def test_questions_of_a_suite_are_tagged_by_skill() -> None:
    samples = probe_samples(
        [probe("two", "2", "retention", "count"), probe("sky", "blue", "retention", "see")]
    )
    table = by_tag(samples, text_losses(stepped(), samples), None)
    assert [(line.by, line.tag, line.tokens) for line in table] == [
        ("all", "", 7),
        ("skill", "count", 2),
        ("skill", "see", 5),
    ]


def test_tags_of_rows_are_found_by_source(tmp_path: Path) -> None:
    samples = row_samples([row("a", source="f:1"), row("b", source="f:2")], {"f:2": (("kind", "note"),)})
    table = by_tag(samples, text_losses(stepped(), samples), None)
    assert [line.rows for line in table if line.by == "kind"] == [1]
