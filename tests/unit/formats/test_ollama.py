"""Modelfiles: the frame in Ollama's language writes what the base's template writes, conversation by
conversation. The few Go constructs in use are turned into Jinja and run, so the two are compared as texts."""

from __future__ import annotations

import re
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.talking import CHATML, talking_base

from engram.errors import ModelError
from engram.formats.gguf_vocabulary import read_vocabulary
from engram.formats.ollama import modelfile
from engram.lessons.frames import TEMPLATES
from engram.lessons.template import PLAIN_FRAME, ChatTemplate
from engram.models.base import Base
from engram.models.folder import base_from_folder
from engram.models.resolve import resolve
from engram.types import Message

WITH_DEFAULT = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are kind.<|im_end|>\n{% endif %}" + CHATML
)
STEERED = CHATML.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'")
TEXT = st.text("abc .\n{}|<>é猫", min_size=1, max_size=12).map(str.strip).filter(bool)


def go_to_jinja(go: str) -> jinja2.Template:
    """range, if, else if, else, end and three fields of text/template, as Jinja."""
    opened: list[str] = []

    def statement(found: re.Match[str]) -> str:
        words = found[1].strip()
        if words in (".Role", ".Content"):
            return "{{ m." + words[1:].lower() + " }}"
        if words == "range .Messages":
            opened.append("for")
            return "{% for m in messages %}"
        if role := re.fullmatch(r'(else )?if eq \.Role "(\w+)"', words):
            if not role[1]:
                opened.append("if")
            return f"{{% {'elif' if role[1] else 'if'} m.role == '{role[2]}' %}}"
        if words == "else":
            return "{% else %}"
        assert words == "end", words
        return f"{{% end{opened.pop()} %}}"

    environment = jinja2.Environment(keep_trailing_newline=True)
    return environment.from_string(re.sub(r"\{\{(.*?)\}\}", statement, go))


def parts(base: Base) -> dict[str, Any]:
    text, frame = modelfile(base, read_vocabulary(base), "model.gguf")
    found = re.fullmatch(
        r'FROM \./model\.gguf\nTEMPLATE """(.*?)"""\n(?:SYSTEM """(.*?)"""\n)?((?:PARAMETER stop ".*"\n)+)',
        text,
        re.S,
    )
    assert found, text
    stops = re.findall(r'PARAMETER stop "(.*)"', found[3])
    return {"go": found[1], "system": found[2] or "", "stops": stops, "frame": frame}


FRAMES = {
    "ChatML": TEMPLATES["chatml"],
    "ChatML with a system text": WITH_DEFAULT,
    "Llama 3": TEMPLATES["llama-3"],
    "Alpaca": TEMPLATES["alpaca"],
    "the plain frame": PLAIN_FRAME,
}


def with_template(base: Base, template: str) -> Base:
    """The same base with another template of its own."""
    (base.folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return base_from_folder(base.folder, "tiny")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return talking_base(tmp_path_factory.mktemp("ollama") / "base")


@pytest.fixture(scope="module", params=FRAMES)
def known(tiny: Base, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A template, and the Modelfile made for it."""
    found = parts(with_template(tiny, FRAMES[request.param]))
    assert request.param.startswith(found["frame"])
    return FRAMES[request.param], found


@given(turns=st.lists(st.tuples(TEXT, TEXT), max_size=3), system=st.none() | TEXT, last=TEXT)
@settings(max_examples=60, deadline=None)
def test_ollama_writes_what_the_template_writes(
    known: tuple[str, dict[str, Any]], turns: list[tuple[str, str]], system: str | None, last: str
) -> None:
    template, found = known
    messages = [Message("system", system)] if system else []
    for question, answer in turns:
        messages += [Message("user", question), Message("assistant", answer)]
    messages.append(Message("user", last))
    own = ChatTemplate(template, {"eos_token": "<|im_end|>"}).render(messages, add_generation_prompt=True)
    if found["system"] and not system:  # Ollama puts the Modelfile's SYSTEM first where a chat has none
        messages.insert(0, Message("system", found["system"]))
    assert go_to_jinja(found["go"]).render(messages=messages) == own


def test_seedlings_modelfile_by_hand() -> None:
    base = resolve("seedling")
    assert modelfile(base, read_vocabulary(base), "model.gguf") == (
        "FROM ./model.gguf\n"
        'TEMPLATE """{{ range .Messages }}<|im_start|>{{ .Role }}\n'
        "{{ .Content }}<|im_end|>\n"
        '{{ end }}<|im_start|>assistant\n"""\n'
        'PARAMETER stop "<|endoftext|>"\n'
        'PARAMETER stop "<|im_end|>"\n',
        "ChatML",
    )


def test_a_default_system_text_goes_along(tiny: Base) -> None:
    assert parts(with_template(tiny, WITH_DEFAULT))["system"] == "You are kind."


@pytest.mark.parametrize(
    "template",
    [
        STEERED,
        CHATML.replace("m.content", "m.content | upper"),
        CHATML.replace("<|im_end|>\n", "<|im_end|>"),
        "Be brief.\n" + CHATML,
        CHATML.replace("messages %}{{", "messages if m.role != 'system' %}{{"),
    ],
)
def test_other_frames_are_refused(tiny: Base, template: str) -> None:
    with pytest.raises(ModelError, match=r"tiny is none of those .*ChatML, Llama 3"):
        parts(with_template(tiny, template))


def test_bos_is_left_to_llama_cpp_where_the_file_says_so(tiny: Base) -> None:
    """Written by the template, put there by the tokenizer, or neither: the prompt begins with it once."""
    file = tiny.folder / "tokenizer_config.json"
    before = file.read_text()
    file.write_text(before.replace('"eos_token"', '"bos_token": "<|endoftext|>", "eos_token"', 1))
    try:
        for template, begins in (("{{ bos_token }}" + CHATML, True), (CHATML, False)):
            base = with_template(tiny, template)
            vocabulary = read_vocabulary(base)
            assert vocabulary.begins == begins
            assert parts(base)["go"].startswith("{{ range")
    finally:
        file.write_text(before)
