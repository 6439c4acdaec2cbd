"""Trains and renders with the seedling tokenizer: 4,096 byte-level BPE entries, single digits, ChatML.

The pre-tokenizer is the SmolLM scheme (single digits, then GPT-2 style bytes), which llama.cpp knows.
Run: `python -m pretraining.tokenizer` writes the Hugging Face folder `pretraining/work/tokenizer`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

WORK = Path(__file__).with_name("work")
FOLDER = WORK / "tokenizer"
VOCABULARY = 4096
END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [END_OF_TEXT, START, END]
END_OF_TEXT_ID, START_ID, END_ID = range(3)
CONTEXT = 1024
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
DEVELOPER_TEXT = """
SELECT name FROM users WHERE id ORDER BY LIMIT INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE
JOIN ON GROUP BY COUNT
git commit git push git pull git checkout git branch git status git log git diff git merge git
rebase git stash git clone
pip install python -m venv npm install npm run cargo build make test docker run docker build kubectl
get sudo apt install
import numpy as np import pandas as pd import torch matplotlib pyplot plt from typing import
dataclass requests get json
def class return yield lambda async await with open as for in range len print if else elif try
except finally raise assert
const let var function export default import from console log document await fetch then catch null
undefined true false
struct enum impl fn pub use match mut public static void int string main new this interface package
include std cout endl
ModuleNotFoundError KeyError IndexError TypeError ValueError AttributeError ImportError NameError
SyntaxError FileNotFoundError
No module named  is not defined  object has no attribute  permission denied  command not found
connection refused  timeout
http https localhost www com org html css js py json yaml toml txt csv README LICENSE Dockerfile
Makefile main master origin
user password email address server client request response database query index error warning debug
info version release
hello hi thanks numpy pandas
"""


def train(texts: Iterable[str]) -> Tokenizer:
    """A BPE tokenizer over these texts, with the full byte alphabet."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path = FOLDER) -> None:
    """Write tokenizer.json, tokenizer_config.json and the chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "bos_token": None,
        "eos_token": END,
        "pad_token": END_OF_TEXT,
        "additional_special_tokens": [START],
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")


def load(folder: Path = FOLDER) -> Tokenizer:
    """The tokenizer of a folder. Raises FileNotFoundError where it was not trained yet."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"no tokenizer in {folder}: run `python -m pretraining.tokenizer` first")
    return Tokenizer.from_file(str(path))


def sample_texts() -> list[str]:
    """The training sample: natural text and code twice as heavy as dialogues, developer words heaviest."""
    from pretraining.corpus import dialogue_sample
    from pretraining.natural import passages

    natural = list(passages()[:7000])
    return [
        *natural,
        *dialogue_sample(6000),
        *[DEVELOPER_TEXT] * 300,
        *[DEVELOPER_TEXT.replace(" ", "\n")] * 40,
    ]


if __name__ == "__main__":
    save(train(sample_texts()))
