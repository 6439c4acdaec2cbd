"""Taught patterns asked in wordings of a writer who had seen neither the trained nor the test wordings.

The test wordings of lessons/wordings.py are never trained, but whoever widens the trained ones may have
looked at which of them failed. Nobody did for those in blind_wordings.json: keep it so, and write new ones
after looking.

Run: `python -m benchmarks.wordings --home HOME --version v1` (after `engram teach` on the shipped sets)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.lessons.reader import read_patterns, shipped_sets
from engram.measure.metrics import is_correct
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.types import Message, Sampling

WORDINGS = Path(__file__).with_name("blind_wordings.json")
SETS = {"fact": "facts", "error": "error_fixes", "format": "formats", "code": "code_idioms"}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Ask taught patterns in blind wordings.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--version", default="v1")
    arguments = parser.parse_args()
    job = open_job("seedling", arguments.home, {})
    with Database.open(job.home.database) as database:
        version = AdapterVersions(database).get(arguments.version).name
    answerer = Answerer(job.load(job.home.adapter(version)))
    taught = [pattern for pattern in read_patterns(shipped_sets()) if not pattern.holdout]
    right = asked = 0
    for kind, templates in json.loads(WORDINGS.read_text(encoding="utf-8")).items():
        patterns = [pattern for pattern in taught if pattern.set_name == SETS[kind]]
        for template in templates:
            prompts = [(Message("user", template.replace("{input}", p.input)),) for p in patterns]
            answers = answerer.answer_all(prompts, Sampling(96))
            count = sum(
                is_correct(answer.text, pattern.output, "prefix")
                for answer, pattern in zip(answers, patterns, strict=True)
            )
            right, asked = right + count, asked + len(patterns)
            print(f"{count / len(patterns):6.1%}  n = {len(patterns):3}  {template!r}")
    print(f"{right / asked:6.1%}  n = {asked:3}  all")


if __name__ == "__main__":
    main()
