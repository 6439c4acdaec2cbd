"""The digests that let the ledger prove itself: a salted one for each entry, each chained to the one before.

A digest is sha256 over 16 random bytes and the entry's immutable fields; a link is sha256 over the link
before it, the digest and the number. An entry can lose text and salt (it is forgotten) and the chain still
holds; without the salt nobody can find the text by guessing. Not here: the table.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

SALT_BYTES = 16
FIELDS = ("kind", "session", "speaker", "source", "said_at", "text", "key", "model", "adapter", "replaces")
"""What never changes and is under the digest. Tags and rating may change."""
OPTIONS = "options"
"""Under the digest too where there are any: entries from before there were such have digests without them."""


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def digest_of(salt: bytes, fields: Mapping[str, Any]) -> bytes:
    """sha256, 32 bytes, over the salt and the fields as JSON with sorted keys and no spaces."""
    chosen = {name: fields[name] for name in FIELDS}
    if fields.get(OPTIONS):
        chosen[OPTIONS] = fields[OPTIONS]
    text = json.dumps(chosen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(salt + text.encode("utf-8")).digest()


def link(before: bytes, digest: bytes, number: int) -> bytes:
    """The chain after one more entry: sha256, 32 bytes. `before` is empty for the first."""
    return hashlib.sha256(before + digest + number.to_bytes(8, "big", signed=True)).digest()
