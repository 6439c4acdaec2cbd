"""A memory module is no adapter that travels: no other program would compute with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engram.backends.adapters import CONFIG as LORA_CONFIG
from engram.backends.adapters import WEIGHTS as LORA_WEIGHTS
from engram.backends.conditional import CONFIG, WEIGHTS
from engram.errors import AdapterError
from engram.formats.convert import convert, format_of


@pytest.mark.parametrize("beside", [(), (LORA_CONFIG, LORA_WEIGHTS)], ids=["alone", "beside LoRA"])
def test_it_is_refused_by_name(tmp_path: Path, beside: tuple[str, ...]) -> None:
    """Also where an adapter lies beside it: half of what was measured would be left behind without a word."""
    for name in (CONFIG, WEIGHTS, *beside):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(AdapterError, match="memory module"):
        format_of(tmp_path)
    with pytest.raises(AdapterError, match="memory module"):
        convert(tmp_path, "mlx", tmp_path / "out")
