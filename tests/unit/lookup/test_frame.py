"""Where a question ends in templates of several makes, found by differencing renders alone."""

from __future__ import annotations

import pytest

from engram.lessons.render import ChatRenderer
from engram.lessons.template import PLAIN_FRAME
from engram.lookup.facts import Fact
from engram.lookup.frame import read_frame
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.models.fake import STOP_ID, ByteTokenizer, fake_base
from engram.types import Message, Renderer

TOKENIZER = ByteTokenizer()
TURN = "{% for m in messages %}"
ASKED = "{% if add_generation_prompt %}"
OWN = {
    "inst": TURN
    + "{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]"
    + "{% elif m.role == 'assistant' %} {{ m.content | trim }}<|end|>{% endif %}{% endfor %}",
    "thinking": TURN
    + "<|user|>{{ m.role }}\n{{ m.content }}<|end|>\n{% endfor %}"
    + ASKED
    + "<|user|>assistant\n<think>\n\n</think>\n\n{% endif %}",
    "default-system": "<|system|>Be kind.<|end|>"
    + TURN
    + "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    + ASKED
    + "<|assistant|>{% endif %}",
    "none": PLAIN_FRAME,
}
NAMES = ["chatml", "alpaca", "llama-3", *OWN]


def renderer_of(name: str) -> Renderer:
    if name not in OWN:
        return fake_base(template=name).renderer
    return ChatRenderer(TOKENIZER, OWN[name], {"eos_token": "<|end|>"}, frozenset({STOP_ID}))


def prompt(renderer: Renderer, *texts: str, system: str = "") -> list[int]:
    turns = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)]
    head = [Message("system", system)] if system else []
    return renderer.prompt([*head, *turns]).tolist()


@pytest.fixture(params=NAMES)
def renderer(request: pytest.FixtureRequest) -> Renderer:
    return renderer_of(request.param)


def test_a_key_is_found_behind_every_template(renderer: Renderer) -> None:
    lookup = Lookup(FactTable([Fact("PORT:SSH", "22")]), renderer)
    for ids in (
        prompt(renderer, "what is port:ssh?"),
        prompt(renderer, "PORT:SSH", system="You help."),
        prompt(renderer, "hello", "hi there", "PORT:SSH"),
        prompt(renderer, "PORT:SSH", "22", "and PORT : SSH again:\nPORT:SSH!"),
    ):
        match = lookup.match(ids)
        assert match is not None and match.fact.answer == "22"
        told = [*ids, *match.answer_ids]
        assert TOKENIZER.decode(told[len(ids) :]).strip() == "22" and match.stop_id == STOP_ID


def test_the_templates_words_are_in_no_key(renderer: Renderer) -> None:
    """What the template writes before and after a message, and other turns, do not complete a key."""
    words = ["user key", "[INST] key", "Question: key", "instruction: key", "hi there key"]
    facts = [Fact(word, "x") for word in words] + [
        Fact(f"key {word}", "x") for word in ("assistant", "Answer:")
    ]
    lookup = Lookup(FactTable(facts), renderer)
    for ids in (
        prompt(renderer, "key"),
        prompt(renderer, "hello", "hi there", "key"),
        prompt(renderer, "user key", "x", "?"),
        prompt(renderer, "hello", system="user key"),
    ):
        assert lookup.match(ids) is None


def test_what_is_forced_is_what_would_have_been_trained(renderer: Renderer) -> None:
    for answer in ("22", "Graphics Processing Unit", " spaced ", "é"):
        lookup = Lookup(FactTable([Fact("the key", answer)]), renderer)
        match = lookup.match(prompt(renderer, "the key"))
        told = renderer.conversation([Message("user", "the key"), Message("assistant", answer)])
        assert match is not None
        assert [*match.answer_ids, match.stop_id] == told.ids[told.mask].tolist()


def test_the_frame_of_chatml() -> None:
    frame = read_frame(renderer_of("chatml"))
    assert TOKENIZER.decode(frame.header, keep_special=True).endswith("user\n")
    assert TOKENIZER.decode(frame.suffix, keep_special=True).endswith("assistant\n")
