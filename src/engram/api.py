"""The same in Python: `engram.teach(...)` and `engram.load(...)`.

Not here: work. Both open a job as the commands do and hand it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engram.answer.answerer import Answerer
from engram.backends.choose import choose_backend
from engram.backends.lookup import lookup_processor
from engram.config import ChatSettings, ModelSettings, Settings
from engram.home import Home
from engram.job import Job
from engram.lookup.facts import Fact
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.measure.comparison import Comparison
from engram.models.base import Base
from engram.models.catalogue import check_backend
from engram.models.fake import fake_base
from engram.models.resolve import resolve
from engram.settings_file import read_settings
from engram.teaching import teach as teach_job
from engram.training.versions import find_version
from engram.types import Message, Sampling


class Model:
    """A base model, with or without an adapter, that answers."""

    def __init__(self, answerer: Answerer, chat: ChatSettings | None = None) -> None:
        self._answerer = answerer
        self._chat = chat or ChatSettings()

    def generate(
        self,
        prompt: str | Sequence[Message],
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int = 0,
    ) -> str:
        """The answer to a question, or to a conversation that ends with the user's turn.

        What is not given is as [chat] in the home's engram.toml says: greedy, unless it says otherwise.
        """
        messages = [Message("user", prompt)] if isinstance(prompt, str) else prompt
        sampling = Sampling(
            self._chat.max_tokens if max_tokens is None else max_tokens,
            self._chat.temperature if temperature is None else temperature,
            self._chat.top_p if top_p is None else top_p,
            seed,
        )
        return self._answerer.answer(messages, sampling).text


def load(
    model: str = "seedling",
    adapter: str | None = None,
    home: Path | str | None = None,
    facts: Mapping[str, str] | None = None,
    **settings: Any,
) -> Model:
    """Load a base, bare or with an adapter version such as "v1"; `settings` are those of [model].

    `facts`: a question that ends with one of these keys is answered with its value, word for word, by the
    exact memory. Raises ModelError, MissingBackend, UnknownName, AdapterError, UsageError.
    """
    job = open_job(model, home, {"model": settings})
    folder = None if adapter is None else find_version(job.home, job.base, adapter)
    processors = []
    if facts:
        lookup = Lookup(FactTable(Fact(*pair) for pair in facts.items()), job.base.renderer)
        processors.append(lookup_processor(lookup, job.backend.name))
    return Model(Answerer(job.load(folder), processors), job.settings.chat)


def teach(
    patterns: Path | str | Sequence[Path | str],
    model: str = "seedling",
    out: Path | str = "engram-report",
    home: Path | str | None = None,
    **settings: Any,
) -> Comparison:
    """Teach pattern files to a base and measure what it learned; `settings` are those of [train].

    The adapter becomes a version of the home, and the report lies in `out`. Raises EngramError.
    """
    one = isinstance(patterns, (str, Path))
    files = [Path(patterns)] if one else [Path(file) for file in patterns]  # type: ignore[arg-type,union-attr]
    return teach_job(open_job(model, home, {"train": settings}), files, Path(out)).comparison


def open_job(model: str, home: Path | str | None, overrides: dict[str, dict[str, Any]]) -> Job:
    """Everything a job needs, from names."""
    place = Home.find(Path(home) if home else None)
    overrides.setdefault("model", {})["model"] = model
    settings = read_settings(place.settings, overrides=overrides)
    return assemble(settings, place)


def assemble(settings: Settings, home: Home) -> Job:
    """The job that these settings describe, watched by nobody."""
    wanted = settings.model
    backend = choose_backend(wanted)
    check_backend(wanted.model, backend.name)
    return Job(home, settings, find_base(wanted, backend.name), backend)


def find_base(wanted: ModelSettings, backend: str) -> Base:
    """The base model that these settings name, for a backend of this name; no weights are loaded."""
    if backend == "fake":
        return fake_base(template=wanted.template)
    return resolve(wanted.model, template=wanted.template)
