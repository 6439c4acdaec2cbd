"""Tags and who said it: what may be stored, retrieved and trained on, by the table of conventions.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.errors import UsageError
from engram.store.entries import Entry
from engram.store.tags import (
    TAGS,
    check_tags,
    may_retrieve,
    may_store,
    may_train,
    parse_tags,
    tags_to_text,
)

TABLE = {  # stored, retrieved, trained
    "": (True, True, True),
    "no-train": (True, True, False),
    "no-rag": (True, False, True),
    "no-memory": (True, False, False),
    "private": (False, False, False),
}


def entry(speaker: str = "user", source: str = "chat", rating: int = 0, tags: str = "") -> Entry:
    chosen = frozenset(tags.split())
    return Entry(1, "turn", speaker, source, "t", "text", "", None, "", "", chosen, rating, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", TABLE)
def test_the_table(tag: str) -> None:
    tags = frozenset({tag} - {""})
    assert (may_store(tags), may_retrieve(tags), may_train(entry(tags=tag))) == TABLE[tag]


def test_the_stricter_of_two_tags_counts() -> None:
    both = frozenset({"no-train", "no-rag"})
    assert may_store(both) and not may_retrieve(both) and not may_train(entry(tags="no-train no-rag"))


@pytest.mark.parametrize("rating", [-1, 0, 1])
@pytest.mark.parametrize("source", ["chat", "remember", "pasted", "import:chats"])
@pytest.mark.parametrize("speaker", ["user", "assistant", "tool"])
def test_only_what_the_user_said_or_confirmed_is_trained_on(speaker: str, source: str, rating: int) -> None:
    said_by_user = speaker == "user" and source in ("chat", "remember")
    expected = rating == 1 or (said_by_user and rating == 0)
    assert may_train(entry(speaker, source, rating)) == expected
    for tag in ("no-train", "no-memory", "private"):
        assert not may_train(entry(speaker, source, rating, tag))


@pytest.mark.parametrize(
    ("written", "text", "tags"),
    [
        ("my pin is 7341 #no-train", "my pin is 7341", {"no-train"}),
        ("#private I saw a doctor", "I saw a doctor", {"private"}),
        ("one #no-rag two #NO-TRAIN three", "one two three", {"no-rag", "no-train"}),
        ("#no-memory", "", {"no-memory"}),
        ("this is (secret #private).", "this is (secret).", {"private"}),
        ("first line #no-rag\n    indented stays\n", "first line\n    indented stays", {"no-rag"}),
        ("no tag here", "no tag here", set()),
        ("  spaces stay without a tag  ", "  spaces stay without a tag  ", set()),
        ("a#private b", "a#private b", set()),
        ("#privately #no-trains #no-train-ever", "#privately #no-trains #no-train-ever", set()),
        ("https://x.org/#private", "https://x.org/#private", set()),
        ("#hashtag", "#hashtag", set()),
    ],
)
def test_tags_in_a_text(written: str, text: str, tags: set[str]) -> None:
    assert parse_tags(written) == (text, tags)


WORDS = st.lists(
    st.sampled_from(["tea", "Rufo", "7341", "#x", *(f"#{tag}" for tag in TAGS), "#No-Rag"]), max_size=8
)


@given(WORDS, st.sampled_from([" ", "  ", "\n", "\t"]))
def test_words_stay_and_tags_go(words: list[str], gap: str) -> None:
    text, tags = parse_tags(gap.join(words))
    kept = [word for word in words if word.lower().lstrip("#") not in TAGS]
    assert text.split() == kept and len(tags) == len({w.lower() for w in words} & {f"#{t}" for t in TAGS})
    assert parse_tags(text) == (text, frozenset())


@given(st.text(max_size=200))
def test_any_text_can_be_parsed(text: str) -> None:
    kept, tags = parse_tags(text)
    assert tags <= set(TAGS) and (tags or kept == text)


def test_tags_are_kept_in_one_order_and_unknown_ones_are_named() -> None:
    assert tags_to_text({"no-memory", "no-train", "no-rag"}) == "no-train no-rag no-memory"
    assert check_tags(["#No-Rag ", "no-rag"]) == {"no-rag"} and tags_to_text(()) == ""
    with pytest.raises(UsageError, match="There is no tag #secret"):
        check_tags(["no-rag", "secret"])
    with pytest.raises(UsageError, match="never written down"):
        tags_to_text({"private"})
