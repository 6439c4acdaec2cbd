"""The Engram-style module's frontier: what is recalled of arbitrary facts, and what else is changed by that.

For each recipe a fresh module is taught the same made-up facts, written, loaded anew and asked: the bare
questions, the same after texts that training did not show, and questions that nearly are those. Beside it:
perplexity on held-out texts, and how many greedy answers to unrelated prompts are other ones. One line of
JSON is appended for each recipe. The findings are written up in docs/lab.md.

Run: `python -m benchmarks.conditional OUT.jsonl --facts 1000 default engram.opens=everywhere,train.replay=1`
(a recipe is settings, section.name=value, joined by commas; lists with `:` between).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.job import Job, new_run_id, train_adapter
from engram.lessons.rows import Row
from engram.measure.probes import load_suite, load_texts, subset
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

SKILLS = 240
_LISTS = {"engram.orders", "engram.blocks"}
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvz", "aeiou"
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{15,90}[.!?]")


@dataclass(frozen=True, slots=True)
class Fact:
    """A question's key, and the answer to give."""

    key: str
    value: str


def made_up(count: int, seed: int = 0) -> list[Fact]:
    """Arbitrary facts of five kinds in turn: nothing in a key tells its value."""
    draw = random.Random(seed)

    def word(syllables: int) -> str:
        return "".join(draw.choice(_CONSONANTS) + draw.choice(_VOWELS) for _ in range(syllables))

    def number(digits: int) -> str:
        return f"{draw.randrange(10**digits):0{digits}d}"

    kinds = (
        lambda: (f"SYN:SYN_{number(5)}", f"{word(2)}_{number(3)}"),
        lambda: (f"the {draw.choice(('locker', 'gate', 'vault'))} code of {word(3)}", number(4)),
        lambda: (f"PORT:{word(2).upper()}", str(draw.randrange(1, 65535))),
        lambda: (f"{word(2)} {word(2)}'s city", word(3).capitalize()),
        lambda: (word(3), f"{word(2)} {word(2)}"),
    )
    found: dict[str, str] = {}
    while len(found) < count:
        key, value = kinds[len(found) % len(kinds)]()
        found.setdefault(key, value)
    return [Fact(key, value) for key, value in found.items()]


def near_misses(facts: Sequence[Fact], seed: int = 1) -> list[str]:
    """Keys that nobody taught, a letter or digit away from one that was; no two alike."""
    draw, taught, found = random.Random(seed), {fact.key.casefold() for fact in facts}, []
    for fact in facts:
        at = draw.choice([i for i, c in enumerate(fact.key) if c.isalnum()])
        swap = str((int(fact.key[at]) + 1) % 10) if fact.key[at].isdigit() else draw.choice("qwxy")
        key = fact.key[:at] + swap + fact.key[at + 1 :]
        if key.casefold() not in taught:
            found.append(key)
    return found


def questions(facts: Sequence[Fact], seed: int = 2) -> dict[str, list[tuple[Message, ...]]]:
    """Each fact's question alone, and behind text that training never shows, in four ways."""
    draw = random.Random(seed)
    texts = [found for text in load_texts() for found in _SENTENCE.findall(text)]
    some = lambda: draw.choice(texts)  # noqa: E731
    user = lambda text: Message("user", text)  # noqa: E731
    return {
        "bare": [(user(fact.key),) for fact in facts],
        "same line": [(user(f"{some()} {fact.key}"),) for fact in facts],
        "next line": [(user(f"{some()} {some()}\n{fact.key}"),) for fact in facts],
        "second turn": [(user(some()), Message("assistant", some()), user(fact.key)) for fact in facts],
        "system prompt": [(Message("system", some()), user(fact.key)) for fact in facts],
    }


def measure(job: Job, facts: Sequence[Fact], adapter: Path | None, before: dict[str, Any]) -> dict[str, Any]:
    """Everything about one side; `before` is the bare base's record, empty for the base itself."""
    answerer, sampling = Answerer(job.load(adapter)), Sampling(max_tokens=32)
    wanted = [fact.value for fact in facts]
    recall = {}
    for name, asked in questions(facts).items():
        said = [answer.text.strip() for answer in answerer.answer_all(asked, sampling)]
        recall[name] = sum(a == b for a, b in zip(said, wanted, strict=True)) / len(facts)
    unrelated = [probe.messages for probe in subset(load_suite("skills"), SKILLS)]
    missed = [(Message("user", key),) for key in near_misses(facts)]
    sides = {"unrelated": unrelated, "near misses": missed}
    said = {name: [a.text for a in answerer.answer_all(asked, sampling)] for name, asked in sides.items()}
    scores = _scores(job, answerer)
    found = {"recall": recall, "perplexity": math.exp(-np.concatenate(scores).mean())}
    if before:
        found["perplexity change"] = found["perplexity"] / before["perplexity"] - 1
        found["texts bit-identical"] = all(map(np.array_equal, scores, before["scores"]))
        for name, answers in said.items():
            pairs = list(zip(answers, before["said"][name], strict=True))
            found[f"{name}: answers changed"] = sum(a != b for a, b in pairs) / len(pairs)
    return found | {"said": said, "scores": scores}


def _scores(job: Job, answerer: Answerer) -> list[Any]:
    tokenizer = job.base.renderer.tokenizer
    texts = [np.array(tokenizer.encode(text)[: job.base.context], np.int32) for text in load_texts()]
    return answerer.model.score(texts)


def train(job: Job, facts: Sequence[Fact], folder: Path) -> dict[str, Any]:
    """Teach the facts and write the module into `folder`; what that took."""
    rows = [
        Row((Message("user", fact.key), Message("assistant", fact.value)), "fact", fact.key, "train")
        for fact in facts
    ]
    started, wall = time.process_time(), time.perf_counter()
    trained = train_adapter(job, rows, (), new_run_id())
    seconds, waited = time.process_time() - started, time.perf_counter() - wall
    publish_adapter(trained.weights, {"staged": True}, folder)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return {
        "process seconds": round(seconds, 1),
        "seconds": round(waited, 1),
        "passes": round(trained.result.passes, 2),
        "loss": [round(one.train_loss, 4) for one in trained.result.history],
        "bytes per fact": round(size / len(facts)),
        "stopped": trained.result.stopped_because,
    }


def parse(recipe: str) -> dict[str, dict[str, Any]]:
    """`engram.width=4,train.replay=1` as settings by section."""
    found: dict[str, dict[str, Any]] = {"train": {"memory": "engram"}}
    for part in filter(None, ("" if recipe == "default" else recipe).split(",")):
        name, value = part.split("=", 1)
        section, field = name.split(".")
        listed = [int(number) for number in value.split(":")] if name in _LISTS else value
        found.setdefault(section, {})[field] = listed
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure recipes of the Engram-style module.")
    parser.add_argument("out", type=Path)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--facts", type=int, default=1000)
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--backend", default="torch")
    arguments = parser.parse_args()
    facts, before = made_up(arguments.facts), {}
    for recipe in arguments.recipes:
        with tempfile.TemporaryDirectory() as home:
            settings = parse(recipe)
            settings.setdefault("model", {}).update(backend=arguments.backend, dtype="float32")
            job = open_job(arguments.model, home, settings)
            job.home.create()
            before = before or measure(job, facts, None, {})
            cost = train(job, facts, Path(home) / "module")
            found = measure(job, facts, Path(home) / "module", before)
        shown = {key: value for key, value in found.items() if key not in ("said", "scores")}
        row = {"recipe": recipe, "facts": len(facts), **shown, **cost, "machine": machine()}
        with arguments.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        print(json.dumps(row, indent=1), flush=True)


if __name__ == "__main__":
    main()
