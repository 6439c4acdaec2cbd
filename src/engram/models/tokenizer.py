"""A model folder's tokenizer.json as a `types.Tokenizer`.

Not here: chat templates (lessons/render.py), and tokenizers in other formats, which are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as FastTokenizer

from engram.errors import ModelError

FILE = "tokenizer.json"


class FolderTokenizer:
    """Reads once, then never changes, so threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError when the folder has no tokenizer.json, or one that cannot be read."""
        definition = _read(folder / FILE)
        try:
            self._fast = FastTokenizer.from_str(definition.decode("utf-8"))
        except Exception as error:  # the library raises plain Exception
            raise ModelError(
                f"{folder.name}/{FILE} cannot be read as a tokenizer: {error}.", "Download it again."
            ) from error
        # A published file may cut long texts or pad short ones; both would happen without a word.
        self._fast.no_truncation()
        self._fast.no_padding()
        self._digest = hashlib.sha256(definition).hexdigest()

    @property
    def vocabulary_size(self) -> int:
        """One more than the highest id, so that every id is below it."""
        return max(self._fast.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    @property
    def digest(self) -> str:
        return self._digest

    def encode(self, text: str) -> list[int]:
        """Raises ModelError where there is no token for some part of the text, not even an unknown one."""
        return self._ids(text, add_special_tokens=False)

    def decode(self, ids: Sequence[int], keep_special: bool = False) -> str:
        return str(self._fast.decode(list(ids), skip_special_tokens=not keep_special))

    def token_id(self, token: str) -> int | None:
        """The id of one whole token, or None if the vocabulary lacks it."""
        found: int | None = self._fast.token_to_id(token)
        return found

    def leading_id(self) -> int | None:
        """The id that the definition puts before every plain text (usually bos), or None."""
        marked, bare = self._ids("a", add_special_tokens=True), self.encode("a")
        return int(marked[0]) if marked[1 : 1 + len(bare)] == bare else None

    def _ids(self, text: str, add_special_tokens: bool) -> list[int]:
        try:
            return list(self._fast.encode(text, add_special_tokens=add_special_tokens).ids)
        except Exception as error:  # the library raises plain Exception
            raise ModelError(
                f"The model's tokenizer cannot read a text: {error}.", "Choose another model."
            ) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"The model folder {file.parent.name} has no {FILE}, the only kind of tokenizer Engram reads.",
            "With transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) writes one.",
        ) from None
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Check who owns it.") from error
