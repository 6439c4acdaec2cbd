"""The pretraining corpus: the mixture of skills and natural text, as shards of token ids with loss mask.

`load_shard(index)` builds (or reads from the cache) one shard of about a million tokens, a pure function
of the seed, the index, the generator's sources, the tokenizer and the shipped patterns (for the filter).
Run: `python -m pretraining.corpus 0` builds shard 0 and prints what is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from pretraining import natural, tokenizer
from pretraining.filter import PATTERNS, Filter, load_patterns
from pretraining.skills import arithmetic, copying, greet, lists, mixture, notes, order, refuse, telling
from pretraining.skills.base import Conversation
from pretraining.words import Split

SEED = 20260
SHARD_TOKENS = 1_000_000
MAX_TOKENS = 1_000
"""Longer documents are dropped: the context is 1,024."""

Maker = Callable[[Random, Split], Conversation]
MIXTURE: dict[str, tuple[float, Maker | None]] = {
    "notes": (0.23, notes.many),
    "read": (0.04, notes.read),
    "update": (0.04, notes.update),
    "abstain": (0.05, notes.abstain),
    "arithmetic": (0.14, arithmetic.conversation),
    "order": (0.08, order.conversation),
    "copy": (0.06, copying.conversation),
    "json": (0.05, lists.json_conversation),
    "list": (0.04, lists.conversation),
    "refuse": (0.04, refuse.conversation),
    "greet": (0.03, greet.conversation),
    "mixed": (0.05, mixture.conversation),
    "complete": (0.05, None),
    "natural": (0.10, None),
    "talk": (0.0, telling.talk),
    "told": (0.0, telling.told),
    "retold": (0.0, telling.retold),
    "untold": (0.0, telling.untold),
}
"""Share of tokens and maker of each kind of document; `notes` asks several questions of one set, and the last
four are about anything, in free wording."""
FIRST_OF_SECOND_PHASE = 14
SECOND_PHASE = {
    "notes": 0.37,
    "read": 0.07,
    "update": 0.09,
    "abstain": 0.04,
    "arithmetic": 0.06,
    "order": 0.09,
    "copy": 0.04,
    "json": 0.03,
    "list": 0.03,
    "refuse": 0.02,
    "greet": 0.02,
    "mixed": 0.04,
    "complete": 0.03,
    "natural": 0.07,
}
"""Shares from this shard on: what was learned by then gives its room to binding a question to its note."""
FIRST_OF_THIRD_PHASE = 24
THIRD_PHASE = {
    "notes": 0.11,
    "read": 0.03,
    "update": 0.03,
    "abstain": 0.03,
    "arithmetic": 0.05,
    "order": 0.06,
    "copy": 0.03,
    "json": 0.02,
    "list": 0.02,
    "refuse": 0.015,
    "greet": 0.015,
    "mixed": 0.03,
    "complete": 0.02,
    "natural": 0.05,
    "talk": 0.27,
    "told": 0.09,
    "retold": 0.07,
    "untold": 0.06,
}
"""Shares from this shard on: notes and questions in free wording, beside enough of the rest to keep it."""
SKILL_NAMES: tuple[str, ...] = tuple(MIXTURE)


@dataclass(frozen=True)
class Shard:
    """Documents laid end to end. Document i is ids[offsets[i]:offsets[i + 1]]."""

    ids: NDArray[np.uint16]  # [tokens]
    mask: NDArray[np.uint8]  # [tokens], 1 where the loss counts this token as a target
    offsets: NDArray[np.int64]  # [documents + 1]
    skills: NDArray[np.uint8]  # [documents], index into SKILL_NAMES


Document = tuple[list[int], list[int], int]
"""Token ids, their mask, the skill's index."""


def render(messages: Conversation, tok: Tokenizer) -> tuple[list[int], list[int]]:
    """Token ids and mask of a conversation in ChatML; supervised are assistant contents and their end tokens.

    Heads and contents are tokenised apart, as they are when a model writes after the generation prompt.
    """
    start, end = tokenizer.START_ID, tokenizer.END_ID
    newline = tok.encode("\n").ids
    ids: list[int] = []
    mask: list[int] = []
    for message in messages:
        spoken = message["role"] == "assistant"
        head = [start, *tok.encode(message["role"] + "\n").ids]
        body = [*tok.encode(message["content"]).ids, end]
        ids += [*head, *body, *newline]
        mask += [0] * len(head) + [int(spoken)] * len(body) + [0] * len(newline)
    return ids, mask


def render_text(text: str, tok: Tokenizer) -> tuple[list[int], list[int]]:
    """Token ids of a natural passage, ended by <|endoftext|>; all of them supervised."""
    ids = [*tok.encode(text).ids, tokenizer.END_OF_TEXT_ID]
    return ids, [1] * len(ids)


def _conversations(skill: str, rng: Random) -> Iterator[Conversation]:
    maker = MIXTURE[skill][1]
    while True:
        yield natural.complete(rng) if maker is None else maker(rng, "train")


def _naturals(index: int) -> Iterator[str]:
    """Passages of shard `index`: consecutive shards walk through all of them before any is repeated."""
    texts = natural.passages()
    at = index * 500
    while True:
        yield texts[at % len(texts)]
        at += 1


def _documents(
    skill: str, index: int, seed: int, budget: int, keep: Filter, tok: Tokenizer
) -> Iterator[Document]:
    """Documents of one skill until their tokens fill the budget."""
    rng = Random(f"{seed}/{index}/{skill}")
    number, used = SKILL_NAMES.index(skill), 0
    source: Iterator[str | Conversation] = (
        _naturals(index) if skill == "natural" else _conversations(skill, rng)
    )
    for made in source:
        if keep.drops([made] if isinstance(made, str) else [m["content"] for m in made]):
            continue
        ids, mask = render_text(made, tok) if isinstance(made, str) else render(made, tok)
        if len(ids) > MAX_TOKENS:
            continue
        yield ids, mask, number
        used += len(ids)
        if used >= budget:
            return


def shares(index: int) -> dict[str, float]:
    """Share of tokens of each kind of document in shard `index`; they sum to 1."""
    if index >= FIRST_OF_THIRD_PHASE:
        return THIRD_PHASE
    if index >= FIRST_OF_SECOND_PHASE:
        return SECOND_PHASE
    return {skill: share for skill, (share, _) in MIXTURE.items()}


def build_shard(index: int, seed: int, tok: Tokenizer, keep: Filter, tokens: int = SHARD_TOKENS) -> Shard:
    """Build one shard: every skill fills its share of `tokens`, then all documents are shuffled."""
    documents: list[Document] = []
    for skill, share in shares(index).items():
        if not share:
            continue
        documents.extend(_documents(skill, index, seed, round(share * tokens), keep, tok))
    Random(f"{seed}/{index}/shuffle").shuffle(documents)
    lengths = [len(ids) for ids, _, _ in documents]
    return Shard(
        ids=np.fromiter((t for ids, _, _ in documents for t in ids), dtype=np.uint16, count=sum(lengths)),
        mask=np.fromiter((m for _, mask, _ in documents for m in mask), dtype=np.uint8, count=sum(lengths)),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        skills=np.array([number for _, _, number in documents], dtype=np.uint8),
    )


@lru_cache(maxsize=1)
def digest() -> str:
    """Digest of all that shards rest on besides seed and index, their folder's name. Taken once a process."""
    here = Path(__file__).parent
    paths = [
        *here.glob("*.py"),
        *here.glob("skills/*.py"),
        *PATTERNS.glob("*.yaml"),
        tokenizer.FOLDER / "tokenizer.json",
    ]
    whole = hashlib.sha256(sys.version.split()[0].encode())
    for path in sorted(paths):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def load_shard(index: int, seed: int = SEED) -> Shard:
    """Shard `index`, from the cache under pretraining/work/shards or newly built (tens of seconds)."""
    path = tokenizer.WORK / "shards" / digest() / f"{seed}-{index:05d}.npz"
    if not path.is_file():
        keep = Filter(load_patterns())
        shard = build_shard(index, seed, tokenizer.load(), keep)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.stem}.{os.getpid()}.npz")
        np.savez(aside, ids=shard.ids, mask=shard.mask, offsets=shard.offsets, skills=shard.skills)
        aside.rename(path)
        _log(index, seed, shard, keep)
    with np.load(path) as data:
        return Shard(data["ids"], data["mask"], data["offsets"], data["skills"])


def _log(index: int, seed: int, shard: Shard, keep: Filter) -> None:
    """Append what was built and what the filter dropped, by pattern set, to pretraining/work/filter.jsonl."""
    row = {
        "digest": digest(),
        "seed": seed,
        "shard": index,
        "tokens": len(shard.ids),
        "documents": len(shard.skills),
        "patterns": len(keep.patterns),
        "dropped": dict(sorted(keep.hits.items())),
    }
    with (tokenizer.WORK / "filter.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")


def dialogue_sample(count: int) -> Iterator[str]:
    """Plain texts of `count` conversations in the proportions of the mixture, for training the tokenizer."""
    rng = Random(f"{SEED}/tokenizer")
    skills = [skill for skill in MIXTURE if skill != "natural"]
    weights = [MIXTURE[skill][0] for skill in skills]
    for _ in range(count):
        made = next(_conversations(rng.choices(skills, weights)[0], rng))
        yield "\n".join(f"{message['role']}\n{message['content']}" for message in made)


def describe(shard: Shard) -> str:
    """A table of documents, mean prompt tokens and mean supervised tokens by skill."""
    rows = [f"{'skill':12}{'docs':>7}{'share':>8}{'prompt':>8}{'supervised':>12}"]
    for number, skill in enumerate(SKILL_NAMES):
        chosen = np.flatnonzero(shard.skills == number)
        total = sum(int(shard.offsets[i + 1] - shard.offsets[i]) for i in chosen)
        kept = sum(int(shard.mask[shard.offsets[i] : shard.offsets[i + 1]].sum()) for i in chosen)
        count = max(1, len(chosen))
        rows.append(
            f"{skill:12}{len(chosen):7}{total / len(shard.ids):8.3f}"
            f"{(total - kept) / count:8.1f}{kept / count:12.1f}"
        )
    return "\n".join([*rows, f"{len(shard.ids)} tokens, {int(shard.mask.sum())} supervised"])


if __name__ == "__main__":
    began = time.perf_counter()
    built = load_shard(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(describe(built), f"\n{time.perf_counter() - began:.1f} s")
