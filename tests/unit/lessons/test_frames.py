"""Templates by name give the published layouts; their stop tokens are single ids, or eos and said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.lessons.test_render import NAMED, SPECIAL, SmallTokenizer, small_tokenizer, supervised
from tokenizers import AddedToken

from engram.errors import ModelError, SettingsError
from engram.lessons.frames import TEMPLATES, asked_for, choose_frame, template_name
from engram.lessons.render import ChatRenderer
from engram.lessons.template import LONGEST_TEMPLATE
from engram.types import Message

TURNS = [
    *(Message("system", "Be brief."), Message("user", "Hi")),
    *(Message("assistant", "Ho"), Message("user", "He?"), Message("assistant", "Ha")),
]
PREAMBLE = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the "
    "request."
)
# By hand, from the formats' own descriptions.
EXPECTED = {
    "chatml": (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHo<|im_end|>\n<|im_start|>user\nHe?<|im_end|>\n"
        "<|im_start|>assistant\nHa<|im_end|>\n"
    ),
    "llama-3": (
        "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHo<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHe?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHa<|eot_id|>"
    ),
    "alpaca": (
        "Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHo</s>\n\n"
        "### Instruction:\nHe?\n\n### Response:\nHa</s>\n\n"
    ),
}
ENDS = {"chatml": "<|im_end|>", "llama-3": "<|eot_id|>", "alpaca": "</s>"}


def tokenizer(*added: str) -> SmallTokenizer:
    made = small_tokenizer()
    made.inner.add_special_tokens([AddedToken(text, normalized=False) for text in added])
    return made


def renderer(name: str, *added: str) -> ChatRenderer:
    ours = tokenizer(*added)
    frame = choose_frame(name, ours, "</s>")
    stops = frozenset(ours.encode(end)[0] for end in ("</s>", *ENDS.values()) if len(ours.encode(end)) == 1)
    return ChatRenderer(ours, frame.source, NAMED, stops)


ALL = ("<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_layouts_are_the_published_ones(name: str) -> None:
    ours = renderer(name, *ALL)
    whole = ours.conversation(TURNS)
    assert ours.tokenizer.inner.decode(whole.ids.tolist(), skip_special_tokens=False) == EXPECTED[name]  # type: ignore[attr-defined]
    texts = [ours.tokenizer.inner.decode([i], skip_special_tokens=False) for i in whole.ids[whole.mask]]  # type: ignore[attr-defined]
    assert "".join(texts) == f"Ho{ENDS[name]}Ha{ENDS[name]}"
    prompt = ours.prompt(TURNS[:-1]).tolist()
    assert whole.ids[: len(prompt)].tolist() == prompt


def test_alpaca_begins_with_its_preamble_where_no_system_turn_does() -> None:
    ours = renderer("alpaca")
    shown = ours.tokenizer.decode(ours.prompt([Message("user", "Hi")]).tolist())
    assert shown == f"{PREAMBLE}\n\n### Instruction:\nHi\n\n### Response:\n"


@pytest.mark.parametrize("name", ["chatml", "llama-3"])
def test_a_missing_end_of_turn_becomes_eos_and_is_told(name: str) -> None:
    frame = choose_frame(name, tokenizer(), "</s>")
    assert any(ENDS[name] in note and "</s>" in note for note in frame.notes)
    assert any("plain text" in note for note in frame.notes)
    assert choose_frame(name, tokenizer(*ALL), "</s>").notes == ()
    ours = renderer(name)
    ids = ours.conversation(TURNS)
    ends = [i for i in ids.ids[ids.mask].tolist() if i in ours.stop_ids]
    assert ends == [ours.tokenizer.encode("</s>")[0]] * 2


@pytest.mark.parametrize("eos", [None, "", "<no token>", "'"])
def test_without_any_end_a_template_is_refused(eos: str | None) -> None:
    for name in TEMPLATES:
        with pytest.raises(ModelError, match="no answer of this model would end"):
            choose_frame(name, tokenizer(), eos)


def test_a_file_is_used_as_it_stands_and_named_without_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "mine.jinja"
    file.write_text("{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}")
    frame = choose_frame(str(file), tokenizer(), "</s>")
    assert (frame.name, frame.source, frame.begins) == ("mine.jinja", file.read_text(), True)
    assert template_name(str(file)) == "mine.jinja" and asked_for("chatml") == "--template chatml"


@pytest.mark.parametrize("choice", ["chatlm", "llama3", "mine.txt", "/etc/passwd", "no.jinja", "a\0.jinja"])
def test_a_template_that_is_not_there(choice: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        choose_frame(choice, tokenizer(), "</s>")
    assert ("Did you mean" in wrong.value.hint) is (choice in ("chatlm", "llama3"))


def test_a_template_file_is_capped_and_must_be_text(tmp_path: Path) -> None:
    for name, data in (("long.jinja", b"x" * (LONGEST_TEMPLATE + 1)), ("odd.jinja", b"\xff\xfe")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SettingsError, match=name):
            choose_frame(str(tmp_path / name), tokenizer(), "</s>")


def test_plain_text_is_trained_from_its_second_token_to_a_stop_token() -> None:
    ours = tokenizer()
    eos = ours.encode("</s>")[0]
    plain = ChatRenderer(ours, None, NAMED, frozenset({eos}), bos_id=ours.encode("<s>")[0])
    for text in ("Once upon a time", "<s>Once"):
        rendered = plain.text(text)
        ids = rendered.ids.tolist()
        assert ids[1 if text[0] == "O" else 0 : -1] == ours.encode(text) and ids[-1] == eos
        assert rendered.mask.tolist() == [False] + [True] * (len(ids) - 1)
    assert ids[0] == ours.encode("<s>")[0] and len(supervised(rendered)) == 1
    without_eos = ChatRenderer(ours, "{{ messages }}", {}, frozenset({7, 5}))
    assert without_eos.text("a").ids[-1] == 5


def test_plain_text_that_holds_its_own_end_is_refused() -> None:
    ours = renderer("alpaca")
    with pytest.raises(Exception, match="stop token"):
        ours.text("a </s> b")
    with pytest.raises(Exception, match="no text"):
        ours.text("")
    assert SPECIAL[1] == "</s>"
