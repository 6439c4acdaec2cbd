"""From a Hugging Face model folder to a `Base`: identity, sizes, special tokens, stop tokens, renderer.

Only data is read: a folder that wants its own code run is refused. Not here: where the folder is
(resolve.py), its files (files.py), and its tensors (backends).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.errors import ModelError
from engram.lessons.frames import END_OF_TURN, OWN, choose_frame
from engram.lessons.render import ChatRenderer
from engram.models.base import Base
from engram.models.files import check_folder, read_object, shown, weight_files, weights_digest
from engram.models.tokenizer import FolderTokenizer
from engram.types import Message

_SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token")
_CONTEXT = ("max_position_embeddings", "n_positions")  # the second is GPT-2's name for it
_CODE = frozenset({"auto_map", "model_file"})  # of transformers and of mlx-lm
_ATTENTION = frozenset({"attn_implementation", "_attn_implementation"})  # a Hub id names a kernel to download
_CAUSAL = ("ForCausalLM", "LMHeadModel")


def base_from_folder(folder: Path, id: str, revision: str | None = None, template: str = OWN) -> Base:
    """Read everything but the tensors. `revision` defaults to a sha256 over the weights; `template` is the
    model's own, or one to use instead (frames.py).

    Raises ModelError that names the file and says what to do, SettingsError for a template that is not there.
    """
    check_folder(folder)
    config = _read_config(folder)
    settings = read_object(folder / "tokenizer_config.json") or {}
    _refuse_code(folder / "tokenizer_config.json", settings)
    files = weight_files(folder)
    tokenizer = FolderTokenizer(folder)
    if tokenizer.vocabulary_size > config["vocab_size"]:
        raise ModelError(
            f"The tokenizer of {folder.name} has ids up to {tokenizer.vocabulary_size - 1}, its config.json "
            f"says vocab_size {config['vocab_size']}.",
            "Tokenizer and weights are from different models: download both again.",
        )
    special = special_tokens(folder, settings)
    frame = choose_frame(template, tokenizer, special.get("eos_token")) if template != OWN else None
    source = frame.source if frame else chat_template(folder, settings)
    stops = stop_ids(folder, config, tokenizer, special, source)
    # A template writes its own beginning; without one, the tokenizer's habit counts.
    begins = frame.begins if frame else source is not None
    renderer = ChatRenderer(tokenizer, source, special, stops, None if begins else tokenizer.leading_id())
    renderer.prompt([Message("user", "?")])  # a template that fails shall do so now, not after the weights
    return Base(
        id=id,
        revision=revision or weights_digest(files),
        folder=folder,
        config=config,
        renderer=renderer,
        context=_context(config),
        template=frame.name if frame else OWN,
        notes=frame.notes if frame else (),
    )


def special_tokens(folder: Path, settings: Mapping[str, Any]) -> dict[str, str]:
    """bos_token, eos_token, ... as plain text, from tokenizer_config.json or special_tokens_map.json."""
    fallback = read_object(folder / "special_tokens_map.json") or {}
    found: dict[str, str] = {}
    for name in _SPECIAL:
        value = settings.get(name) or fallback.get(name)
        if isinstance(value, dict):
            value = value.get("content")
        if value is None:
            continue
        if not isinstance(value, str):
            raise ModelError(f"{folder.name}/tokenizer_config.json: {name} is not text.", "Correct the file.")
        found[name] = value
    return found


def chat_template(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """The template from chat_template.jinja, chat_template.json or tokenizer_config.json, in this order."""
    try:
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder.name}/chat_template.jinja cannot be read: {error}.") from error
    beside = read_object(folder / "chat_template.json") or {}
    value = beside.get("chat_template") or settings.get("chat_template")
    if not value:
        return None
    return value if isinstance(value, str) else _named_template(folder, value)


def stop_ids(
    folder: Path,
    config: Mapping[str, Any],
    tokenizer: FolderTokenizer,
    special: Mapping[str, str],
    template: str | None,
) -> frozenset[int]:
    """Every id that ends an answer: the declared ones, and the end of turn that the template writes."""
    generation = folder / "generation_config.json"
    stops = _ids(generation, (read_object(generation) or {}).get("eos_token_id"))
    stops |= _ids(folder / "config.json", config.get("eos_token_id"))
    written = [token for token in END_OF_TURN if template is not None and token in template]
    for token in (special.get("eos_token"), *written):
        if token is not None and (found := tokenizer.token_id(token)) is not None:
            stops.add(found)
    known = frozenset(stop for stop in stops if stop < config["vocab_size"])
    if not known:
        raise ModelError(
            f"The model folder {folder.name} names no stop token, so no answer of it would ever end.",
            "Add eos_token_id to its generation_config.json.",
        )
    return known


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    config = read_object(file)
    if config is None:
        adapter = (folder / "adapter_config.json").exists()
        raise ModelError(
            f"{folder.name} has no config.json: it is {'an adapter' if adapter else 'no model folder'}.",
            "Name the folder of a Hugging Face base model.",
        )
    _refuse_code(file, config)
    if (folder / "adapter_config.json").exists():
        raise ModelError(
            f"{folder.name} has an adapter inside (adapter_config.json), which loaders would put on unasked.",
            "Move the adapter's files into a folder of their own.",
        )
    if not isinstance(config.get("model_type"), str) or not config["model_type"]:
        raise ModelError(f"{shown(file)} does not say its model_type.", "Download it again.")
    _size(file, config, "vocab_size")
    _context(config, file)
    _check_causal(file, config)
    return config


def _check_causal(file: Path, config: Mapping[str, Any]) -> None:
    names = config.get("architectures") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError(f"{shown(file)}: architectures is not a list of names.", "Download it again.")
    if config.get("is_encoder_decoder") or (names and not any(name.endswith(_CAUSAL) for name in names)):
        raise ModelError(
            f"{file.parent.name} ({', '.join(names) or config['model_type']}) is no causal language model.",
            "Choose one whose architecture ends in ForCausalLM.",
        )


def _refuse_code(file: Path, content: Any) -> None:
    """Raises ModelError for what asks transformers or mlx-lm to run code, at any depth: a part of a model may
    have a configuration of its own."""
    for value in content.values() if isinstance(content, dict) else content:
        if isinstance(value, (dict, list)):
            _refuse_code(file, value)
    if not isinstance(content, dict):
        return
    if asked := sorted(content.keys() & _CODE):
        raise ModelError(
            f"{shown(file)} asks to run Python code that comes with the model ({', '.join(asked)}).",
            "Engram runs no code from models. Choose one that transformers knows by itself.",
        )
    for name in content.keys() & _ATTENTION:
        if "/" in str(content[name]):
            raise ModelError(
                f"{shown(file)} asks to fetch code for its attention from the Hub ({content[name]!r:.80}).",
                f"Engram runs no code from models. Take {name} out of the file.",
            )


def _context(config: Mapping[str, Any], file: Path = Path("config.json")) -> int:
    name = next((name for name in _CONTEXT if name in config), _CONTEXT[0])
    return _size(file, config, name)


def _size(file: Path, config: Mapping[str, Any], name: str) -> int:
    value = config.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ModelError(
            f"{shown(file)}: {name} is {value!r}, not a positive whole number.", "Download it again."
        )
    return value


def _ids(file: Path, value: Any) -> set[int]:
    """`eos_token_id` is one id, a list of ids, or absent."""
    ids = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in ids):
        raise ModelError(f"{shown(file)}: eos_token_id is {value!r}, not a token id.", "Correct the file.")
    return set(ids)


def _named_template(folder: Path, value: Any) -> str:
    """A list of {"name", "template"}: the one called default, or the only one."""
    pairs = value if isinstance(value, list) else []
    named = {str(pair.get("name")): pair.get("template") for pair in pairs if isinstance(pair, dict)}
    chosen = named.get("default") or (next(iter(named.values())) if len(named) == 1 else None)
    if not isinstance(chosen, str):
        raise ModelError(
            f"The model folder {folder.name} has chat templates, but none that is called default.",
            "Put the one to use into chat_template.jinja beside config.json.",
        )
    return chosen
