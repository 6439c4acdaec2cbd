"""The machine, the libraries, the backends that can run, and the models that are here.

A tensor library is tried in a process of its own, because a broken one can end the process that loads it.
Not here: the home (house.py).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from engram import __version__
from engram.backends.choose import INSTALL, NEEDS, missing_libraries
from engram.doctor.findings import Finding
from engram.errors import EngramError
from engram.machine import (
    available_memory,
    cpu_features,
    cpu_name,
    total_memory,
    usable_cores,
    versions,
)
from engram.models.catalogue import DEFAULT
from engram.models.resolve import available_offline, resolve

LIBRARIES = (
    *("numpy", "safetensors", "tokenizers", "apsw", "pydantic", "huggingface_hub"),
    *("torch", "transformers", "peft", "bitsandbytes", "mlx", "mlx-lm", "gguf", "pyarrow"),
)
_TRY = "import json; from engram.backends.choose import devices; print(json.dumps(devices({name!r})))"
_TRY_SECONDS = 120
_LOW_DISK = 2e9  # bytes; checkpoints of a small model need a fraction of it, a download more


def machine() -> Iterator[Finding]:
    """System, processor, memory."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield Finding("system", "ok", f"{system}, Python {platform.python_version()}, Engram {__version__}")
    features = ", ".join(cpu_features()) or "instruction sets not known"
    yield Finding("processor", "ok", f"{cpu_name()}, {usable_cores()} usable cores ({features})")
    total, free = total_memory(), available_memory()
    said = f"{total / 1e9:.1f} GB" if total else "size not known"
    yield Finding("memory", "ok", said + (f", {free / 1e9:.1f} GB available" if free else ""))


def libraries() -> Iterator[Finding]:
    """Versions of what Engram computes and stores with."""
    found = versions(LIBRARIES)
    yield Finding("libraries", "ok", ", ".join(f"{name} {number}" for name, number in found.items()))


def backends() -> Iterator[Finding]:
    """Which can run and on what, and why the others cannot."""
    tried = {name: _start(name) for name in NEEDS if not missing_libraries(name)}
    usable = False
    for name in NEEDS:
        finding = _try_backend(name, tried.get(name))
        usable = usable or finding.state == "ok"
        yield finding
    if not usable:
        yield Finding("backends", "broken", "No backend can run, so nothing can be taught.", INSTALL["torch"])


def models() -> Iterator[Finding]:
    """The embedded model, and what the Hub's cache holds."""
    base = resolve(DEFAULT)
    yield Finding("models", "ok", f"{base.id} is here and whole (revision {base.revision[:12]})")
    others = [name for name in available_offline() if name != DEFAULT]
    if others:
        yield Finding("models", "ok", f"downloaded: {', '.join(others)}")
    else:
        yield Finding("models", "note", "no other model is downloaded", "engram models pull NAME gets one.")


def disk(*places: Path) -> Iterator[Finding]:
    """Room where things are kept; a place need not exist yet."""
    for place in places:
        nearest = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
        free = shutil.disk_usage(nearest).free
        said = f"{free / 1e9:,.1f} GB free at {place}"
        if free < _LOW_DISK:
            yield Finding("disk", "note", said, "Free some space before training or downloading.")
        else:
            yield Finding("disk", "ok", said)


def hub_cache() -> Path:
    """Where the Hub's library keeps models. Source: its documentation of HF_HUB_CACHE and HF_HOME."""
    if explicit := os.environ.get("HF_HUB_CACHE"):
        return Path(explicit).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(home).expanduser() / "hub"


def _start(name: str) -> subprocess.Popen[str]:
    code = _TRY.format(name=name)
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _try_backend(name: str, process: subprocess.Popen[str] | None) -> Finding:
    topic = f"backend {name}"
    if process is None:
        needs = ", ".join(missing_libraries(name))
        return Finding(topic, "note", f"cannot run: {needs} not installed", INSTALL[name])
    try:
        devices = _answer(process)
    except EngramError as error:
        return Finding(topic, "note", f"installed, but cannot run: {error.message}", INSTALL[name])
    return Finding(topic, "ok", f"runs on {'; '.join(devices)}")


def _answer(process: subprocess.Popen[str]) -> list[str]:
    """What the process printed. Raises EngramError with the last line it complained in."""
    try:
        said, complaint = process.communicate(timeout=_TRY_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise EngramError(f"no answer within {_TRY_SECONDS} s") from None
    if process.returncode:
        lines = complaint.strip().splitlines() or [f"its process ended with status {process.returncode}"]
        raise EngramError(lines[-1])
    found: list[str] = json.loads(said)
    return found
