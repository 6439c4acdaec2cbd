"""Promise 19: what a night left is judged again to the same verdict, and one changed byte in it is found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import nights as simulated
from tests.support.road import fake_job
from tests.support.sleeping import FACTS, in_service, shorten_exam, tell

from engram.disk import sha256, to_json, write_folder
from engram.doctor.decisions import decisions
from engram.home import Home
from engram.sleep import night
from engram.sleep.bundle import BUNDLE
from engram.sleep.evidence import Evidence
from engram.sleep.gate import GateRules, judge
from engram.sleep.nights import BEGUN, VERDICT, nights
from engram.sleep.replaying import replay, replay_nights, replay_version
from engram.sleep.sealing import bundle_bytes, decided, read_evidence, seal, unsealed

NAN = float("nan")
KINDS = {
    "good": simulated.Night(),
    "no gain": simulated.Night(gain=0.0),
    "worse": simulated.Night(skills=-0.1),
    "little": simulated.Night(facts=12),
}


def shown(kind: str, seed: int = 0, tasks: int = 800) -> Evidence:
    return simulated.draw(KINDS[kind], np.random.default_rng(seed), tasks, kept=100)


def keep(folder: Path, seen: Evidence, version: str | None = None) -> Path:
    """A night's folder as it is left."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BUNDLE).write_bytes(bundle_bytes(seen))
    (folder / VERDICT).write_bytes(seal(decided(judge(seen)), bundle_bytes(seen), version))
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(tmp_path_factory.mktemp("runs") / "night-1", shown("good", tasks=210), "2026-11-21-1")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 2**16),
    losses=st.tuples(*[st.floats(0, 100) | st.just(NAN)] * 2),
    problems=st.lists(st.text(max_size=20), max_size=2),
    rebuild=st.booleans(),
    tries=st.integers(1, 3),
    mixed_up=st.integers(0, 200),
)
def test_every_verdict_is_the_same_when_judged_again(
    tmp_path: Path,
    kind: str,
    seed: int,
    losses: tuple[float, float],
    problems: list[str],
    rebuild: bool,
    tries: int,
    mixed_up: int,
) -> None:
    seen = replace(
        shown(kind, seed, tasks=210),
        loss_before=losses[0],
        loss_after=losses[1],
        problems=tuple(problems),
        rebuild=rebuild,
        tries=tries,
        mixed_up=mixed_up,
    )
    try:
        data = bundle_bytes(seen)
    except UnicodeEncodeError:  # half a character, which no sentence of ours holds
        return
    assert judge(read_evidence(data)) == judge(seen)
    assert replay(keep(tmp_path / "night-1", seen)) == []


def test_all_outcomes_occur() -> None:
    assert {judge(shown(kind)).outcome for kind in KINDS} == {"accept", "reject", "not_enough_evidence"}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from([BUNDLE, VERDICT]), where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255)
)
def test_one_changed_byte_is_found(kept: Path, file: str, where: float, mask: int) -> None:
    whole = (kept / file).read_bytes()  # a sound one, as the test above shows
    at = int(where * len(whole))
    try:
        (kept / file).write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
        (problem,) = replay(kept)
        assert kept.name in problem
    finally:
        (kept / file).write_bytes(whole)


def test_a_verdict_that_was_sealed_by_hand_is_found_by_judging_it_again(tmp_path: Path) -> None:
    """Digests find accidents; that the gate says otherwise finds the rest."""
    seen = shown("worse")
    folder = keep(tmp_path / "night-1", seen)
    lie = {**decided(judge(seen)), "outcome": "accept"}
    (folder / VERDICT).write_bytes(seal(lie, bundle_bytes(seen), None))
    assert "it was accept, and judged again it is reject" in replay(folder)[0]
    better = shown("good")
    (folder / BUNDLE).write_bytes(bundle_bytes(better))
    (folder / VERDICT).write_bytes(seal(decided(judge(seen)), bundle_bytes(better), None))
    assert "it was reject, and judged again it is accept" in replay(folder)[0]


def test_a_night_is_judged_again_by_the_rules_of_its_day(tmp_path: Path) -> None:
    seen, strict = shown("good"), GateRules(gain=0.9)
    assert judge(seen, strict).outcome == "reject"
    folder = keep(tmp_path / "night-1", seen)
    (folder / VERDICT).write_bytes(seal(decided(judge(seen, strict), strict), bundle_bytes(seen), None))
    assert replay(folder) == []


def test_a_night_from_before_a_rule_is_judged_again_without_it(tmp_path: Path) -> None:
    """Its bundle does not count mixed-up answers, and its verdict knows of no such rule."""
    seen = shown("good")
    data = bundle_bytes(seen)
    assert b"mixed_up" not in data and b"mixed_up" in bundle_bytes(replace(seen, mixed_up=1))
    then = decided(judge(seen, GateRules(mixed_up=0)), GateRules(mixed_up=0))
    del then["rules"]["mixed_up"]
    folder = keep(tmp_path / "night-1", seen)
    (folder / VERDICT).write_bytes(seal(then, data, None))
    assert replay(folder) == []
    (folder / VERDICT).write_bytes(seal({**then, "outcome": "reject"}, data, None))
    assert replay(folder) != []


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"{}", b"[" * 100_000, b'{"new": 3}', b"\xff", to_json({"digest": "x"})]
)
def test_what_is_no_bundle_and_no_verdict_is_said(tmp_path: Path, data: bytes) -> None:
    folder = keep(tmp_path / "night-1", shown("little"))
    (folder / VERDICT).write_bytes(data)
    assert "cannot be read, or was changed" in replay(folder)[0]
    for read in (read_evidence, unsealed):
        with pytest.raises(ValueError):
            read(data)
    (folder / BUNDLE).unlink()
    assert len(replay(folder)) == 1
    (folder / VERDICT).unlink()
    assert replay(folder) == []


def test_evidence_that_says_more_is_refused() -> None:
    said = json.loads(bundle_bytes(shown("little")))
    for more in (
        {**said, "note": "x"},
        {**said, "loss_before": "2.0"},
        {**said, "safety": {**said["safety"], "x": 1}},
    ):
        with pytest.raises(ValueError):
            read_evidence(to_json(more))


def test_a_version_holds_what_it_was_promoted_by(tmp_path: Path) -> None:
    seen = shown("good")

    def publish(name: str, **manifest: object) -> Path:
        write_folder(tmp_path / name, {BUNDLE: bundle_bytes(seen)}, manifest)
        return tmp_path / name

    good = {"night": "night-1", "verdict": "accept", "decision": decided(judge(seen))}
    assert replay_version(publish("v1", **good)) == []
    assert replay_version(publish("v2")) == []  # taught by hand
    lie = {**good, "decision": {**good["decision"], "checks": []}}  # type: ignore[dict-item]
    assert "checks differ" in replay_version(publish("v3", **lie))[0]
    file = tmp_path / "v1" / BUNDLE
    file.write_bytes(file.read_bytes().replace(b'"before": false', b'"before":  true', 1))
    assert "not what it was promoted by" in replay_version(tmp_path / "v1")[0]
    (tmp_path / "v1" / "manifest.json").write_bytes(b"{")
    assert "cannot be read" in replay_version(tmp_path / "v1")[0]


def test_the_doctor_judges_all_nights_of_a_home_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real nights on the fake model, one refused and one accepted by rules that ask for nothing."""
    shorten_exam(monkeypatch)
    job = fake_job(tmp_path / "home")
    assert list(decisions(Home(tmp_path / "none"))) == []
    tell(job, FACTS[:4])
    monkeypatch.setattr(night, "too_few", lambda agenda, begun: None)
    ended = [night.sleep(job, night.Wishes(reset=reset)) for reset in (False, True)]
    assert all(ended) and [folder.name for folder in nights(job.home)] == [
        one.night.name for one in ended if one
    ]
    assert replay_nights(job.home) == (2, [])
    seen = shown("good")
    promoted = {"night": "night-3", "verdict": "accept", "decision": decided(judge(seen))}
    write_folder(job.home.adapter("v9"), {BUNDLE: bundle_bytes(seen)}, promoted)
    (job.home.adapters / "current").symlink_to("v9", target_is_directory=True)
    assert replay_nights(job.home) == (3, [])
    shutil.rmtree(job.home.adapter("v9"))
    (ok,) = decisions(job.home)
    assert ok.state == "ok" and ok.what.startswith("2 verdicts")
    assert in_service(job) is None
    folder = nights(job.home)[1]
    assert unsealed((folder / VERDICT).read_bytes())["bundle"] == sha256((folder / BUNDLE).read_bytes())
    (folder / VERDICT).write_bytes((folder / VERDICT).read_bytes().replace(b"cannot tell", b"holds", 1))
    (broken,) = decisions(job.home)
    assert broken.state == "broken" and folder.name in broken.what
    (folder / VERDICT).unlink()
    assert (folder / BEGUN).exists() and replay_nights(job.home) == (1, [])
