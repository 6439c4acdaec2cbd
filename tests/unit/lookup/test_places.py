"""An answer behind a plain text reads as if a person had written it, whatever the vocabulary."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.lookup.places import needs_space, plain_ids
from engram.lookup.tokens import TokenTexts, make_piece
from engram.models.fake import STOP_ID, ByteTokenizer
from engram.models.resolve import SEEDLING
from engram.models.tokenizer import FolderTokenizer
from engram.types import Tokenizer

FOREIGN = Path("../shared/models/tinystories-260k")
PLACES = {
    "PORT:SSH": " 22",
    "PORT:SSH ->": " 22",
    "PORT:SSH -> ": "22",
    "PORT:SSH\n": "22",
    "PORT:SSH=": "22",
    "what is PORT:SSH?": " 22",
    '"PORT:SSH" is "': "22",
    "東京": "22",
}


def tokenizer_of(name: str) -> Tokenizer:
    if name == "bytes":
        return ByteTokenizer()
    folder = SEEDLING if name == "seedling" else FOREIGN
    if not folder.is_dir():
        pytest.skip("the third-party model is not here")
    return FolderTokenizer(folder)


@pytest.mark.parametrize("name", ["bytes", "seedling", "foreign"])
@pytest.mark.parametrize("text", PLACES)
def test_the_space_a_reader_expects(name: str, text: str) -> None:
    tokenizer = tokenizer_of(name)
    ids = tokenizer.encode(text)
    before, _ = TokenTexts(tokenizer).before(ids, len(ids))
    for answer in ("22", "Graphics Processing Unit", "delta_872", "é 東"):
        joined = tokenizer.decode([*ids, *plain_ids(tokenizer, before, answer)])
        assert joined == text + PLACES[text].replace("22", answer)


@pytest.mark.parametrize("name", ["bytes", "seedling", "foreign"])
def test_an_answers_own_space_is_kept(name: str) -> None:
    tokenizer = tokenizer_of(name)
    ids = tokenizer.encode("KEY")
    answered = plain_ids(tokenizer, make_piece("KEY"), "\tx")
    assert tokenizer.decode([*ids, *answered]) == "KEY\tx"


def test_nothing_before_needs_no_space() -> None:
    assert not needs_space("")
    tokenizer = ByteTokenizer()
    control, _ = TokenTexts(tokenizer).before([STOP_ID], 1)
    assert bytes(plain_ids(tokenizer, control, "22")) == b"22" == bytes(plain_ids(tokenizer, None, "22"))
