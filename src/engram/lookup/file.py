"""The exact memory as one safetensors file: sorted, so that equal tables are equal bytes.

A column per field, each over all facts: texts as their UTF-8 bytes with a length per fact, numbers as they
are. All metadata is one entry, since the format does not order several. It names the tokenizer that the
answers' ids are of: under another one the answers' texts are encoded anew. A digest covers everything, so a
damaged file is told from a whole one. Derived from the ledger, so the way out is always to build it again.
Not here: when it is built, and locks (whoever owns the ledger). Format: github.com/huggingface/safetensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from engram.artifacts import safetensors_header
from engram.disk import Files, write_file
from engram.errors import ArtifactError, UsageError
from engram.lookup.facts import Fact
from engram.lookup.table import FactTable, Ids
from engram.types import Tokenizer

VERSION = 1
_ENTRY = "engram.lookup"
_ALWAYS, _NO_SOURCE = 0.0, -1
_TEXTS = ("namespace", "key", "answer", "aliases", "since")
_NUMBERS: Mapping[str, str] = {"probability": "<f8", "release": "|u1", "source": "<i8"}
_REBUILD = "It is made from the ledger: build it again."

Columns = dict[str, npt.NDArray[Any]]


def save(table: FactTable, path: Path, tokenizer: Tokenizer, files: Files | None = None) -> None:
    """Write the table whole or not at all. Raises StorageError when the disk refuses."""
    write_file(path, to_bytes(table, tokenizer), files)


def to_bytes(table: FactTable, tokenizer: Tokenizer) -> bytes:
    """The file's bytes: they depend on the facts and the tokenizer, not on how the table came about."""
    facts = table.facts()
    columns: Columns = {}
    for name in _TEXTS:
        _put_texts(columns, name, [_text(fact, name) for fact in facts])
    columns["probability"] = _numbers("probability", (fact.probability or _ALWAYS for fact in facts))
    columns["release"] = _numbers("release", (fact.end == "release" for fact in facts))
    columns["source"] = _numbers(
        "source", (_NO_SOURCE if fact.source is None else fact.source for fact in facts)
    )
    _put_ids(columns, [table.encoded(fact, tokenizer) for fact in facts], tokenizer)
    about = {"facts": len(facts), "tokenizer": tokenizer.digest, "version": VERSION}
    about["sha256"] = _digest(about, columns)
    return to_safetensors(columns, {_ENTRY: json.dumps(about, sort_keys=True)})


def load(path: Path, tokenizer: Tokenizer) -> FactTable:
    """The table in `path`. Raises ArtifactError when the file is not whole, or is no file of this kind."""
    about, columns = _read(path)
    try:
        facts = _facts(columns, int(about["facts"]))
        table = FactTable(facts)
        if len(table) != len(facts):
            raise ValueError("two facts have one key")
        if about["tokenizer"] == tokenizer.digest:
            if int(columns["ids"].max(initial=0)) >= tokenizer.vocabulary_size:
                raise ValueError("a token is beyond the vocabulary")
            table.take_encoded(zip(facts, _get_ids(columns), strict=True), tokenizer)
    except (KeyError, ValueError, TypeError, UsageError) as error:
        raise _damaged(path, str(error)) from error
    return table


def _read(path: Path) -> tuple[dict[str, Any], Columns]:
    """Metadata and columns, once the digest fits both."""
    safetensors_header(path)
    try:
        with safe_open(path, framework="numpy") as content:
            about = json.loads((content.metadata() or {})[_ENTRY])
            columns = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        if about["version"] != VERSION:
            raise ValueError(f"it is of version {about['version']}, and this program reads {VERSION}")
        claimed = about.pop("sha256")
        if claimed != _digest(about, columns):
            raise ValueError("its digest does not match")
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(path, str(error)) from error
    return about, columns


def _facts(columns: Columns, count: int) -> list[Fact]:
    texts = {name: _get_texts(columns, name) for name in _TEXTS}
    numbers = {name: columns[name].tolist() for name in _NUMBERS}
    if any(len(column) != count for column in (*texts.values(), *numbers.values())):
        raise ValueError("its columns are of different lengths")
    rows = zip(*texts.values(), *numbers.values(), strict=True)
    return [
        Fact(
            key,
            answer,
            tuple(json.loads(aliases)) if aliases else (),
            None if probability == _ALWAYS else probability,
            "release" if release else "stop",
            namespace,
            None if source == _NO_SOURCE else source,
            since,
        )
        for namespace, key, answer, aliases, since, probability, release, source in rows
    ]


def _text(fact: Fact, name: str) -> str:
    if name == "aliases":
        return json.dumps(fact.aliases, ensure_ascii=False) if fact.aliases else ""
    return str(getattr(fact, name))


def _numbers(name: str, values: Iterable[float]) -> npt.NDArray[Any]:
    return np.array(list(values), dtype=_NUMBERS[name])


def _put_texts(columns: Columns, name: str, texts: Sequence[str]) -> None:
    data = [text.encode("utf-8") for text in texts]
    columns[name] = np.frombuffer(b"".join(data), dtype="|u1")
    columns[f"{name}.lengths"] = np.array([len(one) for one in data], dtype="<u4")


def _get_texts(columns: Columns, name: str) -> list[str]:
    data = columns[name].tobytes()
    places = _places(columns, name, len(data))
    return [data[start:end].decode("utf-8") for start, end in places]


def _put_ids(columns: Columns, answers: Sequence[Ids], tokenizer: Tokenizer) -> None:
    kind = "<u2" if tokenizer.vocabulary_size <= 1 << 16 else "<u4"
    columns["ids"] = np.array([token for ids in answers for token in ids], dtype=kind)
    columns["ids.lengths"] = np.array([len(ids) for ids in answers], dtype="<u4")


def _get_ids(columns: Columns) -> list[npt.NDArray[Any]]:
    values = columns["ids"]
    return [values[start:end] for start, end in _places(columns, "ids", len(values))]


def _places(columns: Columns, name: str, size: int) -> list[tuple[int, int]]:
    ends = np.cumsum(columns[f"{name}.lengths"], dtype=np.int64)
    if (int(ends[-1]) if len(ends) else 0) != size:
        raise ValueError(f"the lengths of its column {name} do not add up")
    return list(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)) if len(ends) else []


def _digest(about: Mapping[str, Any], columns: Columns) -> str:
    """sha256 over the metadata and every column's name, type and bytes."""
    whole = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, values in sorted(columns.items()):
        whole.update(f"{name} {values.dtype.str} {values.size} ".encode())
        whole.update(np.ascontiguousarray(values).data)
    return whole.hexdigest()


def _damaged(path: Path, why: str) -> ArtifactError:
    return ArtifactError(f"{path.name} cannot be read as an exact memory: {why}.", _REBUILD)
