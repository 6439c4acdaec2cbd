"""Settings of models and of training them, with profiles. Not here: what is taught, or when."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from engram.config.section import Section, setting

TooLong = Literal["refuse", "drop", "cut"]
Memory = Literal["lora", "engram"]
ALL_LINEAR, FEED_FORWARD = "all-linear", "feed-forward"
"""Among `target_modules`: every linear layer of the blocks, and those outside their attention, which then
goes on looking and reading as it did."""
_MEASURED = "measured on the shipped sets, docs/lab.md"
_ENGRAM = "measured on 1,000 facts, docs/lab.md"
_OF_A_MODULE = {"batch_size": 32}
"""Where an Engram-style module has another default than LoRA."""


class ModelSettings(Section):
    """Which base model computes where."""

    model: str = setting("seedling", "Catalogue key, Hub id or folder.", unit="", why="it needs no download")
    backend: Literal["auto", "torch", "mlx", "fake"] = setting(
        "auto", "Tensor library.", unit="", why="torch where it is installed, else mlx"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto", "Where torch computes.", unit="", why="the fastest one present is used"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto", "Number type of the frozen weights.", unit="", why="a probe of one second picks the faster"
    )
    load_in_4bit: bool = setting(
        False, "Quantize the frozen weights (CUDA only).", unit="", why="saves memory, costs accuracy"
    )
    accelerator: Literal["none", "unsloth"] = setting(
        "none",
        "Library whose kernels train on CUDA; its own environment, docs/gpu.md.",
        unit="",
        why="untested here, and it is not needed",
    )
    template: str = setting(
        "",
        "Chat template: chatml, alpaca, llama-3 or a .jinja file; empty is the model's own.",
        unit="",
        why="a model knows its own template best",
    )


class TrainSettings(Section):
    """How an adapter is trained."""

    memory: Memory = setting(
        "lora",
        "What learns: a LoRA adapter, or an Engram-style memory module (docs/lab.md).",
        unit="",
        why="LoRA learns habits and wordings too; the module learns the very questions it was taught",
    )
    iters: int | Literal["auto"] = setting(
        "auto",
        "Optimizer steps, or auto.",
        unit="steps",
        why="stops when recall and validation loss level off",
    )
    epochs: float | None = setting(
        None, "Passes over the data; instead of iters.", unit="passes", why="iters decides", gt=0
    )
    batch_size: int = setting(
        8,
        f"Taught rows per step; of an Engram-style module {_OF_A_MODULE['batch_size']}.",
        unit="rows",
        why=_MEASURED,
        ge=1,
    )
    grad_accumulation_steps: int = setting(
        1, "Parts a step's rows are computed in.", unit="parts", why="raise it when memory is short", ge=1
    )
    learning_rate: float = setting(2e-3, "Peak learning rate.", unit="per step", why=_MEASURED, gt=0)
    warmup: float = setting(
        0.05,
        "Linear warm-up, as a share of all steps.",
        unit="share",
        why="Adam's averages need some steps to settle",
        ge=0,
        lt=1,
    )
    rank: int = setting(32, "LoRA rank.", unit="directions", why=_MEASURED, ge=1, le=1024)
    alpha: float = setting(
        64.0, "LoRA alpha; scale is alpha / rank.", unit="", why="a scale of 2 is usual", gt=0
    )
    rank_stabilized: bool = setting(
        False, "Scale by alpha / sqrt(rank) instead.", unit="", why="not measured yet; meant for large ranks"
    )
    dropout: float = setting(
        0.0, "LoRA dropout.", unit="share", why="patterns are to be kept exactly", ge=0, lt=1
    )
    num_layers: int = setting(
        0,
        "Blocks to adapt, from the last; -1 is all, 0 the upper half.",
        unit="blocks",
        why="twice as fast as all, and as good on the shipped sets, docs/lab.md",
        ge=-1,
    )
    target_modules: tuple[str, ...] = setting(
        (FEED_FORWARD,),
        "Linear layers to adapt by name; all-linear is all, feed-forward all outside attention.",
        unit="",
        why=_MEASURED,
    )
    max_seq_length: int = setting(
        1024,
        "Longest training row; longer ones are refused by name.",
        unit="tokens",
        why="the embedded model reads no more",
        ge=8,
    )
    too_long: TooLong = setting(
        "refuse",
        "What becomes of longer rows; a cut one does not learn where to end.",
        unit="",
        why="nothing is lost unasked",
    )
    grad_checkpoint: bool = setting(
        False, "Recompute activations to save memory.", unit="", why="slower; for large models"
    )
    replay: float = setting(
        0.25,
        "Replay rows per step, as a share of taught rows; at night 0.375.",
        unit="share",
        why=_MEASURED,
        ge=0,
        le=4,
    )
    anchor_weight: float = setting(
        3.0, "Weight of KL to the frozen base on replay rows; at night 5.", unit="", why=_MEASURED, ge=0
    )
    weight_decay: float = setting(
        0.0, "AdamW weight decay.", unit="per step", why="the low rank is limit enough", ge=0
    )
    clip_norm: float = setting(
        1.0, "Largest gradient norm.", unit="", why="no rare batch may throw training off", gt=0
    )
    save_every: int = setting(
        100, "Steps between checkpoints; 0 is none.", unit="steps", why="about 30 s on two cores", ge=0
    )
    seed: int = setting(0, "Seed of plan, adapter and dropout.", unit="", why="same seed, same adapter", ge=0)

    @model_validator(mode="before")
    @classmethod
    def _module_defaults(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("memory") == "engram":
            return _OF_A_MODULE | given
        return given

    @field_validator("iters", mode="before")
    @classmethod
    def _steps_or_auto(cls, value: Any) -> Any:
        """Said here in one sentence; the union of types would say it in two."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value == "auto" or whole or (isinstance(value, str) and value.isdecimal()):
            return value
        raise ValueError(f"give a number of steps, or auto (got {value!r})")

    @model_validator(mode="after")
    def _agrees(self) -> TrainSettings:
        if self.epochs is not None and self.iters != "auto":
            raise ValueError("iters and epochs both say how long to train; give one")
        if isinstance(self.iters, int) and self.iters < 1:
            raise ValueError("iters must be at least 1")
        if self.batch_size % self.grad_accumulation_steps:
            raise ValueError("batch_size must be a multiple of grad_accumulation_steps")
        return self


class EngramSettings(Section):
    """The Engram-style memory module of `--memory engram`: hashed suffixes of the text, trained."""

    opens: Literal["taught", "everywhere"] = setting(
        "taught",
        "Where it speaks: only where a taught question ends, or wherever its gate lets it.",
        unit="",
        why="unrelated text stays as it was, bit for bit, docs/lab.md",
    )
    orders: tuple[int, ...] = setting(
        (0, 2, 3, 4, 6, 8, 12, 16),
        "Lengths of the suffixes that are looked up; 0 is a taught one whole, where it opens on those.",
        unit="tokens",
        why=_ENGRAM,
    )
    heads: int = setting(2, "Hashed tables for each length.", unit="tables", why=_ENGRAM, ge=1, le=16)
    width: int = setting(8, "Numbers in each row of a table.", unit="numbers", why=_ENGRAM, ge=1, le=256)
    slots: int = setting(
        0,
        "Rows of each table; 0 is twice the suffixes that are taught.",
        unit="rows",
        why="then few share one",
        ge=0,
        le=2**24,
    )
    blocks: tuple[int, ...] = setting(
        (), "Blocks whose input is written to; empty is the last.", unit="blocks", why=_ENGRAM
    )
    prefixes: int = setting(
        2,
        "Further rows for each, with other text before the question.",
        unit="rows",
        why="the text before a question must not matter",
        ge=0,
        le=16,
    )
    row_rate: float = setting(
        60.0,
        "Learning rate of the tables, as a multiple of train.learning_rate.",
        unit="times",
        why="each row is seen rarely",
        gt=0,
    )
    matrix_rate: float = setting(
        3.0, "Learning rate of its matrices, likewise.", unit="times", why=_ENGRAM, gt=0
    )

    @field_validator("orders")
    @classmethod
    def _lengths(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or sorted(set(value)) != list(value) or not 0 <= value[0] <= value[-1] <= 64:
            raise ValueError("orders are different lengths up to 64, in order")
        return value


QUICK = {"rank": 8, "alpha": 16.0, "batch_size": 4, "iters": 100}
"""The quick profile: small and short, to see the road end to end."""

PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "chat": {
        "train": {
            "learning_rate": 2e-4,  # QLoRA (Dettmers et al. 2023) trained its 7B and 13B chat models at this
            "num_layers": -1,  # a manner of speaking sits everywhere, and so did QLoRA's adapters
            "target_modules": (ALL_LINEAR,),
            "rank": 16,
            "alpha": 32.0,
            "max_seq_length": 2048,  # several turns; the model's context still limits it
            "batch_size": 8,
            "epochs": 2.0,  # a style is to be learned, not the conversations
        }
    },
    "instruction": {
        "train": {
            "learning_rate": 2e-4,
            "num_layers": -1,
            "target_modules": (ALL_LINEAR,),
            "rank": 16,
            "alpha": 32.0,
            "max_seq_length": 1024,  # one question, one answer
            "batch_size": 16,  # short rows leave room for more of them
            "epochs": 3.0,  # as Stanford Alpaca's 52,000 instructions were trained
        }
    },
    "code": {
        "train": {
            "learning_rate": 1e-4,
            "num_layers": -1,
            "target_modules": (ALL_LINEAR,),
            "rank": 64,  # code gained from high ranks in "LoRA Learns Less and Forgets Less" (Biderman 2024)
            "alpha": 128.0,
            "max_seq_length": 4096,  # files are long
            "batch_size": 4,
            "grad_accumulation_steps": 2,  # two long rows at a time, for memory
            "epochs": 2.0,
        }
    },
}
"""Starting points for files of your own on a model of 100 million weights or more. They are from the
literature and not measured by us; the defaults above are for patterns and small models."""
