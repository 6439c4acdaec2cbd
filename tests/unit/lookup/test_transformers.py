"""The exact memory in transformers' `generate`: padding on the left, sampling, beams, several calls."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tests.support.tiny import tiny_base  # noqa: E402

from engram.backends.torch.lookup import TransformersLookup, force  # noqa: E402
from engram.lookup.facts import Fact  # noqa: E402
from engram.lookup.memory import Lookup  # noqa: E402
from engram.lookup.table import FactTable  # noqa: E402
from engram.models.fake import STOP_ID, ByteRenderer  # noqa: E402
from engram.types import Message  # noqa: E402

RENDERER = ByteRenderer()
TABLE = FactTable(
    [
        Fact("PORT:SSH", "22"),
        Fact("SSH", "Secure Shell"),
        Fact("go on", "abc", end="release"),
        Fact("perhaps", "yes", probability=0.5),
        Fact("hardly", "no", probability=0.02, end="release"),
    ]
)
ASKED = ["PORT:SSH", "hello", "and what is SSH?", "go on", "perhaps", "it is hardly", "PORT:SS"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    base = tiny_base(tmp_path_factory.mktemp("base"))
    return transformers.AutoModelForCausalLM.from_pretrained(base.folder).eval()


def processor(**how: Any) -> TransformersLookup:
    return TransformersLookup(Lookup(TABLE, RENDERER, **how))


class FromScratch(transformers.LogitsProcessor):  # type: ignore[misc, name-defined]
    """The rule without any memory of earlier calls: each row is read anew from its first id."""

    def __init__(self) -> None:
        self._lookup = Lookup(TABLE, RENDERER)
        self._prompt: int | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self._prompt = self._prompt or input_ids.shape[1]
        result = scores.clone()
        for row, ids in enumerate(input_ids.tolist()):
            match = self._lookup.match(ids, self._prompt)
            if match is not None and match.next_id is not None:
                result[row] = force(scores[row], match.next_id, match.probability)
        return result


def padded(texts: list[str]) -> dict[str, Any]:
    """Prompts of different lengths, left-padded with the stop token."""
    prompts = [RENDERER.prompt([Message("user", text)]).tolist() for text in texts]
    width = max(map(len, prompts))
    ids = [[STOP_ID] * (width - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}


def generate(model: Any, texts: list[str], used: Any = None, **how: Any) -> Any:
    torch.manual_seed(0)
    return model.generate(
        **padded(texts),
        logits_processor=transformers.LogitsProcessorList([used] if used else []),
        pad_token_id=STOP_ID,
        eos_token_id=STOP_ID,
        **{"max_new_tokens": 16, "do_sample": False, "return_dict_in_generate": True, **how},
    )


def answers(model: Any, done: Any, texts: list[str]) -> list[str]:
    width = padded(texts)["input_ids"].shape[1]
    return [RENDERER.tokenizer.decode(row[width:].tolist()) for row in done.sequences]


def test_a_padded_batch(model: Any) -> None:
    texts = ["PORT:SSH", "and what is SSH?", "go on"]
    port, shell, released = answers(model, generate(model, texts, processor()), texts)
    assert (port, shell) == ("22", "Secure Shell")
    assert released.startswith("abc") and len(released) > 3


def test_rows_that_match_nothing_are_bit_for_bit_as_before(model: Any) -> None:
    texts = ["hello", "PORT:SSH", "PORT:SS", "it is SSH not"]
    with_memory = generate(model, texts, processor(), output_scores=True)
    without = generate(model, texts, output_scores=True)
    for row in (0, 2, 3):
        assert torch.equal(with_memory.sequences[row], without.sequences[row])
        for mine, theirs in zip(with_memory.scores, without.scores, strict=False):
            assert torch.equal(mine[row], theirs[row])


def test_nothing_matched_is_the_very_tensor() -> None:
    ids, scores = padded(["hello", "PORT:SS"])["input_ids"], torch.zeros(2, 300)
    assert processor()(ids, scores) is scores


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_sampling(model: Any, temperature: float) -> None:
    texts = ["PORT:SSH", "hello", "and what is SSH?"]
    done = generate(
        model, texts, processor(), do_sample=True, temperature=temperature, top_p=0.9, num_return_sequences=3
    )
    answered = answers(model, done, texts)
    assert answered[:3] == ["22"] * 3 and answered[6:] == ["Secure Shell"] * 3


def test_beams_answer(model: Any) -> None:
    texts = ["PORT:SSH", "hello", "and what is SSH?"]
    done = generate(model, texts, processor(), num_beams=4, output_scores=True)
    port, other, shell = answers(model, done, texts)
    assert (port, shell) == ("22", "Secure Shell")
    assert other == answers(model, generate(model, texts, num_beams=4), texts)[1]
    assert done.sequences_scores[[0, 2]].tolist() == pytest.approx([0, 0], abs=1e-5)  # certain


@pytest.mark.parametrize("how", [{"num_beams": 4}, {"num_beams": 3, "do_sample": True}, {"do_sample": True}])
def test_sessions_follow_their_rows(model: Any, how: dict[str, Any]) -> None:
    """Beams change places; what each row gets is what its own ids say."""
    used = processor()
    for _ in range(2):  # the second text begins anew
        mine = generate(model, ASKED, used, **how)
        assert torch.equal(mine.sequences, generate(model, ASKED, FromScratch(), **how).sequences)


@pytest.mark.parametrize("seed", range(12))
def test_rows_that_change_places_are_told_apart(seed: int) -> None:
    """Each row goes on from any earlier one, with the answer's next token or with another."""
    random = Random(seed)
    answer = [*b"Secure Shell", STOP_ID]
    rows = [RENDERER.prompt([Message("user", "SSH")]).tolist() for _ in range(4)]
    begun = len(rows[0])
    mine, reference, scores = processor(), FromScratch(), torch.zeros(4, 300)
    for step in range(len(answer)):
        ids = torch.tensor(rows)
        assert torch.equal(mine(ids, scores), reference(ids, scores))
        rows = [list(random.choice(rows)) for _ in rows]
        for row in rows:
            following = row[begun:] == answer[:step]
            row.append(answer[step] if following and random.random() < 0.8 else ord("x"))


def test_a_probability_is_a_beams_score(model: Any) -> None:
    done = generate(model, ["perhaps"], processor(), num_beams=2, length_penalty=0.0, output_scores=True)
    best = done.sequences_scores.exp().item()
    (answer,) = answers(model, done, ["perhaps"])
    assert answer == "yes" and best == pytest.approx(0.5, rel=1e-4)


def test_a_prompt_one_token_longer_is_another_text() -> None:
    """A call that looks like the next step of the last text, and is not."""
    used, scores = processor(), torch.zeros(1, 300)
    used(torch.tensor([list(b"say SS")]), scores)
    assert used(torch.tensor([list(b"but SSH")]), scores)[0].argmax() == ord(" ")


def test_a_reused_cache_changes_nothing(model: Any) -> None:
    """transformers hands over the whole ids, with a cache or without."""
    prompt = padded(["PORT:SSH"])["input_ids"]
    cache = transformers.DynamicCache()
    model(prompt[:, :5], past_key_values=cache, use_cache=True)
    done = model.generate(
        prompt, past_key_values=cache, max_new_tokens=8, do_sample=False, eos_token_id=STOP_ID,
        pad_token_id=STOP_ID, logits_processor=transformers.LogitsProcessorList([processor()]),
    )  # fmt: skip
    assert RENDERER.tokenizer.decode(done[0, prompt.shape[1] :].tolist()) == "22"
