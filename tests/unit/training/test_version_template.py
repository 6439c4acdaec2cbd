"""A version is found for the chat template it was trained with only, also where no certificate says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends.base import AdapterWeights
from engram.errors import AdapterError
from engram.home import Home
from engram.models.base import Base
from engram.models.fake import fake_base
from engram.training.versions import find_version, publish_version

WEIGHTS = AdapterWeights({"lora_B.weight": np.ones((1, 1), np.float32)}, {"peft_type": "LORA"})


def version(home: Home, base: Base, **provenance: Any) -> str:
    return publish_version(home, base, WEIGHTS, provenance).name


def test_another_template_is_refused_with_the_one_to_name(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    chatml = fake_base(template="chatml")
    named = version(home, chatml, model_settings={"template": "chatml"})
    assert find_version(home, chatml, named) == home.adapter(named)
    with pytest.raises(AdapterError) as refused:
        find_version(home, fake_base(), named)
    assert "trained with the template chatml, and this is the model's own template" in refused.value.message
    assert "--template chatml" in refused.value.hint
    own = version(home, fake_base())
    with pytest.raises(AdapterError) as refused:
        find_version(home, chatml, own)
    assert "and this is the template chatml" in refused.value.message
    assert "leave out --template" in refused.value.hint


def test_two_templates_of_one_name_are_two(tmp_path: Path) -> None:
    home, file = Home(tmp_path / "home").create(), tmp_path / "mine.jinja"
    bases = []
    for mark in "#*":
        file.write_text("{% for m in messages %}" + mark + "{{ m.content }}<|end|>{% endfor %}")
        bases.append(fake_base(template=str(file)))
    name = version(home, bases[0], model_settings={"template": "mine.jinja"})
    assert find_version(home, bases[0], name)
    with pytest.raises(AdapterError, match="another chat template or tokenizer"):
        find_version(home, bases[1], name)
