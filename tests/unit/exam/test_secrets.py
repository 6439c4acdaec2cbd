"""The exam on secrets: enough families, every surrounding, spans that are right, the same every time."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

import pytest
from tests.support import exam
from tests.support.exam.pieces import ALNUM
from tests.support.exam.samples import Sample, covered, excess, leaked
from tests.support.exam.secrets import FAMILIES, one, samples
from tests.support.exam.wrappers import WRAPPERS

ROOM = Path(next(iter(exam.__path__)))
FULL = len(FAMILIES) * len(WRAPPERS)


def test_at_least_forty_families_in_five_surroundings() -> None:
    assert len(FAMILIES) >= 150
    cells = {(sample.family, sample.wrapper) for sample in samples(count=FULL)}
    assert cells == {(family, wrapper) for family in FAMILIES for wrapper in WRAPPERS}
    assert len(WRAPPERS) == 5


def test_values_are_planted_once_and_whole() -> None:
    for sample in samples(count=2 * FULL, seed=5):
        assert 0 <= sample.start < sample.end <= len(sample.text)
        assert len(sample.value) >= 8, sample.family
        assert sample.text.count(sample.value) == 1, sample.family
        assert sample.value == sample.value.strip()


def test_no_two_values_are_alike() -> None:
    made = samples(count=3 * FULL, seed=6)
    assert len({sample.value for sample in made}) > 0.99 * len(made)  # people choose alike now and then
    assert len({sample.text for sample in made}) == len(made)


def test_a_seed_says_everything_and_counts_change_nothing() -> None:
    assert samples(count=300, seed=7) == samples(count=900, seed=7)[:300]
    assert samples(count=300, seed=7) != samples(count=300, seed=8)
    assert {sample.family for sample in samples("jwt-hs256", 20)} == {"jwt-hs256"}


def test_wordings_vary() -> None:
    """Twenty samples of a cell stand in at least three wordings."""
    for wrapper in WRAPPERS:
        frames = {
            sample.text.replace(sample.value, "")
            for sample in (one("generic-api-key", wrapper, number) for number in range(20))
        }
        assert len(frames) >= 3, wrapper


def test_json_stays_json() -> None:
    whole = [sample for sample in samples(count=FULL, seed=9) if sample.wrapper == "json"]
    parsed = [sample for sample in whole if sample.text.startswith("{")]
    assert len(parsed) > len(whole) / 2
    for sample in parsed:
        json.loads(sample.text)


def test_checksums_of_github_and_npm() -> None:
    """The last six characters are the CRC-32 of the thirty before, read as a number in base 62."""
    for family in ("github-token", "npm-token"):
        for sample in samples(family, 30):
            body, check = sample.value[4:34], sample.value[34:]
            number = 0
            for sign in check:
                number = number * 62 + ALNUM.index(sign)
            assert number == zlib.crc32(body.encode()), sample.value


def test_tokens_and_blocks_have_their_frames() -> None:
    for sample in samples("jwt-rs256", 5):
        head, claims, signature = sample.value.split(".")
        assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "RS256"
        assert "sub" in json.loads(base64.urlsafe_b64decode(claims + "=="))
        assert len(base64.urlsafe_b64decode(signature + "==")) == 256
    for sample in samples("ssh-private-key", 5):
        text = sample.value.replace("\\n", "\n")
        body = "".join(text.split("\n")[1:-1])
        assert base64.b64decode(body).startswith(b"openssh-key-v1\0")


def test_no_source_holds_what_looks_like_a_secret() -> None:
    """No value is ever in a file of the exam, and no long mixed string is: scanners must stay silent."""
    sources = {file.name: file.read_text(encoding="utf-8") for file in ROOM.glob("*.py")}
    assert len(sources) > 20
    together = "\n".join(sources.values())
    assert not [sample for sample in samples(count=FULL) if sample.value in together]
    for name, text in sources.items():
        for run in re.findall(r"[A-Za-z0-9+/_]{20,}", text):
            mixed = re.search("[a-z]", run) and re.search("[A-Z]", run) and len(re.findall(r"\d", run)) >= 3
            assert not mixed, f"{name}: {run}"
        assert not re.search(r"BEGIN [A-Z ]*PRIVATE KEY", text), name


def test_marks_of_the_examiner() -> None:
    sample = Sample("x", "pw: abcdefghij!", 4, 14)
    assert covered(sample, [(4, 14)]) and covered(sample, [(0, 9), (9, 15)])
    assert not covered(sample, [(5, 14)]) and not covered(sample, [])
    assert excess(sample, [(0, 15)]) == 5 and excess(sample, [(4, 14)]) == 0
    assert leaked(sample.value, "xx bcdefghi xx") and not leaked(sample.value, "xx bcdefgh xx")
    assert leaked("short", "a short one") and not leaked("short", "a shor one")


@pytest.mark.parametrize("family", ["postgres-address", "netrc-line", "basic-header"])
def test_only_the_password_is_planted(family: str) -> None:
    for sample in samples(family, 10):
        assert "://" not in sample.value and "machine" not in sample.value and "Basic" not in sample.value
