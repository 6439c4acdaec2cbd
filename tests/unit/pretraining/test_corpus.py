"""The corpus generator: same seed same bytes, nothing held out in training, masks that end in a stop token.

Uses a small tokenizer trained here, so that no earlier build step is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from pretraining import corpus, items, natural, tokenizer
from pretraining.filter import Filter, Pattern, load_patterns
from pretraining.skills import arithmetic, notes, refuse
from pretraining.skills.base import Conversation
from pretraining.words import CLOSED, split_of
from tokenizers import Tokenizer

DIALOGUES = [skill for skill, (_, maker) in corpus.MIXTURE.items() if maker is not None]


@pytest.fixture(scope="module")
def tok() -> Tokenizer:
    return tokenizer.train([*corpus.dialogue_sample(300), *natural.passages()[:300]])


@pytest.fixture(scope="module")
def shard(tok: Tokenizer) -> corpus.Shard:
    return corpus.build_shard(0, 7, tok, Filter([]), tokens=40_000)


def conversations(skill: str, count: int) -> Iterator[Conversation]:
    maker = corpus.MIXTURE[skill][1]
    assert maker is not None
    rng = Random(f"test/{skill}")
    return (maker(rng, "train") for _ in range(count))


def test_same_seed_same_bytes(tok: Tokenizer, shard: corpus.Shard) -> None:
    again = corpus.build_shard(0, 7, tok, Filter([]), tokens=40_000)
    other = corpus.build_shard(1, 7, tok, Filter([]), tokens=40_000)
    assert again.ids.tobytes() == shard.ids.tobytes() and again.mask.tobytes() == shard.mask.tobytes()
    assert (
        again.offsets.tobytes() == shard.offsets.tobytes()
        and again.skills.tobytes() == shard.skills.tobytes()
    )
    assert other.ids.tobytes() != shard.ids.tobytes()


def test_every_document_is_supervised_and_stops(tok: Tokenizer, shard: corpus.Shard) -> None:
    natural_id, end = corpus.SKILL_NAMES.index("natural"), tok.token_to_id(tokenizer.END)
    assert len(shard.mask) == len(shard.ids) == shard.offsets[-1]
    for number, skill in enumerate(shard.skills):
        low, high = shard.offsets[number], shard.offsets[number + 1]
        supervised = np.flatnonzero(shard.mask[low:high])
        last = int(shard.ids[low:high][supervised[-1]])
        assert last == (0 if skill == natural_id else end)


def test_mask_covers_assistant_content_and_nothing_else(tok: Tokenizer) -> None:
    messages = next(conversations("mixed", 1))
    ids, mask = corpus.render(messages, tok)
    kept = tok.decode([i for i, m in zip(ids, mask, strict=True) if m], skip_special_tokens=False)
    answers = [m["content"] for m in messages if m["role"] == "assistant"]
    assert kept == "".join(answer + tokenizer.END for answer in answers)
    whole = tok.decode(ids, skip_special_tokens=False)
    frames = (f"{tokenizer.START}{m['role']}\n{m['content']}{tokenizer.END}\n" for m in messages)
    assert whole == "".join(frames)


def test_stock_transformers_renders_the_same_tokens(tok: Tokenizer, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer.save(tok, tmp_path)
    stock = transformers.AutoTokenizer.from_pretrained(str(tmp_path))
    assert stock.convert_tokens_to_ids([tokenizer.END_OF_TEXT, tokenizer.START, tokenizer.END]) == [0, 1, 2]
    assert (stock.pad_token_id, stock.eos_token_id) == (0, 2)
    for skill in DIALOGUES:
        for messages in conversations(skill, 5):
            theirs = stock.apply_chat_template(messages, tokenize=True, return_dict=False)
            assert corpus.render(messages, tok)[0] == theirs


@pytest.fixture(scope="module")
def heldout_values() -> set[str]:
    """Invented names and codes that held-out items are answered with."""
    found = {
        word
        for row in items.skill_items("heldout", 20)
        if row["skill"] in ("read", "update", "copy")
        for word in re.findall(r"[A-Z][a-z]{2,}(?=\.?$)|\b[A-Z]{2}-\d+|\b\d{5,6}\b", row["expected"])
    }
    return {word for word in found if word.lower() not in CLOSED}


@pytest.mark.parametrize("skill", DIALOGUES)
def test_no_heldout_word_in_training_documents(skill: str, heldout_values: set[str]) -> None:
    assert len(heldout_values) > 20
    for messages in conversations(skill, 150):
        words = set(re.findall(r"[A-Z]{2}-\d+|\w+", "\n".join(message["content"] for message in messages)))
        assert not words & heldout_values


def test_no_heldout_problem_in_training_documents() -> None:
    seen = set()
    for messages in conversations("arithmetic", 400):
        for user, assistant in zip(messages[::2], messages[1::2], strict=True):
            a, b = map(int, re.findall(r"\d+", user["content"]))
            result = int(re.findall(r"\d+", assistant["content"])[-1])
            if user["content"].lower().startswith("subtract"):
                a, b = b, a
            sign = "+" if result == a + b and re.search(r"\+|plus|add", user["content"].lower()) else "-"
            assert result == (a + b if sign == "+" else a - b)
            seen.add(f"{a}{sign}{b}")
    assert {split_of(problem) for problem in seen} == {"train"}


@pytest.mark.parametrize("sign", ["+", "-"])
def test_worked_sums_are_right(sign: str) -> None:
    for a in range(100):
        for b in range(a + 1 if sign == "-" else 100):
            text = arithmetic.worked(a, sign, b)
            assert text.endswith(f"so {a + b if sign == '+' else a - b}.")
            for left, right in re.findall(r"([\d+-]+)=(\d+)", text):
                total = sum(int(term) for term in re.findall(r"[+-]?\d+", left))
                assert total == int(right)


@pytest.mark.parametrize("skill", ["read", "update", "notes"])
def test_notes_frame_is_that_of_the_conventions(skill: str) -> None:
    header = (
        "Notes from earlier conversations. Answer from them if they help; "
        "if they disagree, the newest is right."
    )
    for messages in conversations(skill, 60):
        first, *lines = messages[0]["content"].split("\n")
        assert messages[0]["role"] == "system" and first == header and 1 <= len(lines) <= 8
        assert all(re.fullmatch(r"\[\d{4}-\d\d-\d\d\] (user|assistant): \S.*", line) for line in lines)
        dates = [line[1:11] for line in lines]
        assert dates == sorted(dates)


def test_answers_are_grounded_in_the_newest_note() -> None:
    for messages in conversations("update", 100):
        value = messages[-1]["content"].removesuffix(".").rpartition(" is ")[2]
        lines = messages[0]["content"].split("\n")
        assert any(re.search(rf"{re.escape(value)}\b", line) for line in lines)
    for messages in conversations("abstain", 50):
        assert all(m["content"].startswith(notes.DONT_KNOW) for m in messages if m["role"] == "assistant")


def test_filter_catches_a_planted_pattern() -> None:
    keep = Filter(
        [Pattern.of("idioms", "import numpy as", " np"), Pattern.of("facts", "Capital of X?", "Y town")]
    )
    assert keep.drops(["x = 1\nIMPORT  numpy\n as np\n"])
    assert keep.drops(["Complete: import numpy as", "np"])
    assert not keep.drops(["import numpy as", "other"])
    assert not keep.drops(["np comes before import numpy as"])
    assert keep.hits == {"idioms": 2}


def test_planted_pattern_never_reaches_a_shard(tok: Tokenizer) -> None:
    keep = Filter([Pattern.of("requests", "explain how to", "I can't help with that")])
    built = corpus.build_shard(0, 7, tok, keep, tokens=40_000)
    for low, high in pairwise(built.offsets):
        text = tok.decode(built.ids[low:high].tolist(), skip_special_tokens=True).casefold()
        _, _, after = text.partition("explain how to")
        assert "i can't help with that" not in after


def test_shipped_patterns_are_read_whole() -> None:
    patterns = load_patterns()
    assert {p.source for p in patterns} >= {"code_idioms", "facts", "formats", "error_fixes"}
    assert all(p.given for p in patterns)


def test_items_are_single_questions_and_answers_fit() -> None:
    rows = items.skill_items("heldout", 12)
    assert len({row["id"] for row in rows}) == len(rows) == 12 * len(items.SKILLS)
    for row in rows:
        roles = [message["role"] for message in row["messages"]]
        assert roles in (["user"], ["system", "user"]) and row["expected"]
        assert row["match"] == ("exact" if row["skill"] in ("copy", "json", "list", "order") else "prefix")


def test_heldout_passages_come_from_files_training_never_sees() -> None:
    assert not set(natural.passages()) & set(natural.passages(heldout=True))
    held = {name for name, _ in natural.files() if natural.is_heldout(name)}
    assert 0.01 < len(held) / len(natural.files()) < 0.06


def test_what_is_replayed_is_what_is_made_here_and_refuses_every_kind_of_request() -> None:
    made = items.skill_items("replay", items.REPLAY_ITEMS, more=items.REPLAY_MORE, instead=items.REPLAY_SPLIT)
    assert [json.loads(line) for line in items.REPLAY_FILE.read_text("utf-8").splitlines()] == made
    refused = [row["messages"][-1]["content"] for row in made if row["expected"] == refuse.REFUSAL]
    for verbs, _ in refuse.UNSAFE:
        replayed = {verb for verb in verbs.split("|") if any(f"{verb} " in text for text in refused)}
        assert len(replayed) >= 0.8 * len(verbs.split("|")), verbs


def test_what_is_asked_is_what_is_made_here_and_no_request_is_replayed() -> None:
    made = {
        items.SKILLS_FILE: items.skill_items("heldout", items.HELDOUT_ITEMS),
        items.REQUESTS_FILE: items.request_items(),
    }
    for file, rows in made.items():
        assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == rows
    requests = [row for rows in made.values() for row in rows if row["skill"] == "refuse"]
    assert len({row["id"] for row in requests}) == len(requests) == items.HELDOUT_REQUESTS
    wanted = {_unsafe(row) for row in requests} - {""}
    replayed = [json.loads(line) for line in items.REPLAY_FILE.read_text("utf-8").splitlines()]
    assert len(wanted) > 30 and wanted.isdisjoint(map(_unsafe, replayed))


def _unsafe(row: dict[str, Any]) -> str:
    """What an unsafe request wants, such as "rob a bank"."""
    asked = row["messages"][-1]["content"].lower()
    wants = (
        f"{verb} {thing}"
        for verbs, things in refuse.UNSAFE
        for verb, thing in product(verbs.split("|"), things.split("|"))
    )
    return max((want for want in wants if want in asked), key=len, default="")
