"""Where and in which number type torch computes, and what to say when memory runs out.

Not here: models. Nothing acts on import; a choice is made when a backend loads something.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from engram.errors import ModelError, OutOfMemory
from engram.machine import peak_memory

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

# bfloat16 has 8 bits of precision; on a CPU it must pay for that with clearly more speed.
_WORTHWHILE = 1.5
# Below this many bytes of weights float32 costs nothing: a GPU is never busy with arithmetic, and on a CPU
# the conversions around an adapter eat what bfloat16 products save, even where these are five times as fast.
_SMALL_WEIGHTS = 200 * 2**20


def pick_device(wanted: str) -> torch.device:
    """`auto` is the first present of cuda, mps, cpu. Raises ModelError for an absent device."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, here in present.items() if here)
    if not present.get(wanted, False):
        raise ModelError(f"The device {wanted!r} is not available to torch here.", "Use --device cpu.")
    return torch.device(wanted)


def describe_devices() -> list[str]:
    """The devices that are present, in words, in the order in which `auto` takes them."""
    cpu = f"cpu ({torch.get_num_threads()} threads)"
    cards = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    present = [f"cuda:{at} {card.name}, {card.total_memory / 1e9:.0f} GB" for at, card in enumerate(cards)]
    return [*present, *(["mps"] if torch.backends.mps.is_available() else []), cpu]


def pick_dtype(wanted: str, device: torch.device, weight_bytes: int) -> torch.dtype:
    """The number type of the frozen weights.

    `auto`: float32 for small models (so that they compute the same everywhere) and on mps; on CUDA bfloat16
    where supported, else float16; on a CPU bfloat16 only where a short probe finds it clearly faster
    (processors without bfloat16 instructions are several times slower with it).
    """
    if wanted != "auto":
        return DTYPES[wanted]
    if device.type == "mps" or weight_bytes < _SMALL_WEIGHTS:
        return torch.float32
    if device.type == "cpu":
        return torch.bfloat16 if _bfloat16_speedup() >= _WORTHWHILE else torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@functools.cache
def _bfloat16_speedup() -> float:
    """Seconds of a matrix product in float32 over seconds in bfloat16; best of five, once per process."""

    def seconds(dtype: torch.dtype) -> float:
        left, right = torch.ones(512, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
        times = []
        for _ in range(6):
            # CPU time of this thread: a busy neighbour must not decide.
            started = time.thread_time()
            torch.mm(left, right)
            times.append(time.thread_time() - started)
        return min(times[1:])

    return seconds(torch.float32) / max(seconds(torch.bfloat16), 1e-9)


@contextmanager
def memory_guard(doing: str, hint: str) -> Iterator[None]:
    """Turn every way in which torch says "no memory left" into OutOfMemory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(f"Memory ran out while {doing}.", hint) from error
    except RuntimeError as error:
        # The CPU allocator and mps raise plain RuntimeErrors.
        text = str(error).lower()
        if "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text:
            raise OutOfMemory(f"Memory ran out while {doing}.", hint) from error
        raise


def peak_memory_bytes(device: torch.device) -> int:
    """Highest use of the GPU by this process, or of main memory on a CPU; 0 where Windows does not say."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    return peak_memory()
