"""A Modelfile: what Ollama needs beside a GGUF file to ask a model in the frame in which it was trained.

Ollama's templates are Go templates, and nothing translates any Jinja template into one. So the base's
template is recognised by what it writes, for a few conversations, as one of the frames whose Go form is
known; any other is refused. Not here: the GGUF file.
Format: docs/modelfile.mdx and docs/template.mdx of github.com/ollama/ollama.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engram.errors import ModelError
from engram.formats.gguf_vocabulary import Vocabulary
from engram.lessons.template import ChatTemplate
from engram.models.base import Base
from engram.types import Message

_CHATS: tuple[tuple[Message, ...], ...] = (
    (Message("system", "Be brief."), Message("user", "One?")),
    (Message("system", "Two\nlines."), Message("user", "A"), Message("assistant", "B"), Message("user", "C")),
)
_ALONE = (Message("user", "One?"),)


@dataclass(frozen=True, slots=True)
class Frame:
    """`turn` is how one message is written, `opening` what stands before the answer; `go` is the same for
    Ollama. END stands for the eos token."""

    name: str
    turn: Callable[[Message], str]
    opening: str
    go: str

    def write(self, messages: Sequence[Message], eos: str) -> str:
        return ("".join(map(self.turn, messages)) + self.opening).replace("END", eos)


def _plain(message: Message) -> str:
    """The frame of lessons/template.py for models without a template."""
    if message.role == "system":
        return f"{message.content}\n\n"
    return f"Question:\n{message.content}\nAnswer:\n" if message.role == "user" else f"{message.content}END\n"


def _alpaca(message: Message) -> str:
    if message.role == "system":
        return f"{message.content}\n\n"
    asked = f"### Instruction:\n{message.content}\n\n### Response:\n"
    return asked if message.role == "user" else f"{message.content}END\n\n"


FRAMES = (
    Frame(
        "ChatML",
        lambda message: f"<|im_start|>{message.role}\n{message.content}<|im_end|>\n",
        "<|im_start|>assistant\n",
        "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
        "<|im_start|>assistant\n",
    ),
    Frame(
        "Llama 3",
        lambda m: f"<|start_header_id|>{m.role}<|end_header_id|>\n\n{m.content}<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "{{ range .Messages }}<|start_header_id|>{{ .Role }}<|end_header_id|>\n\n{{ .Content }}<|eot_id|>"
        "{{ end }}<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    Frame(
        "Alpaca",
        _alpaca,
        "",
        '{{ range .Messages }}{{ if eq .Role "system" }}{{ .Content }}\n\n'
        '{{ else if eq .Role "user" }}### Instruction:\n{{ .Content }}\n\n### Response:\n'
        "{{ else }}{{ .Content }}END\n\n{{ end }}{{ end }}",
    ),
    Frame(
        "the plain frame",
        _plain,
        "",
        '{{ range .Messages }}{{ if eq .Role "system" }}{{ .Content }}\n\n'
        '{{ else if eq .Role "user" }}Question:\n{{ .Content }}\nAnswer:\n'
        "{{ else }}{{ .Content }}END\n{{ end }}{{ end }}",
    ),
)


def modelfile(base: Base, vocabulary: Vocabulary, model: str) -> tuple[str, str]:
    """The Modelfile for the GGUF file `model` beside it, and the name of the frame.

    Raises ModelError when the base's template writes none of the known frames.
    """
    tokens = {name: vocabulary.tokens[number] for name, number in vocabulary.special.items()}
    frame, system = recognise(base, vocabulary, tokens)
    lines = [f"FROM ./{model}", f"TEMPLATE {_quoted(frame.go.replace('END', tokens.get('eos', '')))}"]
    if system:
        lines.append(f"SYSTEM {_quoted(system)}")
    lines += [f'PARAMETER stop "{vocabulary.tokens[stop]}"' for stop in sorted(base.renderer.stop_ids)]
    return "\n".join(lines) + "\n", frame.name


def recognise(base: Base, vocabulary: Vocabulary, tokens: Mapping[str, str]) -> tuple[Frame, str]:
    """The frame that the template writes, and the system text that it adds where none is given ("": none).

    llama.cpp puts bos before every prompt by itself where the file says so, so the frame leaves it out.
    """
    template = ChatTemplate(vocabulary.template, {f"{name}_token": text for name, text in tokens.items()})
    begin = tokens.get("bos", "") if vocabulary.begins else ""

    def written(messages: Sequence[Message]) -> str:
        return template.render(messages, add_generation_prompt=True).removeprefix(begin)

    for frame in FRAMES:
        if all(written(chat) == frame.write(chat, tokens.get("eos", "")) for chat in _CHATS):
            before, found, after = written(_ALONE).rpartition(frame.write(_ALONE, tokens.get("eos", "")))
            system = _default_system(frame, before)
            if found and not after and system is not None:
                return frame, system
    known = ", ".join(frame.name for frame in FRAMES)
    raise ModelError(
        f"The chat template of {base.id} is none of those that are known in Ollama's language ({known}).",
        "Export with --format gguf, and write the Modelfile's TEMPLATE by hand.",
    )


def _default_system(frame: Frame, before: str) -> str | None:
    """The text of the system turn that stands alone in `before`; None when that is something else."""
    if not before:
        return ""
    head, _, tail = frame.turn(Message("system", "\0")).partition("\0")
    text = before.removeprefix(head).removesuffix(tail)
    return text if frame.turn(Message("system", text)) == before else None


def _quoted(text: str) -> str:
    if '"""' in text:
        raise ModelError('The chat template writes """, which a Modelfile cannot hold.')
    return f'"""{text}"""'
