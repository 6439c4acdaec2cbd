"""The file says what the table says, in the same bytes whatever came before, and nothing else is read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from tests.support.facts import CutTokenizer, arbitrary_facts

from engram.errors import ArtifactError
from engram.lookup.canonical import canonical
from engram.lookup.facts import Fact
from engram.lookup.file import load, save, to_bytes
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.models.fake import ByteRenderer, ByteTokenizer
from engram.types import Message

BYTES = ByteTokenizer()
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(canonical)
facts = st.builds(
    Fact,
    words,
    words,
    st.lists(words, max_size=2).map(tuple),
    st.one_of(st.none(), st.floats(0, 1, exclude_min=True, exclude_max=True)),
    st.sampled_from(["stop", "release"]),
    st.sampled_from(["", "work", "é"]),
    st.one_of(st.none(), st.integers(0, 2**62)),
    st.sampled_from(["", "2026-11-21T03:00:00+00:00"]),
)


@settings(max_examples=30)
@given(st.lists(facts, max_size=6))
def test_what_was_saved_is_read(tmp_path_factory: pytest.TempPathFactory, held: list[Fact]) -> None:
    path = tmp_path_factory.mktemp("lookup") / "facts.safetensors"
    table = FactTable(held)
    save(table, path, BYTES)
    read = load(path, BYTES)
    assert read.facts() == table.facts()
    assert to_bytes(read, BYTES) == path.read_bytes()


@settings(max_examples=30)
@given(st.lists(facts, max_size=5), st.lists(facts, max_size=3), st.randoms())
def test_deleted_facts_leave_no_byte(kept: list[Fact], passing: list[Fact], random: Random) -> None:
    never = FactTable(kept)
    passing = [fact for fact in passing if never.get(fact.key, fact.namespace) is None]
    passing = [f for f in passing if (f.namespace, canonical(f.key)) not in {
        (k.namespace, canonical(k.key)) for k in kept}]  # fmt: skip
    order = [*never.facts(), *passing]
    random.shuffle(order)
    table = FactTable(order)
    to_bytes(table, BYTES)  # what was encoded for an earlier file is not kept either
    for fact in passing:
        table.delete(fact.key, fact.namespace)
    assert to_bytes(table, BYTES) == to_bytes(never, BYTES)


def test_the_order_of_learning_does_not_show() -> None:
    held = arbitrary_facts(50)
    assert to_bytes(FactTable(held), BYTES) == to_bytes(FactTable(held[::-1]), BYTES)


def test_one_metadata_entry_names_the_tokenizer(tmp_path: Path) -> None:
    path = tmp_path / "facts.safetensors"
    save(FactTable(arbitrary_facts(3)), path, BYTES)
    with safe_open(path, framework="numpy") as content:
        metadata = content.metadata()
    assert len(metadata) == 1
    (about,) = map(json.loads, metadata.values())
    assert (about["facts"], about["tokenizer"]) == (3, BYTES.digest)


def test_under_another_tokenizer_answers_are_encoded_anew(tmp_path: Path) -> None:
    path = tmp_path / "facts.safetensors"
    held = [Fact("port ssh", "twenty-two é"), Fact("gpu", "Graphics Processing Unit")]
    other = CutTokenizer([fact.answer for fact in held], 3)
    save(FactTable(held), path, other)
    table = load(path, BYTES)
    for fact in table.facts():
        assert BYTES.decode(list(table.encoded(fact, BYTES))) == fact.answer
    match = Lookup(table, ByteRenderer()).match(ByteRenderer().prompt([Message("user", "gpu")]).tolist())
    assert match is not None and bytes(match.answer_ids) == b"Graphics Processing Unit"


def test_a_changed_answer_has_its_own_ids() -> None:
    table = FactTable([Fact("key one", "old")])
    assert bytes(table.encoded(table.facts()[0], BYTES)) == b"old"
    table.put(Fact("key one", "new"))
    assert bytes(table.encoded(table.facts()[0], BYTES)) == b"new"


def test_at_most_150_bytes_per_fact() -> None:
    held = [Fact(f.key, f.answer, source=n, since="2026-11-21T03:00:00+00:00")
            for n, f in enumerate(arbitrary_facts(1000))]  # fmt: skip
    assert len(to_bytes(FactTable(held), BYTES)) / len(held) <= 150


def test_flipped_bytes_are_noticed(tmp_path: Path) -> None:
    """No damage is read as something else; bytes without meaning (the header's own spelling) may change."""
    path = tmp_path / "facts.safetensors"
    full = Fact("with alias", "x", ("other name",), 0.5, "release", "work", 7, "2026-11-21")
    table = FactTable([*arbitrary_facts(1), full])
    save(table, path, BYTES)
    whole = path.read_bytes()
    noticed = 0
    places = range(0, len(whole), 4)
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        try:
            assert load(path, BYTES).facts() == table.facts()
        except ArtifactError as error:
            noticed += 1
            assert "facts.safetensors" in error.message and error.hint
    assert noticed > 0.9 * len(places)


@pytest.mark.parametrize("size", [0, 7, 8, 100, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "facts.safetensors"
    save(FactTable(arbitrary_facts(3)), path, BYTES)
    os.truncate(path, size if size >= 0 else path.stat().st_size + size)
    with pytest.raises(ArtifactError):
        load(path, BYTES)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    path = tmp_path / "adapter.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, path, {"format": "pt"})
    with pytest.raises(ArtifactError):
        load(path, BYTES)
    with pytest.raises(ArtifactError):
        load(tmp_path / "missing.safetensors", BYTES)
