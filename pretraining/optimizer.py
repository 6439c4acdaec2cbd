"""The optimizer of pretraining: Muon on the matrices of the layers, Adam on the embedding and the norms.

Muon is momentum whose update is brought near the closest orthogonal matrix by a Newton-Schulz iteration
(Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/, which gives the quintic's coefficients). The
code is ours. Deviation: matrices that share storage for speed (query, key and value; gate and up) are made
orthogonal one by one, and matrices of equal shape together in one batched product. The state is a flat
dictionary of tensors, so a checkpoint needs no pickle. The learning rate's course is in schedule.py.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

from pretraining.model import ModelConfig, Seedling

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonalise(stack: Tensor, iterations: int = 5) -> Tensor:
    """Matrices [count, short, long] with all singular values brought near 1 (between about 0.7 and 1.2)."""
    a, b, c = NEWTON_SCHULZ
    x: Tensor = stack / (stack.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.mT  # [count, short, short]
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x


def matrices(model: Seedling, name: str, tensor: Tensor) -> list[Tensor]:
    """The separate matrices (as views) inside one stored matrix of a layer."""
    config: ModelConfig = model.config
    if name.endswith(".qkv"):
        keys = config.num_kv_heads * config.head_size
        return list(torch.split(tensor, [config.num_heads * config.head_size, keys, keys]))
    return list(tensor.chunk(2)) if name.endswith(".gate_up") else [tensor]


class MuonAdam:
    """One `step` updates every weight of a `Seedling` from its `.grad`, in place.

    Rates are peak rates; `step` takes the schedule's factor in [0, 1]. `state` holds every moment by name.
    """

    def __init__(
        self,
        model: Seedling,
        muon_rate: float,
        adam_rate: float,
        weight_decay: float = 0.05,
        momentum: float = 0.95,
    ) -> None:
        self.model, self.muon_rate, self.adam_rate = model, muon_rate, adam_rate
        self.weight_decay, self.momentum, self.betas = weight_decay, momentum, (0.9, 0.95)
        self.weights = dict(model.named_parameters())
        self.muon_names = [name for name, w in self.weights.items() if w.ndim == 2 and name != "embedding"]
        self.adam_names = [name for name in self.weights if name not in self.muon_names]
        self.steps = 0
        self.state = {f"muon.{name}": torch.zeros_like(self.weights[name].data) for name in self.muon_names}
        for name in self.adam_names:
            self.state |= {
                f"{kind}.{name}": torch.zeros_like(self.weights[name].data) for kind in ("first", "second")
            }

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """One update with both rates multiplied by `factor`; every weight must have a gradient."""
        self.steps += 1
        self._muon_step(factor * self.muon_rate)
        for name in self.adam_names:
            self._adam_step(name, factor * self.adam_rate)

    def _muon_step(self, rate: float) -> None:
        groups: dict[tuple[int, int], list[tuple[Tensor, Tensor, float]]] = defaultdict(list)
        for name in self.muon_names:
            weight, buffer = self.weights[name], self.state[f"muon.{name}"]
            assert weight.grad is not None
            buffer.lerp_(weight.grad, 1 - self.momentum)
            update = weight.grad.lerp(buffer, self.momentum)  # Nesterov
            weight.mul_(1 - rate * self.weight_decay)
            updates, targets = matrices(self.model, name, update), matrices(self.model, name, weight)
            for part, target in zip(updates, targets, strict=True):
                rows, columns = target.shape
                # Tall matrices get a gain, which keeps the change per output alike (as in the post).
                if rows > columns:
                    groups[columns, rows].append((part.mT, target.mT, (rows / columns) ** 0.5))
                else:
                    groups[rows, columns].append((part, target, 1.0))
        for members in groups.values():
            directions = orthogonalise(torch.stack([update for update, _, _ in members]))
            for direction, (_, target, gain) in zip(directions, members, strict=True):
                target.add_(direction, alpha=-rate * gain)

    def _adam_step(self, name: str, rate: float) -> None:
        weight, (fast, slow) = self.weights[name], self.betas
        first, second = self.state[f"first.{name}"], self.state[f"second.{name}"]
        assert weight.grad is not None
        first.lerp_(weight.grad, 1 - fast)
        second.lerp_(weight.grad.square(), 1 - slow)
        size = (second / (1 - slow**self.steps)).sqrt_().add_(1e-8)
        weight.addcdiv_(first, size, value=-rate / (1 - fast**self.steps))
