"""`engram train --data FILE` and `engram data inspect` on data of one's own, with templates and profiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.road import Said, engram

from engram.config import PROFILES
from engram.lessons.frames import TEMPLATES

try:
    import pty
except ImportError:  # Windows
    pty = None  # type: ignore[assignment]

FAST = ("--model", "fake", "--iters", "4", "--save-every", "0", "--replay", "0")
ROWS = [(f"code for tree {i}", f"t-{i}") for i in range(12)]


@pytest.fixture
def pairs(place: Path) -> Path:
    text = "".join(f"{asked};{said}\n" for asked, said in ROWS)
    (place / "trees.csv").write_text(f"prompt;completion\n{text}{ROWS[0][0].upper()};T-0\n")
    return place / "trees.csv"


@pytest.fixture
def chat(place: Path) -> Path:
    turns = [
        {"role": "user", "content": "sum of 2 and 3?"},
        {"role": "assistant", "content": "<think>2+3</think>It is 5."},
    ]
    rows = [turns, [turns[0], {"role": "assistant", "content": "Five \u001b[31m."}], [*turns, turns[0]]]
    (place / "chat.jsonl").write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows))
    return place / "chat.jsonl"


def flat(text: str) -> str:
    """Without the line breaks that the terminal's width made."""
    return " ".join(text.split())


def trained(*words: str | Path) -> Said:
    said = engram("train", *words, *FAST)
    assert said.code == 0, said.err
    return said


def test_train_says_what_it_read_and_left_out(pairs: Path) -> None:
    said = trained("--data", pairs)
    assert "trees.csv: 13 rows, prompt/completion\n" in said.err
    assert "Duplicates left out: 1; the first: trees.csv, row 13 repeats trees.csv, row 1." in flat(said.err)
    assert "10 rows to train, 2 set aside for validation by seed 0." in said.err
    assert said.out.startswith("Version:  2026-11-21-1")
    manifest = engram("adapters", "show", "v1", "--json").json["manifest"]
    assert len(manifest["sources"]) == 10 and all(s.startswith("trees.csv:") for s in manifest["sources"])
    assert str(pairs.parent) not in json.dumps(manifest)


def test_with_json_the_same_is_part_of_the_data(chat: Path) -> None:
    said = trained("--data", chat, "--json")
    assert said.err == "" and any("thinking block" in note for note in said.json["notes"])


def test_rows_that_are_too_long_are_refused_left_out_or_cut(pairs: Path) -> None:
    long = pairs.with_name("long.csv")
    long.write_text(pairs.read_text() + f"say it all;{'x' * 60}\nshort;y\n")
    refused = engram("train", "--data", long, *FAST, "--max-seq-length", "40")
    assert refused.code == 2 and "long.csv:14" in refused.err and "max_seq_length is 40" in refused.err
    for fate, word in (
        ("drop", "left out, as they are longer than 40 tokens: 1"),
        ("cut", "cut at 40 tokens"),
    ):
        said = trained("--data", long, "--max-seq-length", "40", "--too-long", fate, "--valid-fraction", "0")
        assert word in flat(said.err)
    nothing = engram("train", "--data", long, *FAST, "--max-seq-length", "8", "--too-long", "drop")
    assert nothing.code == 2 and "no training row is left" in nothing.err


def test_test_rows_are_what_eval_asks(pairs: Path) -> None:
    folder = pairs.parent / "trees"
    folder.mkdir()
    pairs.rename(folder / "train.csv")
    (folder / "test.csv").write_text("prompt,completion\ncode of a hedge,h-1\n")
    trained("--data", folder)
    found = engram("eval", "--data", folder, "--adapter", "v1", "--model", "fake", "--json")
    assert found.code == 0 and found.json["splits"]["unseen"]["n"] == 1, found.err
    (folder / "test.csv").unlink()
    none = engram("eval", "--data", folder, "--adapter", "v1", "--model", "fake")
    assert none.code == 2 and "no test rows" in none.err


def test_validation_rows_that_are_trained_stop_it(pairs: Path) -> None:
    (pairs.parent / "both").mkdir()
    for name in ("train.csv", "valid.csv"):
        (pairs.parent / "both" / name).write_text(pairs.read_text())
    said = engram("train", "--data", pairs.parent / "both", *FAST)
    assert said.code == 1 and "also stand among those that train" in said.err


@pytest.mark.parametrize("template", [*TEMPLATES, "mine.jinja"])
def test_an_adapter_is_loaded_with_its_template_only(pairs: Path, template: str) -> None:
    mine = "{% for m in messages %}[{{ m.role }}] {{ m.content }}<|end|>{% endfor %}"
    (pairs.parent / "mine.jinja").write_text(mine + "{% if add_generation_prompt %}[assistant] {% endif %}")
    trained("--data", pairs, "--template", template)
    measured = ("eval", "--suite", "skills", "--retention-items", "10", "--adapter", "v1", "--model", "fake")
    assert engram(*measured, "--template", template).code == 0
    said = engram(*measured)
    assert said.code == 1
    assert f"2026-11-21-1 was trained with the template {template}, and this is the model's own" in said.err
    assert f"--template {template}" in said.err
    other = "alpaca" if template != "alpaca" else "chatml"
    assert f"and this is the template {other}" in engram(*measured, "--template", other).err
    trained("--data", pairs)
    said = engram(*measured[:-3], "2026-11-21-2", *measured[-2:], "--template", template)
    assert said.code == 1 and "leave out --template" in said.err


def test_a_template_that_is_not_there(pairs: Path) -> None:
    said = engram("train", "--data", pairs, *FAST, "--template", "chatlm")
    assert said.code == 2 and "Did you mean chatml?" in said.err


def test_a_template_that_had_to_be_fitted_says_so(pairs: Path) -> None:
    said = trained("--data", pairs, "--template", "chatml")
    assert "no token <|im_end|>; its own <|end|> ends a turn" in flat(said.err)


def test_inspect_marks_what_is_trained(chat: Path) -> None:
    said = engram("data", "inspect", chat, "--model", "fake", "--valid-fraction", "0")
    assert said.code == 0
    assert "<|user|>sum of 2 and 3?<|end|><|assistant|>⟦It is 5.<|end|>⟧" in said.out
    assert r"⟦Five \x1b[31m.<|end|>⟧" in said.out and "\x1b" not in said.out + said.err
    assert "chat.jsonl:3 repeats chat.jsonl:1" in said.out
    assert "Rows:       2 train" in said.out and "none is longer" in said.out


@pytest.mark.parametrize(
    ("fate", "word"), [("refuse", "would not start"), ("drop", "left out"), ("cut", "be cut")]
)
def test_inspect_says_what_would_not_fit(chat: Path, fate: str, word: str) -> None:
    words = ("--model", "fake", "--valid-fraction", "0", "--max-seq-length", "29", "--too-long", fate)
    said = engram("data", "inspect", chat, *words)
    assert said.code == 0 and "1 of more than 29 tokens" in said.out and word in said.out
    assert "chat.jsonl:2: 30 tokens" in said.out


def test_inspect_as_json(chat: Path, pairs: Path) -> None:
    said = engram("data", "inspect", pairs, "--model", "fake", "--json", "--examples", "2")
    found = said.json
    assert said.err == "" and found["files"][0]["shape"] == "prompt-completion" and found["model"] == "fake"
    assert found["rows"] == {"train": 10, "valid": 2} and len(found["examples"]) == 2
    assert found["duplicates"] == [{"row": "trees.csv, row 13", "repeats": "trees.csv, row 1"}]
    assert sum(bar["rows"] for bar in found["histogram"]) == 12
    assert found["tokens"]["all"] == sum(len(f"{a}{b}") + 4 for a, b in ROWS)
    engram("data", "build", "tiny.yaml", "--out", "built")
    assert engram("data", "inspect", "built", "--model", "fake", "--json").json["rows"]["recall"] == 3


def test_inspect_needs_no_weights(chat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("torch", "mlx", "transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    said = engram("data", "inspect", chat)
    assert said.code == 0 and "⟦It is 5.<|im_end|>⟧" in said.out


@pytest.mark.skipif(pty is None, reason="no terminals to open on this system")
@pytest.mark.parametrize("no_colour", ["", "1"])
def test_trained_tokens_are_coloured_on_a_terminal(chat: Path, no_colour: str) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_colour}
    words = [sys.executable, "-m", "engram", "data", "inspect", str(chat), "--model", "fake"]
    child = subprocess.Popen(words, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert child.wait(30) == 0
    text = shown.decode()
    assert ("\x1b[1;32mIt is 5.<|end|>" in text) is not bool(no_colour)
    assert ("⟦It is 5.<|end|>⟧" in text) is bool(no_colour)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_a_starting_point(pairs: Path, name: str) -> None:
    (pairs.parent / "mine.yaml").write_text(f"profile: {name}\ntrain: {{rank: 3, too_long: drop}}\n")
    trained("--data", pairs, "--config", "mine.yaml", "--alpha", "5")
    settings = engram("adapters", "show", "v1", "--json").json["manifest"]["train_settings"]
    expected = {**PROFILES[name]["train"], "rank": 3, "alpha": 5.0, "iters": 4, "epochs": None}
    assert {key: settings[key] for key in expected} == json.loads(json.dumps(expected))
    trained("--data", pairs, "--profile", name)
    again = engram("adapters", "show", "v2", "--json").json["manifest"]["train_settings"]
    assert again["rank"] == PROFILES[name]["train"]["rank"]
