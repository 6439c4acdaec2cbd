"""Settings of what is taught and of how the result is measured. Not here: training."""

from __future__ import annotations

from typing import Literal

from engram.config.section import Section, setting

Shape = Literal["messages", "prompt-completion", "text", "alpaca", "sharegpt"]
Policy = Literal["drop", "keep", "refuse"]
_MEASURED = "measured on the shipped sets, docs/lab.md"


class DataSettings(Section):
    """How patterns, or files of your own, become rows."""

    wordings: int = setting(
        12,
        "Each pattern is trained in so many, of at most 1,000 patterns; of more in two or one.",
        unit="wordings",
        why="a handful is learned by heart; a night has four times as many",
        ge=1,
        le=100,
    )
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
