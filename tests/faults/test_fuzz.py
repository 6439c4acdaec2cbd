"""Promise 20: whatever a file holds, its reader gives a value or one of our errors, and nothing else.

Not here: what a sound file means (each room's own tests).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.faults.hostile import contents, rewritten
from tests.support.road import PATTERNS, engram, write_patterns

from engram.backends.base import AdapterWeights
from engram.config import DataSettings
from engram.disk import to_json, write_folder
from engram.errors import EngramError
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
from engram.models.resolve import SEEDLING
from engram.settings_file import read_settings
from engram.sleep.retained import retained
from engram.sleep.trend_lines import Part, Share, Trend, append_trend, read_trends
from engram.synth.asks import Ask
from engram.synth.completions import parse_completion, server_says, tokens_of
from engram.synth.folder import Answered, SynthFolder
from engram.synth.replies import parse_reply
from engram.training.checkpoint import RunFolder, tensor_bytes
from engram.training.publish import verify_adapter
from engram.training.state import LoopState
from engram.training.versions import publish_version
from engram.types import Message

TOML = b"""\
[model]
model = "seedling"
[train]
iters = "auto"
rank = 8
learning_rate = 1e-3
target_modules = ["q_proj", "v_proj"]
[data]
valid_fraction = 0.2
"""
SETTINGS_YAML = b"""\
profile: chat
model: {model: seedling}
train:
  iters: auto
  learning_rate: 1e-3
  target_modules: [q_proj, v_proj]
"""
TURNS = [
    {"role": "user", "content": "a?"},
    {"role": "assistant", "content": "<think>b</think>c", "tool_calls": [{"function": {"name": "f"}}]},
    {"role": "tool", "content": "d"},
    {"role": "assistant", "content": [{"type": "text", "text": "e"}]},
]
OWN = {
    "x.jsonl": b"".join(json.dumps({"messages": TURNS}).encode() + b"\n" for _ in range(3)),
    "x.json": json.dumps({"data": [{"instruction": "a", "input": None, "output": "b"}] * 3}).encode(),
    "x.csv": b'prompt;completion\n"a;b";"c\nd"\ne;f\n',
}
JSONL = b"".join(
    json.dumps({"input": f"{key} key", "output": key, "category": "keys", "holdout": key == "c"}).encode()
    + b"\n"
    for key in "abc"
)
_END = {"id": 0, "content": "<|im_end|>", "special": True, "lstrip": False, "rstrip": False}
MODEL = {
    "config.json": {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": 8,
        "max_position_embeddings": 64,
        "eos_token_id": [0, 1],
    },
    "generation_config.json": {"eos_token_id": 0},
    "tokenizer_config.json": {
        "eos_token": "<|im_end|>",
        "chat_template": [{"name": "default", "template": "x"}],
    },
    "special_tokens_map.json": {"bos_token": {"content": "a"}, "unk_token": "b"},
    "tokenizer.json": {
        "version": "1.0",
        "added_tokens": [{**_END, "single_word": False, "normalized": False}],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"<|im_end|>": 0, "a": 1, "b": 2}, "unk_token": "b"},
    },
    "model.safetensors.index.json": {"weight_map": {"step": "model.safetensors"}},
}
IDENTITY = {"settings": {"rank": 8, "seed": 0}, "data": "digest"}
TENSORS = {"step": np.zeros(1, np.int64)}


TASKS = b"""\
{"id": "a", "category": "keys", "prompt": "Key?", "type": "contains_any", "expected": ["one", "uno"]}
{"id": "b", "category": "k", "prompt": "Key?", "type": "regex", "expected": "^(tw|du)[eo]$", "max_tokens": 8}
{"id": "c", "category": "sums", "prompt": "2 + 2?", "type": "numeric", "expected": 4, "tolerance": 0.5}
{"id": "d", "category": "form", "prompt": "List.", "type": "format_bullets", "expected": [2, 3]}
{"id": "e", "category": "form", "prompt": "JSON.", "type": "json_keys", "expected": ["name"]}
{"id": "f", "category": "code", "prompt": "Add.", "type": "python_tests", "expected": "assert f(1) == 2"}
"""


@dataclass(frozen=True)
class Reader:
    """A file in a folder that `prepare` made, and how it is read."""

    file: str
    read: Callable[[Path], object]
    prepare: Callable[[Path], None]


def just(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: void((folder / name).write_bytes(data))


def void(_: object) -> None:
    return None


def make_version(folder: Path) -> None:
    home = Home(folder).create()
    weights = AdapterWeights({"lora_B.weight": np.ones((1, 1), np.float32)}, {"peft_type": "LORA"})
    publish_version(home, fake_base(), weights, {"sources": ["a"], "splits": {"recall": None}})


def make_run(folder: Path) -> None:
    run = RunFolder.start(folder / "run", IDENTITY)
    run.append({"step": 1, "loss": 1.0})
    run.save(1, TENSORS, loop())


def loop() -> dict[str, object]:
    return json.loads(to_json(asdict(LoopState(step=1))))  # type: ignore[no-any-return]


def make_model(folder: Path) -> None:
    """A folder with every file that a model may have, as small as can be."""
    for name, value in MODEL.items():
        (folder / name).write_bytes(to_json(value))
    (folder / "chat_template.jinja").write_bytes((SEEDLING / "chat_template.jinja").read_bytes())
    (folder / "model.safetensors").write_bytes(tensor_bytes(TENSORS))


def make_dataset(folder: Path) -> None:
    write_patterns(folder)
    assert engram("data", "build", folder / "tiny.yaml", "--out", folder / "rows").code == 0


def read_run(folder: Path) -> None:
    """As `train --resume` does before its first step."""
    checkpoint = RunFolder.resume(folder / "run", IDENTITY).latest()
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


ASK = Ask(1, "tea", "a kind", 1, "train")
CONVERSATION = {"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}]}
COMPLETION = {
    "choices": [
        {"message": {"content": json.dumps({"conversations": [CONVERSATION]})}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    "error": {"message": "c"},
}


def read_teacher(folder: Path) -> None:
    """A body as it came over the network: an answer, and perhaps an error."""
    body = (folder / "x.json").read_bytes()
    assert isinstance(server_says(body), str) and min(tokens_of(body)) >= 0
    parse_reply(parse_completion(body), 1)


def make_answer(folder: Path) -> None:
    with SynthFolder(folder / "out").opened({"version": 1}):
        SynthFolder(folder / "out").keep(ASK, Answered(((Message("user", "a?"), Message("assistant", "b")),)))


def read_answer(folder: Path) -> None:
    SynthFolder(folder / "out").check({"version": 1})
    SynthFolder(folder / "out").answer(ASK)


def suite() -> bytes:
    lines = (resources.files("engram.measure") / "suites" / "skills.jsonl").read_bytes().splitlines()[:3]
    return b"\n".join(lines) + b"\n"


def make_trends(folder: Path) -> None:
    part, share = {"new": Part(0.1, 0.9, 120)}, {"night-20261121-1": Share(108, 120)}
    figures = (*("2026-11-21T03:12:00Z", "accept", "2026-11-21-1", 40, 40), part, 2.1, 2.2, share, (1, 2))
    append_trend(Home(folder), Trend("night-20261121-1", *figures))


READERS: dict[str, Reader] = {
    "YAML patterns": Reader(
        "x.yaml", lambda folder: read_patterns([folder / "x.yaml"]), just("x.yaml", PATTERNS.encode())
    ),
    "JSONL patterns": Reader(
        "x.jsonl", lambda folder: read_patterns([folder / "x.jsonl"]), just("x.jsonl", JSONL)
    ),
    "JSONL bulk": Reader("x.jsonl", lambda folder: check_bulk([folder / "x.jsonl"]), just("x.jsonl", JSONL)),
    "settings": Reader("x.toml", lambda folder: read_settings(folder / "x.toml"), just("x.toml", TOML)),
    "YAML settings": Reader(
        "x.yaml", lambda folder: read_settings(folder / "x.yaml"), just("x.yaml", SETTINGS_YAML)
    ),
    **{
        f"own data {name}": Reader(
            name, lambda folder: read_own_data(folder, DataSettings()), just(name, data)
        )
        for name, data in OWN.items()
    },
    "template": Reader(
        "x.jinja",
        lambda folder: fake_base(template=str(folder / "x.jinja")).renderer.prompt([Message("user", "?")]),
        just("x.jinja", CHATML.encode()),
    ),
    "suite": Reader(
        "x.jsonl",
        lambda folder: parse_suite((folder / "x.jsonl").read_bytes().decode("utf-8", "replace"), "x.jsonl"),
        lambda folder: void((folder / "x.jsonl").write_bytes(suite())),
    ),
    "tasks": Reader("x.jsonl", lambda folder: read_tasks(folder / "x.jsonl"), just("x.jsonl", TASKS)),
    "transcripts": Reader(
        "x.jsonl",
        lambda folder: read_transcripts(folder / "x.jsonl", DataSettings()),
        just("x.jsonl", OWN["x.jsonl"]),
    ),
    "trends": Reader("trends.jsonl", lambda folder: retained(read_trends(Home(folder))), make_trends),
    "teacher": Reader("x.json", read_teacher, just("x.json", to_json(COMPLETION))),
    "teacher's answer kept": Reader("out/synth/answers/0001.json", read_answer, make_answer),
    "teacher's plan kept": Reader("out/synth/plan.json", read_answer, make_answer),
    "adapter manifest": Reader(
        "adapters/2026-11-21-1/manifest.json",
        lambda folder: verify_adapter(folder / "adapters" / "2026-11-21-1"),
        make_version,
    ),
    "adapter manifest at the command line": Reader(
        "adapters/2026-11-21-1/manifest.json", list_and_show, make_version
    ),
    "run plan": Reader("run/plan.json", read_run, make_run),
    "checkpoint manifest": Reader("run/checkpoints/step-000001/manifest.json", read_run, make_run),
    "checkpoint loop": Reader("run/checkpoints/step-000001/loop.json", read_run, make_run),
    "checkpoint tensors": Reader("run/checkpoints/step-000001/state.safetensors", read_run, make_run),
    "data set manifest": Reader(
        "rows/manifest.json", lambda folder: read_dataset(folder / "rows"), make_dataset
    ),
    "data set rows": Reader("rows/train.jsonl", lambda folder: read_dataset(folder / "rows"), make_dataset),
    **{
        f"model {name}": Reader(name, read_model, make_model)
        for name in (*MODEL, "chat_template.jinja", "model.safetensors")
    },
}
SIZES = [20, pytest.param(1_000, marks=pytest.mark.slow)]


@cache
def sound_bytes(name: str) -> bytes:
    """The file of a reader, as `prepare` made it."""
    with TemporaryDirectory() as place:
        READERS[name].prepare(Path(place))
        return (Path(place) / READERS[name].file).read_bytes()


@pytest.mark.parametrize("name", READERS)
def test_the_sound_file_is_read(name: str, tmp_path: Path) -> None:
    """Else everything below would be refused for some other reason."""
    READERS[name].prepare(tmp_path)
    READERS[name].read(tmp_path)


@pytest.mark.parametrize("examples", SIZES)
@pytest.mark.parametrize("name", READERS)
def test_whatever_a_file_holds(name: str, examples: int, tmp_path: Path) -> None:
    reader = READERS[name]
    reader.prepare(tmp_path)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(contents(sound_bytes(name)))
    def check(data: bytes) -> None:
        (tmp_path / reader.file).write_bytes(data)
        expect_ours(reader.read, tmp_path)

    check()


def expect_ours(read: Callable[[Path], object], folder: Path) -> None:
    """A value, or an error of ours that says something; anything else fails the test that calls this."""
    try:
        read(folder)
    except EngramError as error:
        assert error.message and error.exit_code in (1, 2)


@pytest.mark.parametrize("examples", SIZES)
def test_a_checkpoint_that_vouches_for_a_strange_loop(examples: int, tmp_path: Path) -> None:
    """Digests are right and the content is not: another program's, or another version's."""
    make_run(tmp_path)
    folder = tmp_path / "run" / "checkpoints" / "step-000001"
    sound = json.loads((folder / "loop.json").read_bytes())

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rewritten(sound))
    def check(data: bytes) -> None:
        shutil.rmtree(folder)
        files = {"loop.json": data, "state.safetensors": tensor_bytes(TENSORS)}
        write_folder(folder, files, {"kind": "checkpoint", "step": 1})
        expect_ours(read_run, tmp_path)

    check()


@pytest.mark.parametrize("examples", SIZES)
def test_bulk_and_plain_reading_of_lines_agree(examples: int, tmp_path: Path) -> None:
    """Both take a file with as many patterns, or both refuse it."""
    file = tmp_path / "x.jsonl"

    def count(read: Callable[[], int]) -> int | None:
        try:
            return read()
        except EngramError:
            return None

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(contents(JSONL))
    def check(data: bytes) -> None:
        file.write_bytes(data)
        assert count(lambda: len(read_patterns([file]))) == count(lambda: sum(check_bulk([file])))

    check()
