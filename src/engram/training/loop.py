"""The one training loop, for every backend: steps, passes, checkpoints, one retry, and a reasoned end.

It decides nothing itself: plan.py says which rows, schedule.py which rate, stopping.py when it is enough,
health.py whether the loss is sane; the session does the arithmetic. A resumed run goes on bit for bit; only
if the loss breaks after a resume may the state that is returned to be a later one than in an unbroken run.
Not here: printing, signals, or loading models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy.typing as npt

from engram.backends.base import Batch, StepResult, TrainSession
from engram.config import TrainSettings
from engram.errors import Diverged
from engram.training.batches import evaluation_batches, first_alike, step_batches
from engram.training.checkpoint import Checkpoint, RunFolder
from engram.training.health import LossWatch
from engram.training.plan import StepRows
from engram.training.progress import Surroundings
from engram.training.schedule import Ending, ending_at, learning_rate, warmup_steps
from engram.training.setup import make_plan, planned_steps, tokens_per_pass
from engram.training.state import LoopState, TrainingSet, TrainResult
from engram.training.stopping import AutoRule, PassRecord, auto_ending

RETRY_RATE = 0.1
"""After a broken loss, the rate is this share of what it was; once."""
SNAPSHOT_EVERY = 100
"""Steps between states worth returning to where no checkpoints are asked for."""
STOPPED = "It was asked to stop; --resume goes on from here."


def train(
    session: TrainSession,
    data: TrainingSet,
    settings: TrainSettings,
    rule: AutoRule | None = None,
    run: RunFolder | None = None,
    around: Surroundings | None = None,
) -> TrainResult:
    """Train until the settings, the rule or `should_stop` end it; go on from the run's last checkpoint.

    Raises Diverged when the loss breaks a second time, OutOfMemory as the session says it, StorageError.
    """
    loop = _Loop(session, data, settings, rule or AutoRule(), run, around or Surroundings())
    return loop.go()


class _Loop:
    """The moving parts of one run: a session, a LoopState, and the last state worth returning to."""

    def __init__(
        self,
        session: TrainSession,
        data: TrainingSet,
        settings: TrainSettings,
        rule: AutoRule,
        run: RunFolder | None,
        around: Surroundings,
    ) -> None:
        self._session, self._data, self._settings = session, data, settings
        self._rule, self._run, self._around = rule, run, around
        self._plan = make_plan(data, settings)
        self._replayed_as = first_alike(data.replay)
        first_id = len(data.train) + len(data.replay)
        self._valid = evaluation_batches(data.valid, settings.batch_size, first_id)
        self._state = LoopState()
        self._good: tuple[LoopState, Mapping[str, npt.NDArray[Any]]] = (self._state, {})
        self._saved_at = -1
        self._pass_steps: tuple[int, list[StepRows]] = (-1, [])
        self._cap = self._rule.cap(self._plan.steps_per_pass, tokens_per_pass(data, settings))
        self._warmup = warmup_steps(settings.warmup, self._ending().last)

    def go(self) -> TrainResult:
        self._mark = self._around.clock()
        checkpoint = self._run.latest() if self._run and self._run.resuming else None
        if checkpoint:
            self._state = LoopState.from_json(checkpoint.loop)
        if self._settings.epochs is None and self._settings.iters == "auto":
            self._around.progress.note(f"Training until nothing improves, at most {self._cap}.")
        if not self._prepare():
            return self._result(False, STOPPED)
        self._begin(checkpoint)
        while self._state.step < self._ending().last:
            if self._around.should_stop():
                self._save()
                return self._result(False, STOPPED)
            self._take_step()
        self._finish()
        return self._result(True, self._ending().reason)

    def _finish(self) -> None:
        unseen = self._state.validated_at != self._state.step
        if unseen:
            self._validate()
        if unseen or self._saved_at != self._state.step:
            self._save()

    def _prepare(self) -> bool:
        """Whether it came to its end: it may take as long as a pass, and an interrupt should not wait."""
        for batch in self._rows_to_come():
            if self._around.should_stop():
                return False
            self._session.prepare([batch])
        return True

    def _begin(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint:
            self._session.restore(checkpoint.tensors)
            self._saved_at = self._state.step
        else:
            self._validate()
        self._good = (self._state, self._session.state())

    def _rows_to_come(self) -> list[Batch]:
        """Every row that a step may show, once, under the ids that the steps use.

        It does not ask how far the run has come, because a resumed one has to prepare the same batches.
        """
        data, size = self._data, self._settings.batch_size
        rows = self._plan.reached(planned_steps(self._plan, self._data, self._settings, self._rule)[0])
        taught = evaluation_batches(data.train, size, 0, chosen=rows.taught.tolist())
        first_id, chosen = len(data.train), sorted({self._replayed_as[i] for i in rows.replayed})
        replayed = evaluation_batches(data.replay, size, first_id, anchored=True, chosen=chosen)
        return [*taught, *replayed, *self._valid]

    def _ending(self) -> Ending:
        settings, per_pass = self._settings, self._plan.steps_per_pass
        if settings.epochs is not None:
            last = max(1, math.ceil(settings.epochs * per_pass))
            return ending_at(last, f"All {settings.epochs:g} passes ({last} steps) were taken.")
        if settings.iters == "auto":
            return auto_ending(self._state.history, self._rule, self._cap)
        return ending_at(settings.iters, f"All {settings.iters} steps were taken.")

    def _take_step(self) -> None:
        number = self._state.step + 1
        peak = self._settings.learning_rate * self._state.rate_factor
        rate = learning_rate(number, peak, self._warmup, self._ending())
        started = self._around.clock()
        result = self._session.step(self._batches(), rate)
        seconds = self._around.clock() - started
        watch = self._state.watch.see(result.loss)
        if problem := watch.problem(result.anchor_loss, result.grad_norm):
            self._retry(number, problem)
            return
        self._count(result, watch)
        self._report(result, rate, seconds)
        if number % self._plan.steps_per_pass == 0:
            self._end_pass()
        if number % (self._settings.save_every or SNAPSHOT_EVERY) == 0 and watch.healthy:
            self._good = (self._state, self._session.state())
            if self._settings.save_every:
                self._save()

    def _batches(self) -> list[Batch]:
        pass_number, offset = divmod(self._state.step, self._plan.steps_per_pass)
        if self._pass_steps[0] != pass_number:
            self._pass_steps = (pass_number, self._plan.steps(pass_number))
        rows = self._pass_steps[1][offset]
        taught = [self._data.train[i] for i in rows.taught]
        replayed = [self._data.replay[i] for i in rows.replayed]
        replayed_as = (len(self._data.train) + self._replayed_as[i] for i in rows.replayed)
        row_ids = [*rows.taught.tolist(), *replayed_as]
        return step_batches(taught, replayed, row_ids, self._settings.grad_accumulation_steps)

    def _count(self, result: StepResult, watch: LossWatch) -> None:
        now, state = self._around.clock(), self._state
        self._state = replace(
            state,
            step=state.step + 1,
            tokens=state.tokens + result.tokens,
            seconds=state.seconds + now - self._mark,
            watch=watch,
            pass_loss=state.pass_loss + result.loss * result.rows,
            pass_exact=state.pass_exact + result.exact,
            pass_rows=state.pass_rows + result.rows,
        )
        self._mark = now

    def _report(self, result: StepResult, rate: float, seconds: float) -> None:
        speed = result.tokens / seconds if seconds > 0 else 0.0
        state, last = self._state, self._ending().last
        self._write(
            {
                "train/loss": result.loss,
                "train/anchor_loss": result.anchor_loss,
                "train/exact": result.exact / max(1, result.rows),
                "train/learning_rate": rate,
                "train/grad_norm": result.grad_norm,
                "train/tokens_per_second": speed,
                "train/peak_memory_gb": self._around.peak_memory_bytes() / 1e9,
            }
        )
        self._around.progress.update(state.step, last, state.watch.smoothed, speed)

    def _end_pass(self) -> None:
        state = self._state
        record = PassRecord(
            state.step // self._plan.steps_per_pass,
            state.step,
            state.pass_loss / max(1, state.pass_rows),
            state.pass_exact / max(1, state.pass_rows),
            *self._validate(),
        )
        history = (*state.history, record)
        self._state = replace(self._state, history=history, pass_loss=0.0, pass_exact=0, pass_rows=0)

    def _validate(self) -> tuple[float | None, float | None]:
        """Loss and share of exact rows on the validation rows; None without any."""
        loss = exact = None
        if self._valid:
            seen = self._session.evaluate(self._valid)
            loss, exact = seen.loss, seen.exact / seen.rows
            self._write({"eval/loss": loss, "eval/exact": exact})
        first = loss if self._state.validated_at is None else self._state.first_valid_loss
        self._state = replace(
            self._state, validated_at=self._state.step, first_valid_loss=first, last_valid_loss=loss
        )
        return loss, exact

    def _retry(self, number: int, problem: str) -> None:
        """Back to the last good state with a tenth of the rate; the second time is the end."""
        if self._state.rate_factor < 1:
            raise Diverged(
                f"{problem} This was step {number}, already after a retry at a lower rate.",
                f"Lower learning_rate (now {self._settings.learning_rate:g}), or look at the training rows.",
            )
        good, tensors = self._good
        sentence = f"{problem} Going back from step {number} to step {good.step} with a tenth of the rate."
        self._session.restore(tensors)
        spent = replace(good, seconds=self._state.seconds, tokens=self._state.tokens)
        self._state = replace(spent, rate_factor=RETRY_RATE, notes=(*good.notes, sentence))
        self._write({"note": sentence})
        self._around.progress.note(sentence)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._run:
            self._run.append({"step": self._state.step, **line})

    def _save(self) -> None:
        if self._run:
            self._run.save(self._state.step, self._session.state(), asdict(self._state))
            self._saved_at = self._state.step

    def _result(self, finished: bool, reason: str) -> TrainResult:
        state = self._state
        return TrainResult(
            steps=state.step,
            passes=state.step / self._plan.steps_per_pass,
            finished=finished,
            stopped_because=reason,
            history=state.history,
            first_valid_loss=state.first_valid_loss,
            last_valid_loss=state.last_valid_loss,
            seconds=state.seconds,
            tokens=state.tokens,
            notes=state.notes,
        )
