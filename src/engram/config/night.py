"""Settings of nights, and of a teacher who may be asked to write. Not here: training."""

from __future__ import annotations

from typing import Literal

from engram.config.section import Section, setting


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
    bad_answers: int = setting(
        3,
        "Of its last 20 rated answers so many rated bad take a version out of service; 0: none ever do.",
        unit="answers",
        why="one may be a slip of the thumb, and three of twenty are none",
        ge=0,
        le=20,
    )
    more_failures: float = setting(
        0.1,
        "Answers that fail, as a share beyond what served before, from which a version is taken out of "
        "service, if that is no chance; 0: from none.",
        unit="share",
        why="an answer in ten is noticed, and a machine's bad minute passes",
        ge=0,
        le=1,
    )
    slower: float = setting(
        2.0,
        "Times as long as before it, from which a version whose usual answer takes so long is taken out of "
        "service; 0: from none.",
        unit="times",
        why="adapters of one shape take the same time: twice is one that does not stop",
        ge=0,
    )
    harness: str = setting(
        "",
        "A file of tasks of your own (docs/measuring-your-own.md); a night may lose one of them.",
        unit="path",
        why="only you know what must not break",
    )
    augment: Literal["none", "rules", "model", "teacher"] = setting(
        "rules",
        "Who writes more questions for each memory: rules; also the model in service; also the teacher, who "
        "then reads the memories.",
        unit="",
        why="nothing leaves the machine; what it brings is not measured yet",
    )
    confirm_teacher: bool = setting(
        True,
        "Ask before memories go to the teacher; false says yes for every night, also for scheduled ones.",
        unit="",
        why="files of settings get copied, and a question costs a key",
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
