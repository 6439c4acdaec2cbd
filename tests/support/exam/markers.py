"""Planted markers, and the search for every form in which one of them may have got through (promise 3).

    planted = markers(200)
    ... put marker.text through every entry of the program ...
    assert hits(home, planted) == []

A marker is looked for as it is, in base64 at each of its three alignments, escaped for an address, in JSON's
escapes, in hexadecimal and reversed; compressed files are unpacked first.

Not here: the entries.
"""

from __future__ import annotations

import base64
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.support.exam import personal, secrets
from tests.support.exam.samples import Sample
from tests.support.exam.wrappers import WRAPPERS

SHORTEST = 8  # characters; shorter values would be found by chance


@dataclass(frozen=True)
class Hit:
    """A marker that was found."""

    file: Path
    family: str
    form: str  # "plain", "base64", ...


def markers(count: int = 200, seed: int = 77, personal_share: float = 0.25) -> list[Sample]:
    """Distinct one-line samples with values long enough to be found for certain, most of them secrets."""
    people = [name for name in personal.STRUCTURED if personal.type_of(name) in ("email", "card", "iban")]
    first = chosen(personal.one, personal.WRAPPERS, people, round(count * personal_share), seed)
    return first + chosen(secrets.one, WRAPPERS, list(secrets.FAMILIES), count - len(first), seed)


def chosen(
    one: Callable[[str, str, int, int], Sample],
    wrappers: Sequence[str],
    families: Sequence[str],
    count: int,
    seed: int,
) -> list[Sample]:
    """The families in turn, each in the surroundings in turn."""
    found: dict[str, Sample] = {}
    number = 0
    while len(found) < count:
        sample = one(families[number % len(families)], wrappers[number % len(wrappers)], number, seed)
        if len(sample.value) >= SHORTEST and "\n" not in sample.text:
            found.setdefault(sample.value, sample)
        number += 1
    return list(found.values())


def forms(value: str) -> dict[str, set[bytes]]:
    """How the value may stand in a file. Parts of base64 that depend on the neighbours are cut off."""
    raw = value.encode()
    found = {
        "plain": {raw},
        "address": {quote(value, safe="").encode(), quote(value).encode()},
        "json": {value.encode("unicode_escape"), value.replace("/", "\\/").encode()},
        "hexadecimal": {raw.hex().encode(), raw.hex().upper().encode()},
        "reversed": {raw[::-1]},
        "utf-16": {value.encode("utf-16-le")},
        "base64": set(),
    }
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        core = text[(0, 2, 3)[shift] : (len(raw) + shift) * 8 // 6]  # whole sextets of the value alone
        found["base64"] |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def unpacked(file: Path) -> Iterator[bytes]:
    """The bytes of the file, the same without line breaks, and what is inside if it is packed."""
    raw = file.read_bytes()
    yield raw
    yield raw.replace(b"\n", b"").replace(b"\r", b"")
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            yield unpack(raw)
        except (OSError, EOFError, zlib.error):
            continue


def hits(folder: Path, planted: Sequence[Sample]) -> list[Hit]:
    """Every marker in every form, in the names and the contents of all files below the folder."""
    wanted = [
        (sample.family, form, text)
        for sample in planted
        for form, texts in forms(sample.value).items()
        for text in texts
    ]
    found = set()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for raw in (str(file.relative_to(folder)).encode(), *unpacked(file)):
            found |= {Hit(file, family, form) for family, form, text in wanted if text in raw}
    return sorted(found, key=lambda hit: (str(hit.file), hit.family, hit.form))
