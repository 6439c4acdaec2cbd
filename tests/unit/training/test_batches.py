"""Examples and batches: nothing lost on the way, and rows that cannot teach are named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.training.makers import BASE, row

from engram.errors import LessonError
from engram.models.fake import ByteRenderer
from engram.training.batches import PAD_TO, evaluation_batches, make_batch, step_batches
from engram.training.examples import digest_examples, render_rows
from engram.types import Message, Rendered

examples = st.lists(
    st.lists(st.tuples(st.integers(1, 99), st.booleans()), min_size=1, max_size=30).map(
        lambda tokens: Rendered(
            np.array([i for i, _ in tokens], np.int32), np.array([m for _, m in tokens], np.bool_)
        )
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(examples)
def test_a_batch_holds_its_examples_and_nothing_else(rows: list[Rendered]) -> None:
    batch = make_batch(rows, range(10, 10 + len(rows)), [False] * len(rows))
    assert batch.ids.shape == batch.targets.shape and batch.ids.shape[1] % PAD_TO == 0
    assert batch.ids.shape[1] - batch.lengths.max() < PAD_TO
    for number, example in enumerate(rows):
        size = len(example.ids)
        assert batch.lengths[number] == size and batch.row_ids[number] == 10 + number
        assert np.array_equal(batch.ids[number, :size], example.ids)
        assert np.array_equal(batch.targets[number, 1:size], example.mask[1:])
        assert not batch.targets[number, 0] and not batch.targets[number, size:].any()
        assert not batch.ids[number, size:].any()


@settings(max_examples=60, deadline=None)
@given(examples, st.integers(1, 9), st.integers(0, 12))
def test_micro_batches_divide_a_step(rows: list[Rendered], parts: int, cut: int) -> None:
    taught, replayed = rows[:cut], rows[cut:]
    batches = step_batches(taught, replayed, list(range(len(rows))), parts)
    assert len(batches) == min(parts, len(rows))
    assert [int(i) for batch in batches for i in batch.row_ids] == list(range(len(rows)))
    anchored = [bool(flag) for batch in batches for flag in batch.anchored]
    assert anchored == [False] * len(taught) + [True] * len(replayed)


@settings(max_examples=60, deadline=None)
@given(examples, st.integers(1, 5))
def test_evaluation_sees_every_row_once(rows: list[Rendered], size: int) -> None:
    batches = evaluation_batches(rows, size, 100)
    assert sorted(int(i) for batch in batches for i in batch.row_ids) == list(range(100, 100 + len(rows)))
    longest = [int(length) for batch in batches for length in batch.lengths]
    assert longest == sorted(longest)


def test_rows_become_examples_in_order() -> None:
    rows = [row("sky?", "blue"), row("sea?", "green")]
    rendered = render_rows(rows, BASE.renderer, 100)
    texts = [BASE.renderer.tokenizer.decode(example.ids[example.mask].tolist()) for example in rendered]
    assert texts == ["blue", "green"]


def test_too_long_rows_are_named_all_at_once() -> None:
    rows = [row("a", "b", "short"), row("a" * 50, "b", "long"), row("a", "b" * 60, "longer")]
    with pytest.raises(LessonError) as caught:
        render_rows(rows, BASE.renderer, 40)
    assert caught.value.problems == (
        "row 2 (long): 55 tokens long, and max_seq_length is 40",
        "row 3 (longer): 65 tokens long, and max_seq_length is 40",
    )


class Muting(ByteRenderer):
    """A renderer that loses the mask for some, as templates without generation markers do."""

    def conversation(self, messages: Sequence[Message]) -> Rendered:
        rendered = super().conversation(messages)
        mask = rendered.mask.copy()
        if messages[-1].content == "mute":
            mask[:] = False
        if messages[-1].content == "endless":
            mask[-1] = False
        return Rendered(rendered.ids, mask)


def test_rows_that_teach_nothing_or_no_end_are_named() -> None:
    with pytest.raises(LessonError) as caught:
        render_rows([row("a", "mute", "m"), row("a", "fine"), row("a", "endless", "e")], Muting(), 40)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["row 1 (m)", "row 3 (e)"]
    assert "no token is supervised" in caught.value.problems[0]
    assert "stop token" in caught.value.problems[1]


def test_digests_tell_ids_masks_and_order_apart() -> None:
    one = Rendered(np.array([1, 2], np.int32), np.array([False, True]))
    two = Rendered(np.array([1, 2], np.int32), np.array([True, True]))
    sets: list[list[Rendered]] = [[], [one], [two], [one, two], [two, one]]
    assert len({digest_examples(rows) for rows in sets}) == 5
