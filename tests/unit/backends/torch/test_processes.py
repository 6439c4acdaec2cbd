"""How torch processes find each other and share rows; what they learn: contract/test_processes.py."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytest.importorskip("peft")

from tests.support.two_processes import batches

from engram.backends.sharing import share_rows
from engram.backends.torch.processes import Processes
from engram.errors import UsageError


def test_shares_are_all_rows_once(tmp_path: Path) -> None:
    from tests.support.tiny import tiny_base

    parts = batches(tiny_base(tmp_path / "model"), 0)
    shares = [share_rows(parts, rank, 3) for rank in range(3)]
    ids = sorted(int(row) for share in shares for part in share for row in part.row_ids)
    assert ids == list(range(8))
    for share in shares:
        for part in share:
            assert len(part.ids) == len(part.lengths) == len(part.targets) == len(part.anchored)
    assert share_rows(parts, 0, 1) == parts


def test_a_single_process_exchanges_nothing() -> None:
    one = torch.tensor([1.0, 2.0])
    Processes().add_up([one])
    assert one.tolist() == [1.0, 2.0]


def test_lost_companions_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(UsageError, match="did not find each other") as caught:
        Processes.join(torch.device("cpu"))
    assert "accelerate launch" in str(caught.value.hint)
