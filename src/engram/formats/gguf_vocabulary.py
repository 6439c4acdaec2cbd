"""A byte-level BPE tokenizer.json as a GGUF file describes it.

GGUF names the rule that cuts text into words instead of holding it, so only rules whose names llama.cpp knows
can be written; others are refused, because the same text would become other tokens. Not here: the network.
Sources: llama.cpp's src/llama-vocab.cpp (which name cuts how) and convert_hf_to_gguf.py (kinds of tokens).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engram.errors import ModelError
from engram.formats.frame import first_id, template_of
from engram.formats.gguf_sizes import library
from engram.models.base import Base
from engram.models.files import read_object
from engram.models.folder import special_tokens
from engram.models.tokenizer import FILE, FolderTokenizer

if TYPE_CHECKING:
    from gguf import GGUFWriter

# The patterns are facts of the formats: Qwen2's and Llama 3's tokenizer.json, as published.
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_SPECIAL = ("bos", "eos", "unk", "pad")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`tokens` by id; `kinds` in GGUF's numbers; `special` the ids of bos, eos, unk and pad where there are;
    `rule` llama.cpp's name of the pre-tokenizer; `begins` whether prompts begin with bos; `template` in
    Jinja."""

    tokens: list[str]
    kinds: list[int]
    merges: list[str]
    rule: str
    special: Mapping[str, int]
    begins: bool
    template: str

    def describe(self, writer: GGUFWriter) -> None:
        """Put all of it into a file's metadata."""
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.rule)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.kinds)
        writer.add_token_merges(self.merges)
        for name, add in (
            ("bos", writer.add_bos_token_id),
            ("eos", writer.add_eos_token_id),
            ("unk", writer.add_unk_token_id),
            ("pad", writer.add_pad_token_id),
        ):
            if name in self.special:
                add(self.special[name])
        writer.add_add_bos_token(self.begins)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(False)
        writer.add_chat_template(self.template)


def read_vocabulary(base: Base) -> Vocabulary:
    """Raises ModelError for a tokenizer that llama.cpp would not cut and merge in the same way."""
    definition = read_object(base.folder / FILE)
    if definition is None:
        raise ModelError(f"{base.id} has no {FILE}, so its vocabulary cannot be exported.")
    tokenizer = FolderTokenizer(base.folder)
    settings = read_object(base.folder / "tokenizer_config.json") or {}
    named = special_tokens(base.folder, settings)
    ids = {name: tokenizer.token_id(named[f"{name}_token"]) for name in _SPECIAL if f"{name}_token" in named}
    tokens, kinds = _tokens(definition, base)
    return Vocabulary(
        tokens=tokens,
        kinds=kinds,
        merges=[pair if isinstance(pair, str) else " ".join(pair) for pair in definition["model"]["merges"]],
        rule=_rule(definition, base),
        special={name: found for name, found in ids.items() if found is not None},
        begins=ids.get("bos") == first_id(base),
        template=template_of(base),
    )


def _tokens(definition: Mapping[str, Any], base: Base) -> tuple[list[str], list[int]]:
    """Texts and kinds by id; ids of the embedding without a token are filled up as unused."""
    kind = library().TokenType
    size = base.vocabulary_size
    tokens = [f"[PAD{number}]" for number in range(size)]
    kinds = [int(kind.UNUSED)] * size
    for text, number in definition["model"]["vocab"].items():
        tokens[number], kinds[number] = text, int(kind.NORMAL)
    for added in definition.get("added_tokens") or ():
        number = added["id"]
        tokens[number] = added["content"]
        kinds[number] = int(kind.CONTROL if added.get("special") else kind.USER_DEFINED)
    return tokens, kinds


def _rule(definition: Mapping[str, Any], base: Base) -> str:
    model, normalizer = definition.get("model") or {}, definition.get("normalizer")
    if model.get("type") != "BPE" or model.get("byte_fallback") or not model.get("merges"):
        raise _refused(base, "it is no byte-level BPE")
    if normalizer and normalizer.get("type") != "NFC":
        raise _refused(base, f"it changes texts first (normalizer {normalizer.get('type')})")
    steps = definition.get("pre_tokenizer") or {}
    rule = _name_of(steps.get("pretokenizers") if steps.get("type") == "Sequence" else [steps])
    if rule is None:
        raise _refused(base, "llama.cpp has no known name for its way to cut texts (pre_tokenizer)")
    if bool(model.get("ignore_merges")) != (rule == "llama-bpe"):
        raise _refused(base, "its ignore_merges is not what llama.cpp does for it")
    return rule


def _name_of(steps: Any) -> str | None:
    """llama.cpp's name for a sequence of pre-tokenizers."""
    match steps:
        case [{"type": "ByteLevel", "add_prefix_space": False, **more}] if more.get("use_regex", True):
            return "gpt-2"
        case [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, **more},
        ] if more.get("use_regex", True):
            return "smollm"
        case [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        ]:
            return {_QWEN2: "qwen2", _LLAMA3: "llama-bpe"}.get(pattern)
    return None


def _refused(base: Base, why: str) -> ModelError:
    return ModelError(
        f"The tokenizer of {base.id} cannot be exported to GGUF: {why}.",
        "Use --format merged and llama.cpp's own convert_hf_to_gguf.py.",
    )
