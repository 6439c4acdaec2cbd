"""Every reader of files, each with a sound file to begin with: who fuzzing asks.

Not here: the files (sound_files.py), or the tests (test_fuzz.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults import sound_files as sound
from tests.support.road import PATTERNS, engram

from engram.config import DataSettings
from engram.disk import to_json
from engram.home import Home
from engram.lessons.bulk import check_bulk
from engram.lessons.dataset import read_dataset
from engram.lessons.frames import CHATML
from engram.lessons.own_data import read_own_data
from engram.lessons.reader import read_patterns
from engram.measure.harness import read_tasks
from engram.measure.probes import parse_suite
from engram.measure.transcripts import read_transcripts
from engram.models.fake import fake_base
from engram.models.folder import base_from_folder
from engram.settings_file import read_settings
from engram.sleep.retained import retained
from engram.sleep.trend_lines import read_trends
from engram.synth.completions import parse_completion, server_says, tokens_of
from engram.synth.folder import SynthFolder
from engram.synth.replies import parse_reply
from engram.training.checkpoint import RunFolder
from engram.training.publish import verify_adapter
from engram.training.state import LoopState
from engram.types import Message


@dataclass(frozen=True)
class Reader:
    """A file in a folder that `prepare` made, and how it is read."""

    file: str
    read: Callable[[Path], object]
    prepare: Callable[[Path], None]


def read_run(folder: Path) -> None:
    """As `train --resume` does before its first step."""
    checkpoint = RunFolder.resume(folder / "run", sound.IDENTITY).latest()
    if checkpoint is not None:
        LoopState.from_json(checkpoint.loop)


def list_and_show(folder: Path) -> None:
    for words in (["adapters", "list"], ["adapters", "show", "v1"]):
        assert engram(*words, "--home", folder).code in (0, 1)


def read_model(folder: Path) -> None:
    """And use what was read on one conversation: its template is a program that came with the file."""
    renderer = base_from_folder(folder, "model", "revision").renderer
    renderer.prompt([Message("user", "a b")])
    renderer.conversation([Message("user", "a"), Message("assistant", "b")])


def read_teacher(folder: Path) -> None:
    """A body as it came over the network: an answer, and perhaps an error."""
    body = (folder / "x.json").read_bytes()
    assert isinstance(server_says(body), str) and min(tokens_of(body)) >= 0
    parse_reply(parse_completion(body), 1)


def read_answer(folder: Path) -> None:
    SynthFolder(folder / "out").check({"version": 1})
    SynthFolder(folder / "out").answer(sound.ASK)


READERS: dict[str, Reader] = {
    "YAML patterns": Reader(
        "x.yaml", lambda folder: read_patterns([folder / "x.yaml"]), sound.just("x.yaml", PATTERNS.encode())
    ),
    "JSONL patterns": Reader(
        "x.jsonl", lambda folder: read_patterns([folder / "x.jsonl"]), sound.just("x.jsonl", sound.JSONL)
    ),
    "JSONL bulk": Reader(
        "x.jsonl", lambda folder: check_bulk([folder / "x.jsonl"]), sound.just("x.jsonl", sound.JSONL)
    ),
    "settings": Reader(
        "x.toml", lambda folder: read_settings(folder / "x.toml"), sound.just("x.toml", sound.TOML)
    ),
    "YAML settings": Reader(
        "x.yaml", lambda folder: read_settings(folder / "x.yaml"), sound.just("x.yaml", sound.SETTINGS_YAML)
    ),
    **{
        f"own data {name}": Reader(
            name, lambda folder: read_own_data(folder, DataSettings()), sound.just(name, data)
        )
        for name, data in sound.OWN.items()
    },
    "template": Reader(
        "x.jinja",
        lambda folder: fake_base(template=str(folder / "x.jinja")).renderer.prompt([Message("user", "?")]),
        sound.just("x.jinja", CHATML.encode()),
    ),
    "suite": Reader(
        "x.jsonl",
        lambda folder: parse_suite((folder / "x.jsonl").read_bytes().decode("utf-8", "replace"), "x.jsonl"),
        sound.make_suite,
    ),
    "tasks": Reader(
        "x.jsonl", lambda folder: read_tasks(folder / "x.jsonl"), sound.just("x.jsonl", sound.TASKS)
    ),
    "transcripts": Reader(
        "x.jsonl",
        lambda folder: read_transcripts(folder / "x.jsonl", DataSettings()),
        sound.just("x.jsonl", sound.OWN["x.jsonl"]),
    ),
    "trends": Reader("trends.jsonl", lambda folder: retained(read_trends(Home(folder))), sound.make_trends),
    "teacher": Reader("x.json", read_teacher, sound.just("x.json", to_json(sound.COMPLETION))),
    "teacher's answer kept": Reader("out/synth/answers/0001.json", read_answer, sound.make_answer),
    "teacher's plan kept": Reader("out/synth/plan.json", read_answer, sound.make_answer),
    "adapter manifest": Reader(
        "adapters/2026-11-21-1/manifest.json",
        lambda folder: verify_adapter(folder / "adapters" / "2026-11-21-1"),
        sound.make_version,
    ),
    "adapter manifest at the command line": Reader(
        "adapters/2026-11-21-1/manifest.json", list_and_show, sound.make_version
    ),
    "run plan": Reader("run/plan.json", read_run, sound.make_run),
    "checkpoint manifest": Reader("run/checkpoints/step-000001/manifest.json", read_run, sound.make_run),
    "checkpoint loop": Reader("run/checkpoints/step-000001/loop.json", read_run, sound.make_run),
    "checkpoint tensors": Reader("run/checkpoints/step-000001/state.safetensors", read_run, sound.make_run),
    "data set manifest": Reader(
        "rows/manifest.json", lambda folder: read_dataset(folder / "rows"), sound.make_dataset
    ),
    "data set rows": Reader(
        "rows/train.jsonl", lambda folder: read_dataset(folder / "rows"), sound.make_dataset
    ),
    **{
        f"model {name}": Reader(name, read_model, sound.make_model)
        for name in (*sound.MODEL, "chat_template.jinja", "model.safetensors")
    },
}


@cache
def sound_bytes(name: str) -> bytes:
    """The file of a reader, as `prepare` made it."""
    with TemporaryDirectory() as place:
        READERS[name].prepare(Path(place))
        return (Path(place) / READERS[name].file).read_bytes()
