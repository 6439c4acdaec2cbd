"""What an inspection counts is what training would use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engram.lessons.inspection import BARS, Inspection, inspect_rows
from engram.lessons.rows import Row, text_row
from engram.models.fake import ByteRenderer
from engram.training.examples import fit_rows
from engram.types import Message

RENDERER = ByteRenderer()


def row(question: str, answer: str, source: str = "s") -> Row:
    return Row((Message("user", question), Message("assistant", answer)), "c", source, "train")


def test_pieces_are_the_whole_text_with_the_trained_parts_marked() -> None:
    seen = inspect_rows([row("sky?", "blé"), text_row("ab", "c", "t", "train")], RENDERER, 100, 2)
    asked, text = seen.examples
    assert asked.pieces == (("<|user|>sky?<|end|><|assistant|>", False), ("blé<|end|>", True))
    assert text.pieces == (("a", False), ("b<|end|>", True))
    assert (asked.tokens, asked.trained, text.tokens, text.trained) == (12, 5, 3, 2)


texts = st.text("xyz", min_size=1, max_size=40)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=20), st.integers(4, 60))
def test_counts_agree_with_what_would_be_trained(pairs: list[tuple[str, str]], limit: int) -> None:
    rows = [row(question, answer, str(number)) for number, (question, answer) in enumerate(pairs)]
    seen, cut = inspect_rows(rows, RENDERER, limit, 3), fit_rows(rows, RENDERER, limit, "cut")
    assert sum(not item.kept for item in seen.too_long) == cut.emptied
    assert len(seen.too_long) == cut.cut + cut.emptied == fit_rows(rows, RENDERER, limit, "drop").dropped
    trained = sum(int(e.mask.sum()) for e in fit_rows(rows, RENDERER, 1000, "refuse").examples)
    assert sum(seen.trained) == trained
    left = sum(int(e.mask.sum()) for e in cut.examples)
    assert left == trained - sum(item.trained - item.kept for item in seen.too_long)


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=50))
def test_every_row_is_in_one_bar(lengths: list[int]) -> None:
    bars = Inspection(tuple(lengths), (), 9, (), (), ()).histogram()
    assert len(bars) <= BARS and sum(count for *_, count in bars) == len(lengths)
    for low, high, count in bars:
        assert count == sum(low <= length <= high for length in lengths)


def test_what_the_template_refuses_does_not_end_the_inspection() -> None:
    class Picky(ByteRenderer):
        def text(self, text: str) -> object:  # type: ignore[override]
            from engram.errors import UsageError

            raise UsageError("No texts.")

    seen = inspect_rows([text_row("a", "c", "t:1", "train"), row("a", "b")], Picky(), 100, 0)
    assert seen.refused == (("t:1", "No texts."),) and len(seen.lengths) == 1 and not seen.examples
    assert inspect_rows([], RENDERER, 100, 3).histogram() == []
