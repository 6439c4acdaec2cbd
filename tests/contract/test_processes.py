"""Two processes share each step's rows and learn what one process learns from all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mlx_lm")

from tests.support.two_processes import train_here, train_in

BACKENDS = ["torch", "torch-sharded", "mlx"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_processes_see_the_losses_of_one_with_all_rows(tmp_path: Path, backend: str) -> None:
    alone = train_here(tmp_path, backend)
    both = train_in(2, tmp_path, backend)
    for seen in both:
        np.testing.assert_allclose(seen["steps"], alone["steps"], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(seen["evaluations"], alone["evaluations"], rtol=1e-4)
    # Every process holds the same adapter, bit for bit, and it is the one of a single process.
    assert both[0]["adapter"] == both[1]["adapter"]
    for name, tensor in alone["adapter"].items():
        np.testing.assert_allclose(both[0]["adapter"][name], tensor, atol=2e-4)
    assert alone["steps"][-1][0] < 0.8 * alone["steps"][0][0]  # it was learning that was compared
    if backend == "torch-sharded":
        assert sum(seen["frozen"] for seen in both) == alone["frozen"]
