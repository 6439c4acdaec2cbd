"""A chosen template reaches the base however the model is named, and makes it another one to adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import processors

from engram.errors import ModelError, SettingsError
from engram.lessons.frames import ALPACA, CHATML, LLAMA_3
from engram.models.folder import base_from_folder
from engram.models.resolve import resolve
from engram.types import Message

from .conftest import byte_tokenizer

Change = Callable[..., None]
TALK = [Message("user", "a?"), Message("assistant", "b")]


def test_a_template_by_name_takes_the_place_of_the_models_own(folder: Path) -> None:
    own = base_from_folder(folder, "tiny")
    chatml = base_from_folder(folder, "tiny", template="chatml")
    alpaca = base_from_folder(folder, "tiny", template="alpaca")
    assert (own.template, chatml.template, alpaca.template) == ("", "chatml", "alpaca")
    assert len({base.renderer.digest for base in (own, chatml, alpaca)}) == 3
    assert own.revision == alpaca.revision and own.notes == chatml.notes == alpaca.notes == ()
    # The folder's own template is ChatML too, so the tokens are the same.
    assert chatml.renderer.conversation(TALK).ids.tolist() == own.renderer.conversation(TALK).ids.tolist()
    shown = alpaca.renderer.tokenizer.decode(
        alpaca.renderer.conversation(TALK).ids.tolist(), keep_special=True
    )
    assert shown.endswith("### Instruction:\na?\n\n### Response:\nb<|im_end|>\n\n")


def test_a_missing_end_of_turn_is_told_and_the_answer_still_ends(folder: Path) -> None:
    base = base_from_folder(folder, "tiny", template="llama-3")
    assert any("<|eot_id|>" in note for note in base.notes)
    rendered = base.renderer.conversation(TALK)
    assert rendered.ids[rendered.mask].tolist() == [*base.renderer.tokenizer.encode("b"), 2]


def test_without_eos_there_is_no_way_to_end(folder: Path, settings: Change) -> None:
    settings(eos_token=None)
    with pytest.raises(ModelError, match="no answer of this model would end"):
        base_from_folder(folder, "tiny", template="alpaca")
    assert base_from_folder(folder, "tiny", template="chatml").renderer.conversation(TALK).ids[-2] == 2


@pytest.mark.parametrize("source", [CHATML, ALPACA, LLAMA_3])
def test_a_tokenizers_habit_of_beginning_is_kept_once(folder: Path, source: str) -> None:
    """The templates by name leave the beginning to the tokenizer; Llama 3's own bos is not doubled."""
    greedy = byte_tokenizer()
    greedy.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", 1)]
    )
    greedy.save(str(folder / "tokenizer.json"))
    name = {CHATML: "chatml", ALPACA: "alpaca", LLAMA_3: "llama-3"}[source]
    ids = base_from_folder(folder, "tiny", template=name).renderer.prompt(TALK[:1]).tolist()
    assert ids[0] == 1 and ids[1] != 1


def test_a_file_says_itself_how_it_begins(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text("{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}")
    base = base_from_folder(folder, "tiny", template=str(tmp_path / "mine.jinja"))
    assert base.template == "mine.jinja" and base.renderer.prompt(TALK[:1]).tolist()[-1] == 2
    (tmp_path / "mine.jinja").write_text("{% for m in messages %}{{ ''.__class__.__mro__ }}{% endfor %}")
    with pytest.raises(ModelError, match="template cannot be used"):
        base_from_folder(folder, "tiny", template=str(tmp_path / "mine.jinja"))


def test_every_way_to_name_a_model_takes_a_template(folder: Path, cache: Path) -> None:
    for name in ("seedling", "fake", str(folder), "qwen2-0.5b", "me/mine"):
        base = resolve(name, cache, template="alpaca")
        assert base.template == "alpaca", name
        assert base.renderer.digest != resolve(name, cache).renderer.digest
        assert (base.id, base.revision) == (resolve(name, cache).id, resolve(name, cache).revision)
        with pytest.raises(SettingsError, match="no template called"):
            resolve(name, cache, template="alpacca")
