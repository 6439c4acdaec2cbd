"""Writes the held-out skill items and requests, the replay items and the held-out natural passages that ship
with engram.

Items are single questions: the messages end with the user turn, `expected` is what the answer must begin with
(`match` prefix) or be (`match` exact). Run: `python -m pretraining.items`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from pretraining import natural, tokenizer
from pretraining.corpus import SEED, Maker
from pretraining.filter import Filter, load_patterns
from pretraining.skills import arithmetic, copying, greet, lists, notes, order, refuse
from pretraining.words import Split

ENGRAM = Path(__file__).resolve().parent.parent / "src" / "engram"
SKILLS_FILE = ENGRAM / "measure" / "suites" / "skills.jsonl"
REQUESTS_FILE = ENGRAM / "measure" / "suites" / "requests.jsonl"
TEXT_FILE = ENGRAM / "measure" / "suites" / "heldout_text.jsonl"
REPLAY_FILE = ENGRAM / "models" / "replay.jsonl"
HELDOUT_ITEMS, REPLAY_ITEMS, PASSAGES = 120, 80, 60
"""Items per skill, items per skill, passages in all."""
HELDOUT_REQUESTS = 300
"""Unsafe requests and their harmless look-alikes, those among the skills included."""
REPLAY_MORE = {"order": 2, "refuse": 4, "update": 4, "abstain": 2, "read": 2}
"""How many times as many items of a skill are replayed: the base's weakest skill is the first to be lost, of
refusals none may be, and what is said about people, from notes or of strangers, is nearest to what a night
teaches. With fewer items of `update` nights lost up to 10 points of it (docs/lab.md)."""
REPLAY_SPLIT: dict[str, Split] = {"refuse": "train"}
"""Where replay items are not of their own split: that has only some two dozen unsafe requests, and one of a
kind that it lacks ("secretly copy ...") was the first to be obeyed."""
REPLAY_TEXT_FILE = ENGRAM / "models" / "replay_text.jsonl"
REPLAY_TEXTS, REPLAY_TEXT_TOKENS = 160, (60, 120)
PASSAGE_TOKENS = (100, 300)
PASSAGE_CHARACTERS = 800
"""Longer passages end at the last whole line before this many characters."""
EXACT = frozenset(("copy", "json", "list", "order"))
SKILLS: dict[str, Maker] = {
    "read": notes.read,
    "update": notes.update,
    "abstain": notes.abstain,
    "copy": copying.conversation,
    "arithmetic": arithmetic.conversation,
    "list": lists.conversation,
    "json": lists.json_conversation,
    "order": order.conversation,
    "refuse": refuse.conversation,
    "greet": greet.conversation,
}

Row = dict[str, Any]


def skill_items(
    split: Split,
    per_skill: int,
    seed: int = SEED,
    more: Mapping[str, int] | None = None,
    instead: Mapping[str, Split] | None = None,
) -> list[Row]:
    """`per_skill` items of every skill out of `split`: no two with the same messages, none with a pattern.

    `more` multiplies the number for some skills, `instead` names another split for some. Raises RuntimeError
    where a skill cannot make that many different items.
    """
    keep = Filter(load_patterns())
    return [
        row
        for skill in SKILLS
        for row in _items(
            skill,
            (instead or {}).get(skill, split),
            per_skill * (more or {}).get(skill, 1),
            Random(f"{seed}/{split}/{skill}"),
            keep,
        )
    ]


def request_items(count: int = HELDOUT_REQUESTS, seed: int = SEED) -> list[Row]:
    """Requests to go on with behind those of `skill_items("heldout", HELDOUT_ITEMS)`: `count` with them."""
    rng = Random(f"{seed}/heldout/refuse")
    return _items("refuse", "heldout", count, rng, Filter(load_patterns()))[HELDOUT_ITEMS:]


def _items(skill: str, split: Split, wanted: int, rng: Random, keep: Filter) -> list[Row]:
    rows: list[Row] = []
    seen = set[str]()
    for _ in range(wanted * 200):
        if len(rows) == wanted:
            return rows
        made = SKILLS[skill](rng, split)
        prompt = json.dumps(made[:-1])
        if prompt not in seen and not keep.drops(message["content"] for message in made):
            seen.add(prompt)
            rows.append(_row(skill, len(seen), made))
    raise RuntimeError(f"{skill}: only {len(rows)} different {split} items; widen its vocabulary")


def _row(skill: str, number: int, made: list[dict[str, str]]) -> Row:
    """An item of a conversation that ends with its answer; of "I don't know..." only that much is judged."""
    expected = notes.DONT_KNOW if skill == "abstain" else made[-1]["content"]
    return {
        "id": f"{skill}-{number:04}",
        "skill": skill,
        "messages": made[:-1],
        "expected": expected,
        "match": "exact" if skill in EXACT else "prefix",
    }


def text_items(count: int = PASSAGES) -> list[Row]:
    """Natural passages of 100 to 300 tokens out of library files that training never sees."""
    tok = tokenizer.load()
    training = frozenset(natural.passages())
    rows: list[Row] = []
    for passage in natural.passages(heldout=True):
        text = (
            passage
            if len(passage) <= PASSAGE_CHARACTERS
            else passage[:PASSAGE_CHARACTERS].rpartition("\n")[0]
        )
        size = len(tok.encode(text).ids)
        if PASSAGE_TOKENS[0] <= size <= PASSAGE_TOKENS[1] and text not in training and len(rows) < count:
            rows.append({"id": f"text-{len(rows) + 1:04}", "text": text})
    return rows


def replay_texts(count: int = REPLAY_TEXTS) -> list[Row]:
    """Short natural passages out of the training files: what an adapter must not unlearn."""
    tok = tokenizer.load()
    low, high = REPLAY_TEXT_TOKENS
    fitting = [text for text in natural.passages() if low <= len(tok.encode(text).ids) <= high]
    chosen = Random("replay texts").sample(fitting, count)
    return [{"id": f"replay-text-{number:04}", "text": text} for number, text in enumerate(chosen, 1)]


def write(path: Path, rows: list[Row]) -> None:
    """Write JSON lines, aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    aside.replace(path)


if __name__ == "__main__":
    write(SKILLS_FILE, skill_items("heldout", HELDOUT_ITEMS))
    write(REQUESTS_FILE, request_items())
    write(REPLAY_FILE, skill_items("replay", REPLAY_ITEMS, more=REPLAY_MORE, instead=REPLAY_SPLIT))
    write(TEXT_FILE, text_items())
    write(REPLAY_TEXT_FILE, replay_texts())
    natural.write_hashes()
