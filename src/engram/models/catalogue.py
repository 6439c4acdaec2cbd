"""Base models that are known to work, by short name. Any other Hub id or local folder works too.

Figures are those of the models' Hub pages. Not here: finding (resolve.py) or downloading (pull.py) one.
"""

from __future__ import annotations

from dataclasses import dataclass

from engram.errors import ModelError

DEFAULT = "seedling"


@dataclass(frozen=True, slots=True)
class Entry:
    """`hub_id` is None for the embedded model; `parameters` counts weights; `context` is in tokens.

    `gated` models need an account that accepted the licence; `needs_mlx` ones are stored in a format that
    only the mlx backend reads.
    """

    key: str
    hub_id: str | None
    parameters: int
    context: int
    licence: str
    notes: str
    gated: bool = False
    needs_mlx: bool = False


_ENTRIES = (
    Entry(
        DEFAULT,
        None,
        5_800_000,
        1024,
        "Apache-2.0",
        "Embedded: no download. A model organism, small enough for every test; not a chatbot.",
    ),
    Entry(
        "smollm-135m",
        "HuggingFaceTB/SmolLM-135M-Instruct",
        134_515_008,
        2048,
        "Apache-2.0",
        "Trains on a laptop's processor.",
    ),
    Entry(
        "smollm-360m",
        "HuggingFaceTB/SmolLM-360M-Instruct",
        361_821_120,
        2048,
        "Apache-2.0",
        "Better answers than 135m at about three times the cost.",
    ),
    Entry(
        "smollm2-135m",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        134_515_008,
        8192,
        "Apache-2.0",
        "A good first real model: longer context and better instructions than smollm-135m.",
    ),
    Entry(
        "qwen2-0.5b",
        "Qwen/Qwen2-0.5B-Instruct",
        494_032_768,
        32_768,
        "Apache-2.0",
        "Many languages; wants 4 GB of memory to train.",
    ),
    Entry(
        "phi-2",
        "microsoft/phi-2",
        2_779_683_840,
        2048,
        "MIT",
        "A completion model without a chat template; wants a GPU.",
    ),
    Entry(
        "llama-3.2-3b",
        "meta-llama/Llama-3.2-3B-Instruct",
        3_212_749_824,
        131_072,
        "Llama 3.2 Community License",
        "Wants a GPU. Gated: accept the licence on its Hub page, then set HF_TOKEN.",
        gated=True,
    ),
    Entry(
        "llama-3.2-3b-4bit",
        "mlx-community/Llama-3.2-3B-Instruct-4bit",
        3_212_749_824,
        131_072,
        "Llama 3.2 Community License",
        "4-bit weights for Apple silicon, about 1.8 GB; needs the mlx backend.",
        needs_mlx=True,
    ),
)

CATALOGUE: dict[str, Entry] = {entry.key: entry for entry in _ENTRIES}


def hub_id_of(name: str) -> str:
    """The Hub id behind a catalogue key; any other name is returned as it is."""
    entry = CATALOGUE.get(name)
    return entry.hub_id if entry is not None and entry.hub_id is not None else name


def needs_mlx(name: str) -> bool:
    """Does only the mlx backend read this catalogue key or Hub id?"""
    return any(entry.needs_mlx and name in (entry.key, entry.hub_id) for entry in CATALOGUE.values())


def check_backend(name: str, backend: str) -> None:
    """Raises ModelError when `backend` cannot read the weights of this catalogue key or Hub id."""
    if needs_mlx(name) and backend != "mlx":
        others = ", ".join(key for key, entry in CATALOGUE.items() if not entry.needs_mlx)
        raise ModelError(
            f"The weights of {name} are stored in a format that only the mlx backend reads; this is the "
            f"{backend} backend.",
            f"Choose one of {others}, or another Hub id or folder.",
        )
