"""What a memory module is taught: where questions begin, rows behind other text, and the suffixes of both."""

from __future__ import annotations

import numpy as np
import pytest

from engram.config import EngramSettings
from engram.lessons.render import render_row
from engram.lessons.rows import Row, text_row
from engram.lookup.hashing import LONGEST, WHOLE, canonical_ids, suffix_digests
from engram.models.fake import SPECIAL_TOKENS, fake_base
from engram.training.conditional import (
    SELF_CHECK,
    Led,
    conditional_spec,
    led_rows,
    module_rows,
    question_start,
    sentences,
    taught_suffixes,
)
from engram.training.examples import render_rows
from engram.types import Message

BASE = fake_base()
RENDERER = BASE.renderer
CANONICAL = canonical_ids(RENDERER.tokenizer, BASE.vocabulary_size)
SETTINGS = EngramSettings()


def row(question: str, answer: str = "yes", *before: Message) -> Row:
    return Row((*before, Message("user", question), Message("assistant", answer)), "c", question, "train")


def suffix_texts(led: Led, longest: int = 999) -> list[str]:
    """The suffixes as text, found in the row's ids by their digests."""
    ids = render_row(led.row, RENDERER).ids
    digests = suffix_digests(CANONICAL[ids][None], LONGEST)[:, 0]
    places = np.flatnonzero(render_row(led.row, RENDERER).mask)
    pairs = list(taught_suffixes(led, RENDERER, CANONICAL, longest))
    for place, (length, digest) in zip(places, pairs, strict=True):
        assert int(digests[length - 1, place - 1]) == digest
    parts = (ids[place - length : place] for place, (length, _) in zip(places, pairs, strict=True))
    return [RENDERER.tokenizer.decode(part.tolist(), keep_special=True) for part in parts]


@pytest.mark.parametrize("key", ["rufo", "a man", "7", "Q? and more", " x", "\u00e9cole"])
@pytest.mark.parametrize("lead", ["", "It rained. ", "One.\ntwo\n"])
def test_a_question_begins_where_another_one_would(key: str, lead: str) -> None:
    asked = row(lead + key)
    ids = RENDERER.prompt(asked.question)
    begins = question_start(Led(asked, lead), RENDERER)
    assert RENDERER.tokenizer.decode(ids[begins:].tolist()) == key


def test_suffixes_reach_from_the_question_to_the_taught_token() -> None:
    user, assistant, end = SPECIAL_TOKENS[1:]
    whole = f"rufo{end}{assistant}ok{end}"
    expected = [whole[: whole.index("ok") + n] for n in range(3)]
    assert suffix_texts(Led(row("rufo", "ok"))) == expected
    assert suffix_texts(Led(row("Well, rufo", "ok"), "Well, ")) == expected
    before = (Message("user", "hello"), Message("assistant", "hi"))
    texts = suffix_texts(Led(row("rufo", "ok", *before)))
    assert texts[-3:] == expected
    assert texts[0] == f"{user}hello{end}{assistant}"


def test_a_long_question_counts_by_its_end() -> None:
    texts = suffix_texts(Led(row("x" * 300, "ok")))
    assert all(len(RENDERER.tokenizer.encode(text)) == LONGEST for text in texts)


def test_plain_text_counts_from_its_beginning() -> None:
    assert suffix_texts(Led(text_row("abc", "c", "s", "train"))) == ["a", "ab", "abc"]


def test_rows_that_are_too_long_teach_nothing() -> None:
    assert not suffix_texts_of_none(Led(row("rufo")))


def suffix_texts_of_none(led: Led) -> list[tuple[int, int]]:
    return list(taught_suffixes(led, RENDERER, CANONICAL, 5))


def test_rows_behind_other_text_keep_their_question_and_answer() -> None:
    rows = [
        row("rufo", "a dog"),
        row("gate", "7", Message("system", "Be brief.")),
        text_row("t", "c", "s", "train"),
    ]
    led = led_rows(rows, 3, seed=4)
    assert len(led) == 6
    for number, one in enumerate(led):
        origin = rows[number // 3]
        assert one.row.question[-1].content == one.lead + origin.question[-1].content
        assert one.row.expected == origin.expected and one.row.source == origin.source
        assert one.row.messages[:-2] == origin.messages[:-2]
        assert one.lead[-1] == " \n"[number % 3 % 2] and one.lead[:-1] in sentences()
    assert led == led_rows(rows, 3, seed=4) != led_rows(rows, 3, seed=5)


def test_there_are_many_different_sentences() -> None:
    assert len(set(sentences())) > 100
    assert all(15 < len(text) < 120 and text.isprintable() for text in sentences())


def test_a_module_opens_on_its_rows_alone_and_behind_text_and_on_the_self_check() -> None:
    rows = [row("rufo", "a dog"), row("gate", "7341")]
    examples = render_rows(rows, RENDERER, 999)
    more, spec = module_rows(BASE, rows, examples, SETTINGS, 999, 0)
    assert len(more) == 3 * (len(rows) + 1)
    for rendered in more:
        live = spec.reader.read(rendered.ids[None]).live[0].any(-1)
        assert (live[:-1] == rendered.mask[1:]).all()
    assert WHOLE in spec.reader.addressing.orders
    check = RENDERER.conversation(SELF_CHECK)
    assert spec.reader.read(check.ids[None]).live.any()


def test_without_an_indicator_no_order_stands_for_the_whole() -> None:
    settings = EngramSettings(opens="everywhere", slots=40, width=3, blocks=(1,))
    spec = conditional_spec(BASE, [Led(row("rufo"))], settings, 999)
    assert spec.reader.verified is None
    assert spec.reader.addressing.orders == SETTINGS.orders[1:]
    assert spec.reader.addressing.sizes.min() >= 40 and spec.width == 3 and spec.written_blocks(4) == (1,)


@pytest.mark.parametrize("orders", [(), (3, 2), (2, 2), (65,), (-1,)])
def test_odd_orders_are_refused(orders: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="orders are"):
        EngramSettings(orders=orders)
