"""What every job needs, in one value: where, by which settings, on which base and backend, watched by whom.

And what jobs share: one training run, from its preparation to a trained adapter, that can be interrupted and
gone on with. Not here: finding those things (cli), or the jobs (teaching.py and the rooms beside it).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from engram import __version__
from engram.backends.base import AdapterWeights, Backend, LoadedModel, Quantization
from engram.config import Settings
from engram.disk import write_file
from engram.errors import Interrupted, LessonError, StorageError, UsageError
from engram.home import Home
from engram.lessons.rows import Row
from engram.lessons.screening import Screening
from engram.models.base import Base
from engram.privacy.guard import RULES, PrivacyGuard
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import now
from engram.store.redactions import record
from engram.training.certificate import Witness
from engram.training.certified import load_certified, number_type
from engram.training.checkpoint import RunFolder
from engram.training.conditional import SELF_CHECK, module_rows
from engram.training.curve import loss_curve_svg, read_metrics
from engram.training.examples import fit_rows
from engram.training.loop import train
from engram.training.progress import Surroundings
from engram.training.replay import replay_examples
from engram.training.setup import run_identity, train_spec
from engram.training.state import TrainingSet, TrainResult
from engram.training.stopping import AutoRule
from engram.types import Message

CURVE = "curve.svg"
"""The loss curve's name in a run folder."""


class Watcher(Protocol):
    """Told what is going on; a progress bar, or nobody."""

    def stage(self, name: str) -> None: ...

    def update(self, done: int, total: int, note: str = "") -> None: ...

    def note(self, sentence: str) -> None: ...


class Nobody:
    """A watcher that does not look."""

    def stage(self, name: str) -> None:
        pass

    def update(self, done: int, total: int, note: str = "") -> None:
        pass

    def note(self, sentence: str) -> None:
        pass


@contextmanager
def never_asked() -> Iterator[Callable[[], bool]]:
    """Nobody can ask for a stop."""
    yield lambda: False


def go_on(run_id: str) -> str:
    return f"To go on from there: engram teach (or train), everything as before, and --run {run_id} --resume."


@dataclass(frozen=True)
class Job:
    """What every job needs: where, with what, on what, who watches, and who may ask training to stop.

    `stop_requests` is opened around training; what it gives is asked before every step. `go_on` says how the
    run of a name is gone on with after an interruption.
    """

    home: Home
    settings: Settings
    base: Base
    backend: Backend
    watcher: Watcher = field(default_factory=Nobody)
    stop_requests: Callable[[], AbstractContextManager[Callable[[], bool]]] = never_asked
    go_on: Callable[[str], str] = go_on

    def load(self, adapter: Path | None = None) -> LoadedModel:
        """The base, with an adapter or bare, in the quantization that the settings ask for.

        An adapter's certificate is replayed. Raises ModelError, AdapterError, OutOfMemory.
        """
        return load_certified(self.backend, self.base, adapter, self.quantization)[0]

    @property
    def quantization(self) -> Quantization | None:
        return "4bit" if self.settings.model.load_in_4bit else None

    def computing(self) -> dict[str, str]:
        """What the numbers of a run depend on besides its settings and data. Raises ModelError."""
        device, dtype = self.backend.placement(self.base)
        return {
            "backend": self.backend.name,
            "device": device,
            "dtype": dtype,
            "quantization": self.quantization or "none",
            "engram": __version__,
        }

    def screening(self) -> Screening:
        """A pass of the guard over rows, under the settings of this job."""
        settings = self.settings.privacy
        return Screening(PrivacyGuard(settings), f"{RULES}\0{settings.model_dump_json()}")

    def audit(self, screening: Screening, place: str) -> None:
        """Write down what the guard did to rows on their way to `place`, if anything."""
        if screening.outcomes:
            with Database.open(self.home.create().database) as database:
                for done in screening.outcomes:
                    record(database, stamp(now()), place, None, done)

    @contextmanager
    def resumable(self, run_id: str) -> Iterator[None]:
        """Inside, an interrupt or a full disk is told with the way to go on."""
        try:
            yield
        except KeyboardInterrupt:
            raise Interrupted("Interrupted; what was in service still is.", self.go_on(run_id)) from None
        except StorageError as error:
            raise StorageError(error.message, f"{error.hint} {self.go_on(run_id)}".strip()) from error


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run that nothing speaks against: its rows fit, its folder is there, its settings are unchanged."""

    data: TrainingSet
    rule: AutoRule
    folder: RunFolder

    @property
    def name(self) -> str:
        return self.folder.folder.name


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained adapter that is not yet a version; its run folder holds metrics, curve and checkpoints.
    `certificate` is what manifest.json adds under that name; nothing where none could be taken."""

    weights: AdapterWeights
    result: TrainResult
    run: Path
    curve: str
    certificate: Mapping[str, Any] = field(default_factory=dict)


def train_adapter(
    job: Job,
    train_rows: Sequence[Row],
    valid_rows: Sequence[Row],
    run_id: str,
    resume: bool = False,
    rule: AutoRule = AutoRule(),
) -> Trained:
    """Train a fresh adapter on these rows. Raises Interrupted if it was asked to stop before its end."""
    run = prepare_run(job, train_rows, valid_rows, run_id, resume, rule)
    with job.resumable(run.name):
        return run_training(job, run)


def prepare_run(
    job: Job,
    train_rows: Sequence[Row],
    valid_rows: Sequence[Row],
    run_id: str,
    resume: bool = False,
    rule: AutoRule = AutoRule(),
    replayed: Sequence[Sequence[Message]] = (),
) -> PreparedRun:
    """Everything that can be refused before time is spent: the run's name, rows too long, other settings.
    `rule` is for `--iters auto`; `replayed` are questions whose answers by the bare base are to stay."""
    check_run(job.home, run_id, resume)
    data = training_set(job, train_rows, valid_rows, replayed)
    identity = identify_run(job, data, rule)
    open_run = RunFolder.resume if resume else RunFolder.start
    return PreparedRun(data, rule, open_run(job.home.run(run_id), identity))


def training_set(
    job: Job, train_rows: Sequence[Row], valid_rows: Sequence[Row], replayed: Sequence[Sequence[Message]] = ()
) -> TrainingSet:
    """The rows as token ids, and what is replayed with them. Raises LessonError for rows that do not fit."""
    settings, renderer = job.settings.train, job.base.renderer
    longest = min(settings.max_seq_length, job.base.context)
    taught = fit_rows(train_rows, renderer, longest, settings.too_long)
    valid = fit_rows(valid_rows, renderer, longest, settings.too_long)
    if not taught.examples:
        raise LessonError(["no training row is left."], f"Raise max_seq_length, which is {longest} here.")
    notes = (*taught.notes("Training"), *valid.notes("Validation"))
    for sentence in notes:
        job.watcher.note(sentence)
    if settings.memory == "engram":
        engram = job.settings.engram
        examples, module = module_rows(job.base, train_rows, taught.examples, engram, longest, settings.seed)
        if engram.opens == "taught":  # then nothing that is replayed could open it
            return TrainingSet(examples, valid.examples, (), notes, module)
    else:
        examples, module = taught.examples, None
    replay = replay_examples(job.base, job.load, replayed) if settings.replay else []
    short = [row for row in replay if len(row.ids) <= longest]
    return TrainingSet(examples, valid.examples, short, notes, module)


def identify_run(job: Job, data: TrainingSet, rule: AutoRule) -> dict[str, Any]:
    """What must be the same for a run to be gone on with."""
    about = {"base": job.base.revision, "renderer": job.base.renderer.digest, **job.computing()}
    if data.conditional is not None:
        about["engram"] = job.settings.engram.model_dump_json()
    return run_identity(data, job.settings.train, rule, **about)


def run_training(job: Job, run: PreparedRun) -> Trained:
    """Train a fresh model until the plan ends. Raises Interrupted, with a checkpoint, when asked to stop."""
    job.watcher.stage("Training")
    model = job.load()
    first = (SELF_CHECK,) if run.data.conditional else ()
    witness = Witness(model, job.backend.name, number_type(model, job.quantization), first)
    session = model.begin_training(train_spec(job.settings.train, run.data.conditional))
    with job.stop_requests() as asked:
        around = Surroundings(_Relay(job.watcher), asked, peak_memory_bytes=model.peak_memory_bytes)
        result = train(session, run.data, job.settings.train, run.rule, run.folder, around)
        if asked() or not result.finished:
            raise Interrupted(f"Stopped as asked, after step {result.steps}.", job.go_on(run.name))
    curve = _draw_curve(run.folder.folder)
    return Trained(session.export(), result, run.folder.folder, curve, witness.entry())


def _draw_curve(run: Path) -> str:
    """The loss curve, which is kept beside the metrics as curve.svg too."""
    curve = loss_curve_svg(read_metrics(run / "metrics.jsonl"))
    write_file(run / CURVE, curve.encode())
    return curve


def name_run(home: Home, name: str | None, resume: bool) -> str:
    """The name of a run: the one given, else the time. Raises UsageError, BadName."""
    if name is None:
        if resume:
            unfinished = ", ".join(sorted(run.parent.name for run in home.runs.glob("*/checkpoints")))
            raise UsageError(
                "--resume needs the name of a run.",
                f"Add --run NAME. Unfinished runs: {unfinished or 'none'}.",
            )
        return new_run_id()
    check_run(home, name, resume)
    return name


def check_run(home: Home, name: str, resume: bool) -> None:
    """Raises UsageError when a run to resume is missing or finished, or a new one exists already; BadName."""
    folder = home.run(name)
    started, open_ended = (folder / "plan.json").exists(), (folder / "checkpoints").is_dir()
    if resume and not started:
        raise UsageError(f"There is no run {name} to resume.", "Start it without --resume.")
    if resume and not open_ended:
        raise UsageError(f"The run {name} is finished: its adapter is a version.", "Start a new run.")
    if started and not resume:
        way = "Go on with --resume, or name" if open_ended else "Name"
        raise UsageError(f"The run {name} exists already.", f"{way} another with --run.")


def close_run(run: Path) -> None:
    """A finished run needs its checkpoints no more; plan, metrics and curve stay."""
    shutil.rmtree(run / "checkpoints", ignore_errors=True)


def new_run_id() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


class _Relay:
    """The training loop's progress, told to a Watcher."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def update(self, step: int, total: int, loss: float, tokens_per_second: float) -> None:
        self._watcher.update(step, total, f"loss {loss:.3f}, {tokens_per_second:,.0f} tokens/s")

    def note(self, sentence: str) -> None:
        self._watcher.note(sentence)
