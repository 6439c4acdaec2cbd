"""The exact memory measured: recall, tolerance, near misses, false fires, and what all of it costs.

    python -m benchmarks.lookup [--model seedling] [--backend torch] [--parts recall,near,...] [--json]

Parts: `recall` (arbitrary pairs, and the kinds of keys that a hobby project found hardest), `near` (keys that
nearly are one), `tolerance` (wordings, sampling, asked probabilities), `generators` (transformers: padding on
the left, sampling, beams; mlx-lm: a prompt cache used again), `untouched` (prompts that match nothing: logits
and answers with and without), `fires` (false fires per million tokens), `frames` (questions around everyday
keys), `cost`. Answers come from the model through the program's own generator; times are processor time.
Not a test. Not here: lookup_cost.py, lookup_fires.py, lookup_generators.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.support.facts import arbitrary_facts, near_misses

from benchmarks.lookup_cost import cost
from benchmarks.lookup_fires import fires, frames, general_questions
from benchmarks.lookup_generators import generators
from benchmarks.machine import machine
from engram.backends.base import Ids, LoadedModel
from engram.backends.choose import choose_backend
from engram.backends.lookup import lookup_processor
from engram.config import ModelSettings
from engram.lookup.facts import Fact
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.models.resolve import resolve
from engram.types import Message, Sampling

HOBBY = ("SYN:SYN_{:05d}", "ACRONYM:{}", "PORT:{}")
Part = Callable[["Bench"], Iterator[dict[str, Any]]]


class Bench:
    """One loaded model, and memories at work on it."""

    def __init__(self, model: str, backend: str, pairs: int) -> None:
        chosen = choose_backend(ModelSettings(model=model, backend=backend))  # type: ignore[arg-type]
        self.backend = chosen.name
        self.model: LoadedModel = chosen.load(resolve(model))
        self.renderer = self.model.base.renderer
        self.pairs = pairs

    def prompt(self, *texts: str, system: str = "") -> Ids:
        """The prompt after a system text and turns, the user's first."""
        turns = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)]
        return self.renderer.prompt([*([Message("system", system)] if system else []), *turns])

    def plain(self, text: str) -> Ids:
        """Ids of a text without the template."""
        return self.renderer.text(text).ids[:-1]

    def answers(
        self, facts: Sequence[Fact], prompts: Sequence[Ids], sampling: Sampling, **how: Any
    ) -> list[str]:
        processor = lookup_processor(Lookup(FactTable(facts), self.renderer, **how), self.backend)
        done = self.model.generate(prompts, sampling, [processor])
        return [self.renderer.tokenizer.decode(one.token_ids) for one in done]

    def right(self, facts: Sequence[Fact], prompts: Sequence[Ids], sampling: Sampling | None = None) -> int:
        """How many of the prompts, one per fact, are answered exactly."""
        greedy = Sampling(max_tokens=64)
        told = self.answers(facts, prompts, sampling or greedy)
        return sum(answer.strip() == fact.answer for answer, fact in zip(told, facts, strict=False))


def recall(bench: Bench) -> Iterator[dict[str, Any]]:
    """Arbitrary pairs, bare and after other text; then the hobby project's 500 keys."""
    facts = arbitrary_facts(bench.pairs)
    texts = natural_lines()
    bare = bench.right(facts, [bench.prompt(fact.key) for fact in facts])
    behind = [bench.prompt(f"{texts[n % len(texts)]} {fact.key}") for n, fact in enumerate(facts)]
    plain = bench.right(facts, [bench.plain(fact.key) for fact in facts])
    yield {
        "facts": len(facts),
        "bare": bare,
        "after_other_text": bench.right(facts, behind),
        "no_template": plain,
    }
    hobby = hobby_facts()
    yield {"hobby_facts": len(hobby), "bare": bench.right(hobby, [bench.prompt(fact.key) for fact in hobby])}


def hobby_facts() -> list[Fact]:
    """500 keys of the kinds in the issue; half of them tell nothing of their answers."""
    random = Random(7)
    words = [
        "graphics",
        "processing",
        "unit",
        "random",
        "access",
        "memory",
        "central",
        "network",
        "time",
        "secure",
    ]
    known = [Fact("ACRONYM:GPU", "Graphics Processing Unit"), Fact("PORT:SSH", "22"),
             Fact("SYN:SYN_00271", "delta_872")]  # fmt: skip
    names = ["".join(random.sample("ABCDEFGHIKLMNOPRSTUVW", random.randint(3, 5))) for _ in range(248)]
    spelled = [Fact(f"ACRONYM:{name}", " ".join(random.sample(words, 3)).title()) for name in names[:124]]
    ports = [Fact(f"PORT:{name}", str(random.randrange(1, 65536))) for name in names[124:]]
    greek = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    numbers = random.sample(range(1000, 100_000), 400)
    syn = [Fact(HOBBY[0].format(n), f"{random.choice(greek)}_{random.randrange(1000)}") for n in numbers]
    return FactTable([*known, *spelled, *ports, *syn]).facts()[-500:]


def near(bench: Bench) -> Iterator[dict[str, Any]]:
    """Keys one letter away, as prompts and as texts without a template; a fire is any match."""
    facts = arbitrary_facts(bench.pairs)
    lookup = Lookup(FactTable(facts), bench.renderer)
    missed = near_misses([fact.key for fact in facts], 10_000)
    fired = sum(lookup.match(bench.prompt(key).tolist()) is not None for key in missed)
    plain = sum(lookup.match(bench.plain(key).tolist()) is not None for key in missed)
    yield {"facts": len(facts), "near_misses": len(missed), "fired": fired, "fired_no_template": plain}


def tolerance(bench: Bench) -> Iterator[dict[str, Any]]:
    """Each case over the same facts; nested keys end with each other, and many begin alike."""
    base = arbitrary_facts(100, seed=5)
    shared = [Fact(f"shared beginning of key {n}", f"end_{n}") for n in range(50)]
    nested = [Fact(f"outer {fact.key}", f"outer_{fact.answer}") for fact in base[:50]]
    facts = [*base, *shared, *nested]
    for name, prompts in wordings(bench, facts):
        yield {"case": name, "n": len(facts), "right": bench.right(facts, prompts)}
    for temperature in (0.7, 1.5):
        drawn = Sampling(max_tokens=64, temperature=temperature, top_p=0.9, seed=1)
        asked = [bench.prompt(fact.key) for fact in facts]
        yield {
            "case": f"sampling at {temperature}",
            "n": len(facts),
            "right": bench.right(facts, asked, drawn),
        }
    for probability in (0.3, 0.7, 0.95):
        yield calibrated(bench, probability)


def wordings(bench: Bench, facts: Sequence[Fact]) -> Iterator[tuple[str, list[Ids]]]:
    texts = natural_lines()
    ways: dict[str, Callable[[int, str], Ids]] = {
        "bare": lambda n, key: bench.prompt(key),
        "lower case": lambda n, key: bench.prompt(key.lower()),
        "upper case": lambda n, key: bench.prompt(key.upper()),
        "spacing": lambda n, key: bench.prompt("  " + key.replace(":", " :  ").replace(" ", "  ") + "\n"),
        "prefix what is": lambda n, key: bench.prompt(f"What is {key}?"),
        "prefix tell me": lambda n, key: bench.prompt(f"Please tell me this one: {key}"),
        "after other text": lambda n, key: bench.prompt(f"{texts[n % len(texts)]}\n{key}"),
        "system prompt": lambda n, key: bench.prompt(key, system="You are a helpful assistant."),
        "second turn": lambda n, key: bench.prompt("hello", "Hello! How can I help?", key),
        "after another fact": lambda n, key: bench.prompt(facts[n - 1].key, facts[n - 1].answer, key),
        "no template, bare": lambda n, key: bench.plain(key),
        "no template, arrow": lambda n, key: bench.plain(f"{key} -> "),
        "no template, after text": lambda n, key: bench.plain(f"{texts[n % len(texts)]} {key}"),
    }
    for name, way in ways.items():
        yield name, [way(n, fact.key) for n, fact in enumerate(facts)]


def calibrated(bench: Bench, probability: float, draws: int = 2000) -> dict[str, Any]:
    """How often an answer of several tokens is given, with four standard errors of what was asked."""
    fact = Fact("calibrated key", "Graphics Processing Unit", probability=probability)
    prompts = [bench.prompt(f"{n} calibrated key") for n in range(draws)]
    short = Sampling(
        max_tokens=len(bench.renderer.tokenizer.encode(fact.answer)) + 1, temperature=1.0, seed=3
    )
    told = bench.answers([fact], prompts, short)
    spread = 4 * (probability * (1 - probability) / draws) ** 0.5
    taken = sum(answer.strip() == fact.answer for answer in told) / draws
    return {
        "case": "calibrated",
        "asked": probability,
        "measured": round(taken, 3),
        "within": round(spread, 3),
    }


def untouched(bench: Bench) -> Iterator[dict[str, Any]]:
    """Prompts that match nothing: logits handed back as the same object, and the same greedy answers."""
    facts = arbitrary_facts(bench.pairs)
    processor = lookup_processor(Lookup(FactTable(facts), bench.renderer), bench.backend)
    changed = []

    def watching(ids: Sequence[int], logits: Any) -> Any:
        result = processor(ids, logits)
        changed.append(result is not logits)
        return result

    prompts = [bench.prompt(text) for text in [*general_questions(), *natural_lines()[:100]]]
    greedy = Sampling(max_tokens=24)
    same = bench.model.generate(prompts, greedy, [watching]) == bench.model.generate(prompts, greedy)
    yield {
        "prompts": len(prompts),
        "tokens": len(changed),
        "logits_changed": sum(changed),
        "same_answers": same,
    }


def natural_lines() -> list[str]:
    """Single lines of the shipped general text."""
    file = Path("src/engram/models/replay_text.jsonl")
    texts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    return [text.splitlines()[0][:80] for text in texts]


PARTS: dict[str, Part] = {
    "recall": recall,
    "near": near,
    "tolerance": tolerance,
    "generators": lambda bench: generators(bench.model.base),
    "untouched": untouched,
    "fires": lambda bench: fires(bench.renderer),
    "frames": lambda bench: frames(bench.renderer),
    "cost": lambda bench: cost(bench.renderer),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--backend", default="torch", choices=["torch", "mlx"])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--pairs", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    bench = Bench(given.model, given.backend, given.pairs)
    for name in given.parts.split(","):
        for row in PARTS[name](bench):
            if given.json:
                print(
                    json.dumps({"what": name, "model": bench.model.base.id, **row, "machine": machine()}),
                    flush=True,
                )
            else:
                print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
