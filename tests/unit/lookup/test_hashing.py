"""Reference hashing: the published mixer, suffixes that do not know what stands before them, and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.lookup.hashing import (
    LONGEST,
    Addressing,
    Verified,
    canonical_ids,
    mix,
    suffix_digests,
)
from engram.lookup.reading import Borders, Reader
from engram.models.fake import ByteTokenizer

MASK = 2**64 - 1
GOLDEN_RATIO = 0x9E3779B97F4A7C15
ADDRESSING = Addressing((1, 2, 5), heads=2, slots=50)
IDS = st.lists(st.integers(0, 4095), min_size=1, max_size=12)


def splitmix(value: int) -> int:
    """The finaliser in whole numbers, written out from the paper's reference code."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def digest(ids: Sequence[int]) -> int:
    """Of a whole suffix, newest token first."""
    running = 0
    for token in reversed(ids):
        running = splitmix((running + (token + 1) * GOLDEN_RATIO) & MASK)
    return running


def row(ids: Sequence[int]) -> np.ndarray:
    return np.array([ids], dtype=np.int32)


def test_the_mixer_is_splitmix64() -> None:
    """The first two numbers of the generator seeded with 1234567, as published with its reference code."""
    states = np.array([1234567 + GOLDEN_RATIO, (1234567 + 2 * GOLDEN_RATIO) & MASK], dtype=np.uint64)
    assert mix(states).tolist() == [6457827717110365317, 3203168211198807973]


@settings(deadline=None)
@given(IDS)
def test_digests_are_those_of_whole_numbers(ids: list[int]) -> None:
    found = suffix_digests(row(ids), len(ids))
    for place in range(len(ids)):
        for length in range(1, place + 2):
            assert int(found[length - 1, 0, place]) == digest(ids[place + 1 - length : place + 1])


@settings(deadline=None)
@given(IDS, IDS, st.integers(1, 5))
def test_a_suffix_does_not_know_what_stands_before_it(before: list[int], ids: list[int], new: int) -> None:
    new = min(new, len(ids))
    alone, behind = suffix_digests(row(ids), 12, new), suffix_digests(row(before + ids), 12, new)
    for place in range(new):
        fits = len(ids) - new + place + 1
        assert (alone[:fits, 0, place] == behind[:fits, 0, place]).all()


def test_golden_addresses() -> None:
    """Worked out beside the code, in whole numbers: a change of hashing would orphan every stored table."""
    sizes, start, expected = [53, 59, 61, 67, 71, 73], 0, []
    for table, size in enumerate(sizes):
        salt = splitmix((table + 1) * GOLDEN_RATIO & MASK)
        suffix = [7, 300, 12, 4, 9][-ADDRESSING.orders[table // 2] :]
        expected.append(start + splitmix(digest(suffix) ^ salt) % size)
        start += size
    digests = suffix_digests(row([7, 300, 12, 4, 9]), 5, new=1)
    assert ADDRESSING.addresses(digests)[0, 0].tolist() == expected
    assert expected == [41, 93, 161, 195, 241, 337]


@pytest.mark.parametrize("slots", [2, 50, 1000])
def test_tables_have_different_prime_sizes_and_do_not_overlap(slots: int) -> None:
    tables = Addressing((2, 3, 4), heads=3, slots=slots)
    sizes = tables.sizes.tolist()
    assert len(set(sizes)) == 9 and min(sizes) >= slots
    assert all(size % d for size in sizes for d in range(2, math.isqrt(size) + 1))
    found = tables.addresses(suffix_digests(np.random.default_rng(0).integers(0, 99, (4, 50)), 4))
    assert ((found >= tables.starts) & (found < tables.starts + tables.sizes)).all()
    assert tables.rows == sum(sizes)


def test_tokens_that_read_the_same_are_one() -> None:
    table = canonical_ids(ByteTokenizer(), 300)
    assert table[ord("A")] == table[ord("a")] == ord("A")
    assert table[ord("b")] != table[ord("a")]
    alone = [ord(" "), ord("\n"), 0xC3, 257, 299]  # blank, a part of a character, special, no token
    assert table[alone].tolist() == alone


@settings(deadline=None)
@given(st.sets(st.tuples(st.integers(1, LONGEST), st.integers(0, MASK)), max_size=20))
def test_taught_suffixes_come_back_from_their_arrays(pairs: set[tuple[int, int]]) -> None:
    taught = Verified.of(pairs)
    again = Verified.from_arrays(*taught.arrays())
    assert len(taught) == len(pairs)
    assert [(n, d.tolist()) for n, d in again.by_length] == [(n, d.tolist()) for n, d in taught.by_length]


def test_odd_lists_of_taught_suffixes_are_refused() -> None:
    lengths, digests = Verified.of([(3, 5)]).arrays()
    for odd in ((lengths + 98, digests), (lengths, digests.astype(np.int64)), (lengths, digests[:0])):
        with pytest.raises(ValueError, match="suffixes"):
            Verified.from_arrays(*odd)


KEYS = ([5, 6, 7], [6, 7], [40, 41, 42, 43, 44])


@settings(deadline=None)
@given(IDS, st.sampled_from(KEYS), st.integers(0, 3))
def test_it_opens_where_a_taught_suffix_ends_and_reads_no_further_back(
    before: list[int], key: list[int], padding: int
) -> None:
    reader = Reader(
        np.arange(4096, dtype=np.int32), ADDRESSING, Verified.of((len(k), digest(k)) for k in KEYS)
    )
    ids = [0] * padding + before + key
    reading = reader.read(row(ids), new=1, skipped=[padding])
    alone = reader.read(row(key), new=1)
    longest = max(len(k) for k in KEYS if (before + key)[-len(k) :] == k)
    assert reading.live[0, 0].tolist() == [order <= longest for order in (1, 1, 2, 2, 5, 5)]
    both = reading.live[0, 0] & alone.live[0, 0]
    assert both.any() and (reading.addresses[0, 0][both] == alone.addresses[0, 0][both]).all()


@settings(deadline=None)
@given(IDS)
def test_it_is_shut_where_no_taught_suffix_ends(ids: list[int]) -> None:
    reader = Reader(np.arange(4096, dtype=np.int32), ADDRESSING, Verified.of([(2, digest([5000, 5001]))]))
    assert not reader.read(row(ids)).live.any()


@pytest.mark.parametrize(
    ("before", "opens"),
    [("", True), ("a ", True), ("(", True), ("one.\n", True), ("x", False), ("re-", False), ("a:", False)],
)
def test_it_stays_shut_inside_a_word(before: str, opens: bool) -> None:
    tokenizer = ByteTokenizer()
    key = tokenizer.encode("rufo")
    taught, table = Verified.of([(4, digest(key))]), np.arange(300, dtype=np.int32)
    reader = Reader(table, ADDRESSING, taught, Borders(tokenizer))
    for padding in (0, 2):
        ids = [ord("y")] * padding + tokenizer.encode(before) + key
        assert reader.read(row(ids), new=1, skipped=[padding]).live.any() == opens


def test_where_a_long_question_was_cut_off_is_no_border() -> None:
    tokenizer, long = ByteTokenizer(), [ord("x")] * LONGEST
    taught, table = Verified.of([(LONGEST, digest(long))]), np.arange(300, dtype=np.int32)
    reader = Reader(table, ADDRESSING, taught, Borders(tokenizer))
    assert reader.read(row([ord("x"), *long]), new=1).live.any()


def test_padding_is_no_part_of_a_taught_suffix() -> None:
    """Padding is token 0, which a key may begin with."""
    reader = Reader(np.arange(9, dtype=np.int32), ADDRESSING, Verified.of([(2, digest([0, 5]))]))
    assert reader.read(row([0, 5]), new=1).live.any()
    assert not reader.read(row([0, 5]), new=1, skipped=[1]).live.any()


@settings(deadline=None)
@given(IDS, st.integers(0, 4))
def test_padding_is_not_read(ids: list[int], padding: int) -> None:
    """Without an indicator every suffix is read that lies wholly in the text."""
    reader = Reader(np.arange(4096, dtype=np.int32), ADDRESSING)
    plain = reader.read(row(ids))
    padded = reader.read(row([0] * padding + ids), skipped=[padding])
    live = plain.live
    assert (padded.live[:, padding:] == live).all() and not padded.live[:, :padding].any()
    assert (padded.addresses[:, padding:][live] == plain.addresses[live]).all()
    assert live.sum() == 2 * sum(max(0, len(ids) - order + 1) for order in ADDRESSING.orders)
