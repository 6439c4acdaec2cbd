"""Where mlx computes, in which number type, and what to say when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mlx.core as mx

from engram.errors import OutOfMemory
from engram.machine import peak_memory

DTYPES = {"float32": mx.float32, "bfloat16": mx.bfloat16, "float16": mx.float16}
# Below this many bytes of weights number types do not pay; the torch backend draws the same line.
_SMALL_WEIGHTS = 200 * 2**20


def pick_dtype(wanted: str, weight_bytes: int, scales: mx.Dtype | None = None) -> mx.Dtype:
    """`auto`: float32 for small models, else bfloat16, which every Apple chip and every CPU computes.

    `scales` is the type of a quantized model's scales: to round them would be to change its weights.
    """
    if wanted != "auto":
        return DTYPES[wanted]
    return mx.float32 if is_small(weight_bytes) else scales or mx.bfloat16


def is_small(weight_bytes: int) -> bool:
    """Whether weights may be held in a wider type, or twice, without a thought for memory."""
    return weight_bytes < _SMALL_WEIGHTS


def describe_devices() -> list[str]:
    """Where mlx computes, in words."""
    return ["gpu", "cpu"] if device_name() == "gpu" else ["cpu"]


def device_name() -> str:
    return "gpu" if mx.default_device() == mx.Device(mx.gpu) else "cpu"


def dtype_name(dtype: mx.Dtype) -> str:
    return str(dtype).removeprefix("mlx.core.")


@contextmanager
def memory_guard(doing: str, hint: str) -> Iterator[None]:
    """Turn mlx's way of saying "no memory left" into OutOfMemory."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory(f"Memory ran out while {doing}.", hint) from error
    except RuntimeError as error:
        text = str(error).lower()
        if "malloc" in text or "allocate" in text or "out of memory" in text:
            raise OutOfMemory(f"Memory ran out while {doing}.", hint) from error
        raise


def peak_memory_bytes() -> int:
    """Highest use of the GPU by this process, or of main memory on a CPU."""
    if device_name() == "gpu":
        return int(mx.get_peak_memory())
    return peak_memory()
