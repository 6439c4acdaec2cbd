"""Ids and masks under five shapes of chat template, checked by decoding what is supervised.

The tokenizer is a real byte-level BPE, trained here on a few sentences; the templates are this project's own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Bpe
from tokenizers import decoders, models, pre_tokenizers, trainers

from engram.errors import EngramError, ModelError, UsageError
from engram.lessons.render import ChatRenderer
from engram.lessons.template import ChatTemplate
from engram.types import Message, Rendered, Role

SPECIAL = ["<s>", "</s>", "<|turn|>", "<|done|>", "<|head|>", "<|/head|>", "[ASK]", "[/ASK]"]
SENTENCES = [
    "What is the capital of Norway? Oslo.",
    "for i in range(10):\n    print(i)",
    "Question: Answer: user",
]


@dataclass(frozen=True)
class SmallTokenizer:
    """types.Tokenizer over a byte-level BPE."""

    inner: Bpe = field(repr=False)

    @property
    def vocabulary_size(self) -> int:
        return int(self.inner.get_vocab_size())

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.inner.to_str().encode()).hexdigest()

    def encode(self, text: str) -> list[int]:
        return list(self.inner.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.inner.decode(list(ids)))


def small_tokenizer() -> SmallTokenizer:
    inner = Bpe(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(
        SENTENCES * 3,
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
        ),
    )
    return SmallTokenizer(inner)


TOKENIZER = small_tokenizer()
STOP = {text: TOKENIZER.encode(text)[0] for text in SPECIAL}
NAMED = {"bos_token": "<s>", "eos_token": "</s>"}

CHATML = """{% for m in messages %}
{{- '<|turn|>' + m.role + '\\n' + m.content + '<|done|>' + '\\n' -}}
{% endfor %}
{% if add_generation_prompt %}
{{- '<|turn|>assistant\\n' -}}
{% endif %}"""

HEADERS = """{{- bos_token }}{% if tools is not none %}{{ raise_exception('no tools here') }}{% endif %}
{%- for m in messages %}
    {{- '<|head|>' + m['role'] + '<|/head|>\\n\\n' + m['content'] | trim + '<|done|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|head|>assistant<|/head|>\\n\\n' }}{%- endif %}"""

INSTRUCT = """{{ bos_token }}{% for m in messages %}
{% if m.role == 'system' %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}
{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate') }}
{% endif %}
{% if m.role == 'user' %}{{ '[ASK] ' + m.content + ' [/ASK]' }}{% endif %}
{% if m.role == 'assistant' %}{{ m.content + eos_token }}{% endif %}
{% endfor %}"""

THINKING = """{% for m in messages %}
{% set text = m.content %}
{% if m.role == 'assistant' and loop.last %}
{% set text = '<think>\\n\\n</think>\\n\\n' + m.content %}
{% endif %}
{{ '<|turn|>' + m.role + '\\n' + text + '<|done|>\\n' }}
{%- endfor %}
{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}
{%- if enable_thinking is defined and not enable_thinking %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}
{% endif %}"""

MARKED = """{% for m in messages %}
{% if m.role == 'assistant' %}
{{- '<|turn|>assistant\\n' }}{% generation %}{{ m.content + '<|done|>' }}{% endgeneration %}{{ '\\n' }}
{%- else %}
{%- if m.role not in ['user', 'system'] %}{% continue %}{% endif %}
{{- '<|turn|>' + m.role + '\\n' + m.content + '<|done|>\\n' }}
{%- endif %}
{% endfor %}
{%- if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}"""

SHAPES: dict[str, tuple[str | None, str]] = {
    "chatml": (CHATML, "<|done|>"),
    "headers": (HEADERS, "<|done|>"),
    "instruct": (INSTRUCT, "</s>"),
    "thinking": (THINKING, "<|done|>"),
    "marked": (MARKED, "<|done|>"),
    "plain": (None, "</s>"),
}
REWRITES_EARLIER_TURNS = {"thinking"}


def renderer(shape: str) -> ChatRenderer:
    template, stop = SHAPES[shape]
    bos = STOP["<s>"] if template is None else None
    return ChatRenderer(TOKENIZER, template, NAMED, frozenset({STOP[stop]}), bos)


def said(*texts: str, system: str | None = None) -> list[Message]:
    """Turns of user and assistant in alternation."""
    roles: list[Role] = ["user", "assistant"]
    turns = [Message(roles[i % 2], text) for i, text in enumerate(texts)]
    return turns if system is None else [Message("system", system), *turns]


def shown(ids: Sequence[int]) -> str:
    """The text of ids with special tokens written out."""
    return str(TOKENIZER.inner.decode([int(i) for i in ids], skip_special_tokens=False))


def supervised(rendered: Rendered) -> list[str]:
    """The text of each supervised run."""
    borders = np.flatnonzero(np.diff(np.concatenate([[0], rendered.mask.astype(int), [0]])))
    return [shown(rendered.ids[a:b]) for a, b in borders.reshape(-1, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_supervised_is_each_answer_and_its_stop_token(shape: str) -> None:
    stop = SHAPES[shape][1]
    once = renderer(shape).conversation(said("What is the capital of Norway?", "Oslo"))
    assert supervised(once) == [f"Oslo{stop}"]
    twice = renderer(shape).conversation(said("one", "two\n  three", "four", "five"))
    every = [f"two\n  three{stop}", f"five{stop}"]
    assert supervised(twice) == (every[1:] if shape in REWRITES_EARLIER_TURNS else every)
    assert once.ids.dtype == np.int32 and once.mask.dtype == np.bool_ and once.ids.shape == once.mask.shape


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"headers"}))
def test_leading_spaces_and_line_feeds_of_answers_are_kept(shape: str) -> None:
    rendered = renderer(shape).conversation(said("with open(path) as", "  f:\n    x\n"))
    assert supervised(rendered) == ["  f:\n    x\n" + SHAPES[shape][1]]


def test_whole_renderings_are_what_the_templates_say() -> None:
    turns = said("Hi", "Ho", system="Be brief.")
    start = "<|turn|>system\nBe brief.<|done|>\n<|turn|>user\nHi<|done|>\n<|turn|>assistant\n"
    expected = {
        "chatml": start + "Ho<|done|>\n",
        "headers": "<s><|head|>system<|/head|>\n\nBe brief.<|done|><|head|>user<|/head|>\n\nHi<|done|>"
        "<|head|>assistant<|/head|>\n\nHo<|done|>",
        "instruct": "<s>[ASK] Be brief.\n\nHi [/ASK]Ho</s>",
        "thinking": start + "<think>\n\n</think>\n\nHo<|done|>\n",
        "marked": start + "Ho<|done|>\n",
        "plain": "<s>Be brief.\n\nQuestion:\nHi\nAnswer:\nHo</s>\n",
    }
    for shape, text in expected.items():
        assert shown(renderer(shape).conversation(turns).ids) == text


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<["), max_size=15)
SOME_WORDS = WORDS.filter(lambda text: bool(text.strip()))


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(SOME_WORDS, min_size=2, max_size=8).filter(lambda texts: len(texts) % 2 == 0),
    system=st.none() | SOME_WORDS,
)
def test_the_prompt_served_is_the_prompt_trained(shape: str, texts: list[str], system: str | None) -> None:
    ours = renderer(shape)
    turns = said(*texts, system=system)
    whole, prompt = ours.conversation(turns), ours.prompt(turns[:-1])
    assert whole.ids[: len(prompt)].tolist() == prompt.tolist()
    last = supervised(Rendered(whole.ids[len(prompt) :], whole.mask[len(prompt) :]))
    answer = texts[-1].strip() if shape == "headers" else texts[-1]
    assert last == [answer + SHAPES[shape][1]]
    assert whole.mask[len(prompt)] and whole.ids[np.flatnonzero(whole.mask)[-1]] in ours.stop_ids


@pytest.mark.parametrize("answer", [" three ", "o", "done", "<think>"])
def test_a_generation_prompt_that_opens_a_thought_is_kept(answer: str) -> None:
    template = CHATML.replace("assistant\\n", "assistant\\n<think>\\n")
    ours = ChatRenderer(TOKENIZER, template, NAMED, frozenset({STOP["<|done|>"]}))
    turns = said("one", "two", "three", answer)
    whole, prompt = ours.conversation(turns), ours.prompt(turns[:-1])
    assert whole.ids[: len(prompt)].tolist() == prompt.tolist() and shown(prompt).endswith("<think>\n")
    assert supervised(whole) == [answer + "<|done|>"]


def test_a_template_that_hides_the_answer_is_refused() -> None:
    template = CHATML.replace("assistant\\n", "assistant\\n<think>\\n").replace("m.content", "'-'")
    with pytest.raises(ModelError, match="does not show"):
        ChatRenderer(TOKENIZER, template, NAMED, frozenset({STOP["<|done|>"]})).conversation(said("a", "b"))


def test_a_system_turn_that_the_template_drops_is_folded() -> None:
    silent = CHATML.replace("{{- '<|turn|>'", "{{- '' if m.role == 'system' else '<|turn|>'")
    ours = ChatRenderer(TOKENIZER, silent, NAMED, frozenset({STOP["<|done|>"]}))
    assert "Be brief.\n\nHi" in shown(ours.prompt(said("Hi", system="Be brief.")))
    assert shown(ours.prompt([Message("system", "Alone")])).startswith("<|turn|>user\nAlone<|done|>")


def test_what_cannot_be_learned_is_refused_by_name() -> None:
    chatml = renderer("chatml")
    with pytest.raises(UsageError, match="end with an assistant turn"):
        chatml.conversation(said("only a question"))
    with pytest.raises(UsageError, match="no message"):
        chatml.prompt([])
    with pytest.raises(UsageError, match="stop token"):
        chatml.conversation(said("one", "two <|done|> three"))
    with pytest.raises(ModelError, match="Roles must alternate"):
        renderer("instruct").prompt([Message("user", "a"), Message("user", "b")])
    endless = ChatRenderer(TOKENIZER, CHATML, NAMED, frozenset({STOP["</s>"], 399}))
    with pytest.raises(ModelError, match=r"without a stop token \(</s>, id 399\)"):
        endless.conversation(said("one", "two"))
    with pytest.raises(ModelError, match="neither a chat template nor an eos token"):
        ChatRenderer(TOKENIZER, None, {}, frozenset({1}))
    with pytest.raises(ModelError, match="names no stop token"):
        ChatRenderer(TOKENIZER, CHATML, NAMED, frozenset())


@pytest.mark.parametrize(
    "template",
    [
        "{% for %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ 1 / 0 }}",
        "{{ undefined_thing.field }}",
        "{% for a in range(100001) %}x{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}xxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "{% include 'other' %}",
        "{{ cycler.__init__.__globals__ }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "x" * 200_001,
    ],
)
def test_hostile_and_broken_templates_are_refused(template: str) -> None:
    with pytest.raises(EngramError, match="template"):
        ChatRenderer(TOKENIZER, template, NAMED, frozenset({0})).prompt(said("Hi"))


def test_helpers_that_published_templates_expect() -> None:
    source = (
        "{{ messages[0].content | tojson }}|{{ {'b': 1, 'a': [2]} | tojson(indent=2) }}|"
        "{{ strftime_now('%d %b %Y') }}|"
        "{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}"
    )
    text = ChatTemplate(source, {}).render([Message("user", "<é'>")], add_generation_prompt=False)
    assert text == '"<é\'>"|{\n  "b": 1,\n  "a": [\n    2\n  ]\n}|26 Jul 2024|1'


def test_the_digest_names_everything_that_decides_tokens() -> None:
    stop = frozenset({STOP["<|done|>"]})
    first = ChatRenderer(TOKENIZER, CHATML, NAMED, stop)
    others = [
        ChatRenderer(TOKENIZER, CHATML + " ", NAMED, stop),
        ChatRenderer(TOKENIZER, CHATML, {"bos_token": "<s>"}, stop),
        ChatRenderer(TOKENIZER, CHATML, NAMED, stop | {STOP["</s>"]}),
        ChatRenderer(TOKENIZER, CHATML, NAMED, stop, STOP["<s>"]),
        ChatRenderer(TOKENIZER, None, NAMED, stop),
    ]
    assert ChatRenderer(small_tokenizer(), CHATML, NAMED, stop).digest == first.digest
    assert len({first.digest, *(other.digest for other in others)}) == 6
    assert first.tokenizer is TOKENIZER and first.stop_ids == stop


def test_bos_is_put_once() -> None:
    stop = frozenset({STOP["<|done|>"]})
    for template in (CHATML, HEADERS):
        rendered = ChatRenderer(TOKENIZER, template, NAMED, stop, STOP["<s>"]).conversation(said("a", "b"))
        assert rendered.ids[0] == STOP["<s>"] and not rendered.mask[0]
        assert (rendered.ids == STOP["<s>"]).sum() == 1
