"""Replaying a certificate: tokens are served as they were trained, and the adapter does what it did.

Every load of a version comes through `load_certified`. First the golden conversations are rendered again,
which costs nothing; then the model is loaded and scores the probe again. What differs is refused, and the
sentence names the culprit: template, stop token, adapter or base. Not here: taking it (certificate.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.artifacts import read_object
from engram.backends.base import Backend, LoadedModel, Quantization
from engram.disk import MANIFEST
from engram.errors import AdapterError, ArtifactError, ModelError, UsageError
from engram.lessons.frames import asked_for, described
from engram.models.base import Base
from engram.training.certificate import KEY, Certificate, Golden, render

TOLERANCE = {"float32": 1e-3, "float16": 0.03, "bfloat16": 0.4, "4bit": 1.5}
"""How far the probe's log-probabilities may be from the recorded ones: nats, root of the mean square over its
tokens, by the coarser number type of then and now.

Measured on seedling with five adapters, trained in float32 and replayed on torch and mlx. The largest seen
were 0.000033 in float32, 0.0075 in float16, 0.14 in bfloat16 and 0.79 in 4 bits, while the adapters' changes
were 1.5 to 7. That leaves deeper models a factor of two in 4 bits, of three or four in 16, and of thirty in
float32, where other processors add in other orders.
"""
_WAY_OUT = "Restore the files of the base model, or teach it again."


@dataclass(frozen=True, slots=True)
class Replayed:
    """`deviation` from the recorded log-probabilities, the recorded `change` by the adapter, and `tolerance`,
    each in nats, root of the mean square; `largest` is the deviation of the worst token."""

    conversations: int
    deviation: float
    largest: float
    change: float
    tolerance: float
    number_type: str

    @property
    def seen(self) -> bool:
        """Whether an absent adapter would have been noticed."""
        return self.change > self.tolerance


def load_certified(
    backend: Backend, base: Base, adapter: Path | None, quantization: Quantization | None
) -> tuple[LoadedModel, Replayed | None]:
    """The base, with an adapter or bare; None beside it where there was no certificate to replay.

    Raises ModelError, AdapterError, OutOfMemory.
    """
    certificate = read_certificate(adapter) if adapter is not None else None
    if adapter is None or certificate is None:
        return backend.load(base, adapter, quantization), None
    check_rendering(certificate, base, adapter.name)
    model = backend.load(base, adapter, quantization)
    return model, check_probe(certificate, model, number_type(model, quantization), adapter.name)


def number_type(model: LoadedModel, quantization: Quantization | None) -> str:
    """The key of TOLERANCE. Off the CPU, float32 may be multiplied with the ten bits of float16 (TF32)."""
    if quantization is not None:
        return quantization
    return "float16" if model.dtype == "float32" and model.device != "cpu" else model.dtype


def read_certificate(folder: Path) -> Certificate | None:
    """That of an adapter's manifest; None where it has none, as earlier versions. Raises AdapterError."""
    try:
        manifest = read_object(folder / MANIFEST) or {}
    except ArtifactError as error:
        raise AdapterError(error.message, "Restore the folder from a copy, or train it again.") from error
    return Certificate.from_json(manifest[KEY], folder.name) if KEY in manifest else None


def check_rendering(certificate: Certificate, base: Base, name: str) -> None:
    """Raises AdapterError unless this base renders every golden conversation as at training."""
    if certificate.template != base.template:
        then, now = described(certificate.template), described(base.template)
        raise AdapterError(
            f"{name} was trained with {then}, and this is {now}.",
            f"Load it with {asked_for(certificate.template)}.",
        )
    stops = tuple(sorted(base.renderer.stop_ids))
    if stops != certificate.stop_ids:
        then, now = (", ".join(map(str, ids)) or "none" for ids in (certificate.stop_ids, stops))
        raise AdapterError(
            f"{name} was trained to end answers with the stop tokens {then}; those of {base.id} are {now}.",
            _WAY_OUT,
        )
    for number, golden in enumerate(certificate.golden, 1):
        try:
            now_golden = render(base.renderer, golden.messages)
        except (ModelError, UsageError) as error:
            raise _refusal(base, name, f"conversation {number}: {error.message.rstrip('.')}") from error
        if difference := _difference(golden, now_golden):
            raise _refusal(base, name, f"first difference in conversation {number} {difference}")
    if certificate.renderer != base.renderer.digest:
        same = f"the {len(certificate.golden)} golden conversations come out the same"
        raise _refusal(base, name, f"{same}, but some byte of it is another")


def check_probe(certificate: Certificate, model: LoadedModel, number_type: str, name: str) -> Replayed:
    """Score the probe again. Raises AdapterError unless the model gives what it gave after training."""
    now = _joined(model.score(certificate.probed_ids()))
    bare, adapted = (_joined([getattr(p, side) for p in certificate.probe]) for side in ("base", "adapted"))
    types = sorted((number_type, certificate.number_type), key=lambda t: TOLERANCE.get(t, 0.0))
    tolerance = TOLERANCE.get(types[-1], TOLERANCE["4bit"])
    replayed = Replayed(
        conversations=len(certificate.golden),
        deviation=_root_mean_square(now - adapted),
        largest=float(np.abs(now - adapted).max(initial=0.0)),
        change=_root_mean_square(adapted - bare),
        tolerance=tolerance,
        number_type=types[-1],
    )
    if replayed.deviation <= tolerance:
        return replayed
    if _root_mean_square(now - bare) <= tolerance:
        raise AdapterError(
            f"{name} changes nothing: its probe has the bare base's log-probabilities, which were "
            f"{replayed.change:.2g} nats away at training. Its tensors match nothing in this model.",
            "Restore the folder from a copy, or train it again.",
        )
    raise AdapterError(
        f"{name} does not compute what it did at training: the log-probabilities of its probe are "
        f"{replayed.deviation:.2g} nats from the recorded ones (at most {tolerance:g} in {types[-1]}), and "
        f"not the bare base's either. So the weights of {model.base.id} are not those it was trained on.",
        _WAY_OUT,
    )


def _refusal(base: Base, name: str, what: str) -> AdapterError:
    return AdapterError(
        f"The chat template or tokenizer of {base.id} is not the one that {name} was trained with: {what}.",
        _WAY_OUT,
    )


def _difference(then: Golden, now: Golden) -> str:
    """Where a conversation's ids, or else its mask, differ first; "" if nowhere."""
    rows: list[tuple[str, Sequence[Any], Sequence[Any]]] = [
        ("token", then.ids, now.ids),
        ("loss mask", then.mask, now.mask),
    ]
    for what, old, new in rows:
        if old != new:
            at = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
            was, is_now = (int(row[at]) if at < len(row) else "nothing" for row in (old, new))
            return f"at token {at}: {what} {was} then, {is_now} now"
    return ""


def _joined(rows: Sequence[Any]) -> npt.NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *(np.asarray(row, np.float64) for row in rows)])


def _root_mean_square(values: npt.NDArray[np.float64]) -> float:
    """Not a number counts as infinite."""
    root = float(np.sqrt(np.mean(values**2))) if len(values) else 0.0
    return root if root == root else float("inf")
