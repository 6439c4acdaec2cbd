"""Markers are found in every form they may take, and marks are counted right."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.support.exam.clean import clean_lines
from tests.support.exam.markers import hits, markers
from tests.support.exam.marking import Mark, at_most, false_flags, missed, recall
from tests.support.exam.secrets import samples


def test_two_hundred_markers() -> None:
    planted = markers(200)
    assert len({marker.value for marker in planted}) == 200 and markers(200) == planted
    assert len({marker.family for marker in planted}) >= 100
    assert sum(marker.type == "secret" for marker in planted) == 150


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
@pytest.mark.parametrize("form", ["plain", "base64", "address", "json", "hexadecimal", "utf-16"])
def test_a_marker_is_found_in_every_form(form: str, before: bytes, tmp_path: Path) -> None:
    planted = markers()
    marker = next(marker for marker in planted if "%" in marker.value)
    raw = before + marker.value.encode() + b"tail"
    written = {
        "plain": raw,
        "base64": base64.encodebytes(raw),
        "address": quote(raw, safe="").encode(),
        "json": json.dumps(raw.decode()).encode(),
        "hexadecimal": raw.hex().encode(),
        "utf-16": raw.decode().encode("utf-16"),
    }[form]
    (tmp_path / "a.bin").write_bytes(b"noise" * 9 + written)
    assert form in {hit.form for hit in hits(tmp_path, [marker])}
    assert hits(tmp_path, [other for other in planted if other.value != marker.value]) == []


def test_archives_and_names_are_searched(tmp_path: Path) -> None:
    planted = [marker for marker in markers() if marker.value.isalnum()][:3]
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", f"--{planted[0].value}--")
    (tmp_path / "b.gz").write_bytes(gzip.compress(planted[1].value.encode() * 3))
    (tmp_path / planted[2].value[:200]).write_text("nothing")
    found = {hit.family for hit in hits(tmp_path, planted)}
    assert found == {marker.family for marker in planted}


def test_bounds_are_exact() -> None:
    """The rule of three, and the definition: at the bound the count is as improbable as said."""
    assert Mark(300, 300).lower == pytest.approx(0.05 ** (1 / 300))
    assert Mark(1000, 0).upper == pytest.approx(1 - 0.05 ** (1 / 1000))
    mark = Mark(2000, 1990)
    assert at_most(10, 2000, 1 - mark.lower) == pytest.approx(0.05, rel=1e-6)
    assert mark.lower < mark.rate < mark.upper and Mark(5, 0).lower == 0.0


def test_a_perfect_and_a_blind_finder() -> None:
    made = samples(count=200)
    places = {sample.text: (sample.start, sample.end) for sample in made}
    perfect = recall(lambda text: [places[text]], made, by="wrapper")
    assert perfect["all"] == Mark(200, 200) and len(perfect) == 6
    assert recall(lambda text: [], made)["all"].count == 0
    assert missed(lambda text: [(places[text][0] + 1, places[text][1])], made) == made
    assert false_flags(lambda text: [(0, 1)] if "12" in text else [], clean_lines(500))["all"].count > 0
