"""One strict schema for every setting: its unit, its default and the reason for that default.

The same fields become engram.toml, command-line flags and the reference in docs/. Unknown keys are errors.
Not here: reading files (settings_file.py), paths (home.py), and anything that acts on a setting.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


def setting(default: Any, description: str, *, unit: str, why: str, **bounds: Any) -> Any:
    """A field that documents itself. `unit` is "" for choices and switches."""
    return Field(
        default=default, description=description, json_schema_extra={"unit": unit, "why": why}, **bounds
    )


TooLong = Literal["refuse", "drop", "cut"]
Shape = Literal["messages", "prompt-completion", "text", "alpaca", "sharegpt"]
Policy = Literal["drop", "keep", "refuse"]
OnFinding = Literal["mask", "keep", "drop"]
_MEASURED = "measured on the shipped sets, docs/lab.md"


class Section(BaseModel):
    """A table of engram.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


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

    iters: int | Literal["auto"] = setting(
        "auto",
        "Optimizer steps, or auto.",
        unit="steps",
        why="stops when recall and validation loss level off",
    )
    epochs: float | None = setting(
        None, "Passes over the data; instead of iters.", unit="passes", why="iters decides", gt=0
    )
    batch_size: int = setting(32, "Taught rows per step.", unit="rows", why=_MEASURED, ge=1)
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
        (), "Linear layers to adapt by name; empty is all in the blocks.", unit="", why=_MEASURED
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
        0.25, "Replay rows per step, as a share of taught rows.", unit="share", why=_MEASURED, ge=0, le=4
    )
    anchor_weight: float = setting(
        5.0, "Weight of KL to the frozen base on replay rows.", unit="", why=_MEASURED, ge=0
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


QUICK = {"rank": 8, "alpha": 16.0, "batch_size": 4, "iters": 100}
"""The quick profile: small and short, to see the road end to end."""

PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "chat": {
        "train": {
            "learning_rate": 2e-4,  # QLoRA (Dettmers et al. 2023) trained its 7B and 13B chat models at this
            "num_layers": -1,  # a manner of speaking sits in all blocks, and so did QLoRA's adapters
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


class DataSettings(Section):
    """How patterns, or files of your own, become rows."""

    valid_fraction: float = setting(
        0.2,
        "Kept for validation, as a share of training rows: untrained wordings, or rows of your own.",
        unit="share",
        why="enough to see overfitting",
        ge=0,
        lt=1,
    )
    seed: int = setting(0, "Seed of wordings, order and choice.", unit="", why="same seed, same files", ge=0)
    shape: Literal["auto", Shape] = setting(
        "auto", "Shape of the records in files of your own.", unit="", why="the keys tell it, and it is said"
    )
    thinking: Policy = setting(
        "drop", "<think> blocks in files of your own.", unit="", why="answers are served without thinking"
    )
    tools: Policy = setting(
        "drop", "Tool calls and results in them.", unit="", why="no tools are called when answering"
    )


class MeasureSettings(Section):
    """How answers are scored."""

    max_tokens: int = setting(
        96,
        "Longest answer when scoring; longer expected outputs raise it.",
        unit="tokens",
        why="skill tasks need fewer",
        ge=1,
    )
    retention_items: int = setting(
        1200, "Skill tasks asked for retention, at most.", unit="tasks", why="the whole shipped suite", ge=1
    )
    rephrased_items: int = setting(
        2000,
        "Questions in untrained wordings, at most.",
        unit="questions",
        why="within 2 points at 95%",
        ge=1,
    )
    consistency_runs: int = setting(
        5, "Sampled answers per probe.", unit="runs", why="shows differences, costs little time", ge=2
    )
    consistency_temperature: float = setting(
        0.7, "Temperature of those.", unit="", why="an unsure model varies its answers", gt=0
    )
    consistency_probes: int = setting(
        24, "Probes sampled for consistency.", unit="probes", why="more would take too long", ge=1
    )


class ChatSettings(Section):
    """How `engram chat` answers, and how a single answer is generated."""

    system: str = setting(
        "",
        "What the model is told before every conversation.",
        unit="",
        why="the embedded model was trained without one",
    )
    temperature: float = setting(0.0, "0 is greedy.", unit="", why="greedy answers can be repeated", ge=0)
    top_p: float = setting(1.0, "Nucleus sampling.", unit="share", why="1 leaves it off", gt=0, le=1)
    max_tokens: int = setting(128, "Longest answer.", unit="tokens", why="most answers are shorter", ge=1)
    history: int = setting(
        6,
        "Latest exchanges of this conversation that the model sees again, as far as its context goes.",
        unit="exchanges",
        why="beyond 12 the embedded model reads its notes no more, docs/chat.md; recall finds what is older",
        ge=0,
    )
    recall: bool = setting(
        True, "Show the model what it was told in other conversations.", unit="", why="that is what it is for"
    )
    incognito: bool = setting(False, "Write nothing down.", unit="", why="a memory needs what was said")


class RecallSettings(Section):
    """What a model is shown of earlier conversations."""

    tokens: int = setting(
        400, "Longest notes before a question.", unit="tokens", why="the frame the model was trained on", ge=1
    )
    notes: int = setting(3, "Most notes before a question.", unit="notes", why="measured, docs/lab.md", ge=1)
    floor: float = setting(
        0.55,
        "Least share of a question, weighed by rarity, that a memory covers to become a note.",
        unit="share",
        why="unrelated memories only confuse",
        ge=0,
        le=1,
    )
    beside: float = setting(
        0.7,
        "Least share of the best note's figure that another one needs to stand beside it.",
        unit="share",
        why="measured with the embedded model, docs/lab.md",
        ge=0,
        le=1,
    )
    likeness: float = setting(
        1.0,
        "Least cosine from which a memory becomes a note whatever words it shares; 1 is never.",
        unit="cosine",
        why="our own vectors know no meanings; try 0.6 with a model that does",
        gt=0,
        le=1,
    )
    embedder: str = setting(
        "hashed",
        "hashed (our own), none, or a model2vec model: a folder, or a Hub id (extra embed).",
        unit="",
        why="hashed needs no download",
    )


def _on_finding(what: str, why: str = "what is never written down cannot leak") -> Any:
    return setting("mask", f"{what}: mask, keep, or drop the whole text.", unit="", why=why)


class PrivacySettings(Section):
    """What becomes of secrets and personal data before anything is stored, indexed or trained."""

    api_key: OnFinding = _on_finding("API keys")
    token: OnFinding = _on_finding("Access tokens")
    private_key: OnFinding = _on_finding("Private keys and seed phrases")
    password: OnFinding = _on_finding("Passwords")
    connection_string: OnFinding = _on_finding("Addresses and connection strings with a password")
    email: OnFinding = _on_finding("Mail addresses")
    phone: OnFinding = _on_finding("Telephone numbers")
    card: OnFinding = _on_finding("Payment card numbers")
    iban: OnFinding = _on_finding("Bank account numbers (IBAN)")
    ip: OnFinding = _on_finding("IP addresses")
    mac: OnFinding = _on_finding("Hardware addresses (MAC)")
    national_id: OnFinding = _on_finding("Numbers that states give their people")
    address: OnFinding = _on_finding("Postal addresses")
    birth_date: OnFinding = _on_finding("Dates of birth")
    name: OnFinding = _on_finding("Names of people, where a recogniser finds them", "as the types above")
    names: Literal["none", "presidio"] = setting(
        "none",
        "What finds names: none, or presidio (extra privacy).",
        unit="",
        why="rules cannot, and a memory without names is of little use",
    )
    unsafe: Literal["flag", "keep"] = setting(
        "flag",
        "Unsafe or abusive content: flag it (then it is neither indexed nor trained), or keep it.",
        unit="",
        why="what is repeated to a model comes back from it",
    )


class SleepSettings(Section):
    """Nights: what they need, keep and tell."""

    keep: int = setting(
        5,
        "Adapter versions that stay, besides pinned ones and the one in service.",
        unit="versions",
        why="a week of going back, about 5 MB each on the embedded model",
        ge=1,
        le=1000,
    )
    notify: str = setting(
        "",
        "How the morning is told: desktop, or a command that gets one sentence as its last word; empty: not.",
        unit="",
        why="nobody asked for a message yet",
    )
    least_disk_mb: int = setting(
        500, "Free disk below which no night begins.", unit="MB", why="checkpoints and a version fit", ge=0
    )
    augment: Literal["none", "rules", "model", "teacher"] = setting(
        "rules",
        "Who writes more questions for each memory: rules; also the model in service; also the teacher, who "
        "then reads the memories.",
        unit="",
        why="rules cost no time and send nothing",
    )


class TeacherSettings(Section):
    """A larger model that writes training data, only where a command asks for it."""

    teacher: str = setting(
        "none",
        "Who writes: none (the built-in grammar), a preset (docs/synth.md), or the address of a server that "
        "speaks OpenAI's chat completions.",
        unit="",
        why="nothing leaves the machine unasked",
    )
    model: str = setting(
        "", "The teacher's model, by the server's name for it.", unit="", why="servers differ"
    )
    key_env: str = setting(
        "",
        "Environment variable that holds the key; empty is the preset's, and none for a bare address.",
        unit="",
        why="a key in a file is a key that leaks",
    )
    max_tokens: int = setting(
        4096,
        "Longest answer of the teacher.",
        unit="tokens",
        why="five short conversations need some 1,500",
        ge=16,
    )
    timeout: float = setting(
        120.0,
        "Longest wait for one answer.",
        unit="seconds",
        why="local models on a processor are slow",
        gt=0,
    )
    retries: int = setting(
        2,
        "How often an answer that is no use is asked for again.",
        unit="times",
        why="more seldom helps",
        ge=0,
        le=20,
    )
    price_in: float | None = setting(
        None,
        "What the teacher's server takes for a million tokens sent.",
        unit="money",
        why="prices change",
        ge=0,
    )
    price_out: float | None = setting(
        None, "The same for tokens answered.", unit="money", why="prices change", ge=0
    )


class Settings(Section):
    """All of engram.toml."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    train: TrainSettings = TrainSettings()
    measure: MeasureSettings = MeasureSettings()
    chat: ChatSettings = ChatSettings()
    recall: RecallSettings = RecallSettings()
    privacy: PrivacySettings = PrivacySettings()
    sleep: SleepSettings = SleepSettings()
    teacher: TeacherSettings = TeacherSettings()
