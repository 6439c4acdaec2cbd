"""Two processes share each step's rows and learn what one process learns from all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("peft")

from tests.support.two_processes import batches, train_here, train_in

from engram.backends.torch.processes import Processes
from engram.errors import UsageError


def test_two_processes_see_the_losses_of_one_with_all_rows(tmp_path: Path) -> None:
    alone = train_here(tmp_path)
    both = train_in(2, tmp_path)
    for seen in both:
        np.testing.assert_allclose(seen["steps"], alone["steps"], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(seen["evaluation"], alone["evaluation"], rtol=1e-4)
    # Every process holds the same adapter, bit for bit, and it is the one of a single process.
    assert both[0]["adapter"] == both[1]["adapter"]
    for name, tensor in alone["adapter"].items():
        np.testing.assert_allclose(both[0]["adapter"][name], tensor, atol=2e-4)
    assert alone["steps"][-1][0] < 0.8 * alone["steps"][0][0]  # it was learning that was compared


def test_shares_are_all_rows_once(tmp_path: Path) -> None:
    from tests.support.tiny import tiny_base

    parts = batches(tiny_base(tmp_path / "model"), 0)
    shares = [Processes(rank, 3).share(parts) for rank in range(3)]
    ids = sorted(int(row) for share in shares for part in share for row in part.row_ids)
    assert ids == list(range(8))
    for share in shares:
        for part in share:
            assert len(part.ids) == len(part.lengths) == len(part.targets) == len(part.anchored)
    assert Processes().share(parts) == parts


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
