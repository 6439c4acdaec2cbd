"""The tokenizer of a folder: round trips, special tokens, threads, and broken files."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, processors

from engram.errors import ModelError
from engram.models.tokenizer import FolderTokenizer

from .conftest import SPECIAL, byte_tokenizer

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=any_text)
def test_text_comes_back_and_ids_are_bytes(folder: Path, text: str) -> None:
    tokenizer = FolderTokenizer(folder)
    ids = tokenizer.encode(text)
    assert len(ids) == len(text.encode())
    assert tokenizer.decode(ids) == text
    assert all(len(SPECIAL) <= i < tokenizer.vocabulary_size for i in ids)


def test_special_tokens_in_the_text_become_ids_and_leave_the_decoded_text(folder: Path) -> None:
    tokenizer = FolderTokenizer(folder)
    ids = tokenizer.encode("<|im_start|>hi<|im_end|>")
    assert (ids[0], ids[-1], len(ids)) == (1, 2, 4)
    assert tokenizer.decode(ids) == "hi"
    assert tokenizer.token_id("<|im_end|>") == 2
    assert tokenizer.token_id("<|eot_id|>") is None
    assert tokenizer.vocabulary_size == 256 + len(SPECIAL)


def test_nothing_is_added_cut_or_padded_whatever_the_file_asks_for(folder: Path) -> None:
    greedy = byte_tokenizer()
    greedy.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[SPECIAL_START]
    )
    greedy.enable_truncation(5)
    greedy.enable_padding(length=30)
    greedy.save(str(folder / "tokenizer.json"))
    tokenizer = FolderTokenizer(folder)
    assert tokenizer.decode(tokenizer.encode("longer than five")) == "longer than five"
    assert len(tokenizer.encode("longer than five")) == 16
    assert tokenizer.leading_id() == 1


SPECIAL_START = ("<|im_start|>", 1)


def test_a_trailing_special_token_is_no_leading_one(folder: Path) -> None:
    assert FolderTokenizer(folder).leading_id() is None
    ending = byte_tokenizer()
    ending.post_processor = processors.TemplateProcessing(
        single="$A <|im_start|>", special_tokens=[SPECIAL_START]
    )
    ending.save(str(folder / "tokenizer.json"))
    assert FolderTokenizer(folder).leading_id() is None


def test_the_digest_is_that_of_the_file(folder: Path) -> None:
    content = (folder / "tokenizer.json").read_bytes()
    assert FolderTokenizer(folder).digest == hashlib.sha256(content).hexdigest()
    (folder / "tokenizer.json").write_bytes(content + b"\n")
    assert FolderTokenizer(folder).digest != hashlib.sha256(content).hexdigest()


def test_threads_may_share_it(folder: Path) -> None:
    tokenizer = FolderTokenizer(folder)
    texts = [f"{number} " * (number % 17) + "<|im_end|>" for number in range(400)]
    alone = [tokenizer.encode(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokenizer.encode, texts)) == alone
        assert list(pool.map(tokenizer.decode, alone)) == [text.removesuffix("<|im_end|>") for text in texts]


def test_a_missing_file_says_how_to_make_one(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tiny has no tokenizer.json.*save_pretrained"):
        FolderTokenizer(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"version": "1.0", "model": 3}', b"{" * 9999]
)
def test_a_broken_file_is_a_sentence(folder: Path, content: bytes) -> None:
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tiny/tokenizer.json cannot be read as a tokenizer"):
        FolderTokenizer(folder)


def test_a_folder_in_its_place_is_a_sentence(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        FolderTokenizer(folder)


def test_a_text_that_it_has_no_token_for_is_a_model_error(tmp_path: Path) -> None:
    """Not even an unknown one: the library raises a plain Exception."""
    words = Tokenizer(models.WordLevel({"a": 0}, unk_token="?"))
    words.save(str(tmp_path / "tokenizer.json"))
    tokenizer = FolderTokenizer(tmp_path)
    assert tokenizer.encode("a") == [0]
    with pytest.raises(ModelError, match="cannot read a text"):
        tokenizer.encode("b")
