"""Chat templates that can be chosen instead of the model's own: three by name, or a person's Jinja file.

A template's end of turn must be one token of the tokenizer, or no answer would ever end; where it is not, the
model's own eos takes its place, and a note says so. Not here: running a template (template.py), or the frame
of models that come without one (also there).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from engram.errors import ModelError, SettingsError
from engram.lessons.template import LONGEST_TEMPLATE
from engram.types import Tokenizer

OWN = ""
"""How a setting says: the template that comes with the model."""

END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")
"""Tokens that end a turn in the templates in use: ChatML, Llama 3, Gemma, Phi-3."""
_MARKS = ("<|im_start|>", "<|start_header_id|>", "<|end_header_id|>")  # begin a turn in those below
_UNSAFE = frozenset("'\"\\{}%")  # would end a literal inside a template

# The layout of OpenAI's ChatML, as most published models write it.
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# The layout of Meta's prompt format for Llama 3.
LLAMA_3 = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}"
    "{{ message.content | trim + '<|eot_id|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
# The prompt of Stanford Alpaca (its form without an input). A system turn stands in for its first sentences.
ALPACA = (
    "{% if messages and messages[0].role != 'system' %}"
    "{{ 'Below is an instruction that describes a task. Write a response that appropriately completes the "
    "request.\\n\\n' }}{% endif %}"
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content + '\\n\\n' }}"
    "{% elif message.role == 'user' %}"
    "{{ '### Instruction:\\n' + message.content + '\\n\\n### Response:\\n' }}"
    "{% else %}{{ message.content + eos_token + '\\n\\n' }}{% endif %}"
    "{% endfor %}"
)
TEMPLATES = {"chatml": CHATML, "alpaca": ALPACA, "llama-3": LLAMA_3}


@dataclass(frozen=True, slots=True)
class Frame:
    """A chosen template. `name` is what a manifest keeps, never a path; `notes` are for a person.

    `begins` says whether the template itself writes how a sequence begins; those by name leave it to the
    tokenizer.
    """

    name: str
    source: str
    begins: bool
    notes: tuple[str, ...] = ()


def choose_frame(choice: str, tokenizer: Tokenizer, eos: str | None) -> Frame:
    """The template called `choice`, fitted to a tokenizer whose end-of-sequence token is `eos`.

    Raises SettingsError when there is no such template or file, ModelError when no token can end a turn.
    """
    by_name = choice in TEMPLATES
    source = TEMPLATES[choice] if by_name else _read(Path(choice))
    if "eos_token" in source:
        _require(eos, tokenizer, choice)
    source, notes = _with_known_ends(source, tokenizer, eos, choice)
    unknown = [mark for mark in _MARKS if by_name and mark in source and not _is_token(tokenizer, mark)]
    if unknown:
        notes.append(f"Template {choice}: {', '.join(unknown)} are no tokens of this model, and plain text.")
    return Frame(template_name(choice), source, not by_name, tuple(notes))


def template_name(choice: str) -> str:
    """What a manifest says of a choice: "" for the model's own, a name, or a file's name without its path."""
    return choice if choice in (OWN, *TEMPLATES) else Path(choice).name


def described(name: str) -> str:
    """A template of this name, as a sentence speaks of it."""
    return f"the template {name}" if name else "the model's own template"


def asked_for(name: str) -> str:
    """How a template of this name is asked for, for a hint."""
    return f"--template {name}" if name else "the model's own template: leave out --template"


def _with_known_ends(
    source: str, tokenizer: Tokenizer, eos: str | None, choice: str
) -> tuple[str, list[str]]:
    """The source with eos wherever it ends a turn with a token that the tokenizer lacks."""
    notes = []
    for end in END_OF_TURN:
        if end in source and not _is_token(tokenizer, end):
            eos = _require(eos, tokenizer, choice)
            source = source.replace(end, eos)
            notes.append(f"Template {choice}: this model has no token {end}; its own {eos} ends a turn.")
    return source, notes


def _require(eos: str | None, tokenizer: Tokenizer, choice: str) -> str:
    """`eos`, if it is one token and can stand in a template."""
    if eos and _is_token(tokenizer, eos) and not _UNSAFE & set(eos):
        return eos
    raise ModelError(
        f"With the template {choice} no answer of this model would end: it has neither the template's end of "
        "turn nor an eos token.",
        "Use the model's own template, or one that ends a turn with a token of this model.",
    )


def _is_token(tokenizer: Tokenizer, text: str) -> bool:
    return len(tokenizer.encode(text)) == 1


def _read(file: Path) -> str:
    if file.suffix != ".jinja":
        raise _no_such(str(file))
    try:
        with file.open("rb") as source:
            text = source.read(4 * LONGEST_TEMPLATE + 1).decode("utf-8")
    except FileNotFoundError:
        raise SettingsError(f"There is no template file {file}.", "Check the path.") from None
    except (OSError, ValueError) as error:  # also bytes that are not UTF-8, and a path with a NUL
        raise SettingsError(f"The template {file} cannot be read: {error}.", "Save it as UTF-8.") from None
    if len(text) > LONGEST_TEMPLATE:
        raise SettingsError(f"The template {file} is longer than {LONGEST_TEMPLATE:,} characters.")
    return text


def _no_such(choice: str) -> SettingsError:
    close = difflib.get_close_matches(choice, TEMPLATES, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return SettingsError(
        f"There is no template called {choice!r}.",
        f"{guess}There are {', '.join(TEMPLATES)}, or a file that ends in .jinja.",
    )
