"""Chunks: sizes, overlap and borders as stated; nothing lost."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engram.store.chunks import LONGEST, OVERLAP, SHORTEST, chunks

WORDS = st.text(st.sampled_from("abcdefg"), min_size=1, max_size=14)
LONG = st.lists(
    st.tuples(WORDS, st.sampled_from([" ", " ", " ", ". ", "\n"])), min_size=150, max_size=600
).map(lambda parts: "".join(word + gap for word, gap in parts))


@given(st.text(max_size=LONGEST))
def test_a_short_text_is_one_chunk(text: str) -> None:
    found = [text[a:b] for a, b in chunks(text)]
    assert found == ([text.strip()] if text.strip() else [])


@given(
    LONG
    | st.text(st.sampled_from("ab. \n?"), min_size=1001, max_size=6000)
    | st.text("x", min_size=3000, max_size=4000)
)
def test_long_texts_are_covered_by_chunks_of_the_stated_size(text: str) -> None:
    found = chunks(text)
    assert text[: found[0][0]].strip() == "" and text[found[-1][1] :].strip() == ""
    for start, stop in found if len(found) > 1 else []:
        assert SHORTEST <= stop - start <= LONGEST
    for (_, stop), (start, _) in itertools.pairwise(found):
        assert OVERLAP[0] <= stop - start <= OVERLAP[1]


def test_borders_are_those_of_sentences() -> None:
    text = " ".join(f"This is sentence number {n} of a long story." for n in range(100))
    for start, stop in chunks(text):
        assert text[start:].startswith("This is") and text[:stop].endswith("story.")


def test_overlap_is_a_tenth_to_a_fifth() -> None:
    """As documented, of the chunks that prose gives."""
    text = " ".join(f"A sentence of the story, the {n}th one." for n in range(300))
    found = chunks(text)
    for (begin, stop), (start, _) in itertools.pairwise(found):
        assert 0.1 <= (stop - start) / (stop - begin) <= 0.2
