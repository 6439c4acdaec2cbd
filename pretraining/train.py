"""Pretrain seedling on the corpus, on the CPU or on a GPU, stopping and resuming at any time.

Run: `python -m pretraining.train --tokens 20_000_000`, and the same line again to go on later. A larger
or smaller `--tokens` on resume moves the end and so the start of the decay; the path until then stays.
`--start FOLDER --first-shard N` begins a run of its own from exported weights, on shards not seen before.
Ctrl-C and SIGTERM write a checkpoint and exit. There is no dropout and the order of the data follows from
(seed, shard), so weights, moments and the position in the data are the whole state: a resumed run on the CPU
is bit for bit the unbroken one. Shipping the weights is export.py's work, judging them the evaluation's.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from pretraining import checkpoint
from pretraining.batches import Batch, Shard, collate, plan
from pretraining.model import ModelConfig, Seedling, from_llama_names
from pretraining.optimizer import MuonAdam
from pretraining.schedule import Schedule

WORK = Path(__file__).parent / "work"
POSITION = ("step", "tokens", "shard", "next_batch", "seconds")
# M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD of malloc.h
MALLOC_OPTIONS = ((-4, 0), (-1, 2**31 - 1), (-2, 2**28))


@dataclass(frozen=True)
class Settings:
    """How to train. Token counts include prompts; rates are peak rates."""

    tokens: int = 20_000_000
    decay_fraction: float = 0.25
    warmup_tokens: int = 300_000
    batch_tokens: int = 8192  # per optimizer step
    micro_tokens: int = 4096  # per forward pass, padding included
    muon_rate: float = 0.02
    adam_rate: float = 0.003
    clip: float = 1.0
    ema: float = 0.995
    seed: int = 0
    device: str = "cpu"
    compile: bool = True
    checkpoint_minutes: float = 5.0
    log_steps: int = 50
    start: str = ""
    first_shard: int = 0

    def __post_init__(self) -> None:
        if self.micro_tokens < 1 or self.batch_tokens % self.micro_tokens:
            raise ValueError("--batch-tokens must be a multiple of --micro-tokens")
        Schedule(self.tokens, self.warmup_tokens, self.decay_fraction)


class Tally:
    """Losses of supervised tokens since the last log line, by skill."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.losses, self.counts = np.zeros(len(names)), np.zeros(len(names), dtype=np.int64)

    def add(self, losses: Tensor, batch: Batch) -> None:
        """Count the losses [supervised] of one batch."""
        self.losses += np.bincount(batch.skills, losses.float().cpu().numpy(), minlength=len(self.names))
        self.counts += np.bincount(batch.skills, minlength=len(self.names))

    def means(self) -> tuple[float, dict[str, float]]:
        """Mean loss in nats per supervised token, over all and by skill."""
        seen = [i for i in range(len(self.names)) if self.counts[i]]
        by_skill = {self.names[i]: round(float(self.losses[i] / self.counts[i]), 4) for i in seen}
        return round(float(self.losses.sum() / max(1, self.counts.sum())), 4), by_skill


class Run:
    """One pretraining run: model, optimizer, position in the data. `load_shard` is the corpus, handed in."""

    def __init__(
        self,
        settings: Settings,
        config: ModelConfig,
        load_shard: Callable[[int], Shard],
        skill_names: tuple[str, ...],
        work: Path,
    ) -> None:
        self.settings, self.config, self.load_shard, self.work = settings, config, load_shard, work
        self.skill_names = skill_names
        self.model = Seedling(config)
        self.model.initialise(settings.seed)
        self.model.to(settings.device)
        if settings.compile:
            self.model.compile_layers()
        self.optimizer = MuonAdam(self.model, settings.muon_rate, settings.adam_rate)
        self.ema = {name: w.detach().clone() for name, w in self.model.named_parameters()}
        self.schedule = Schedule(settings.tokens, settings.warmup_tokens, settings.decay_fraction)
        self.step = self.tokens = self.next_batch = 0
        self.shard = settings.first_shard
        self.seconds = 0.0  # of training, over all sessions
        self.stopping = False

    def _batches(self) -> Iterator[Batch]:
        """Batches from the current position on; the position moves with them."""
        longest, settings = self.config.max_positions, self.settings
        while True:
            shard = self.load_shard(self.shard)
            groups = plan(shard, settings.micro_tokens, longest, settings.seed, self.shard)
            while self.next_batch < len(groups):
                self.next_batch += 1
                yield collate(shard, groups[self.next_batch - 1], longest)
            self.shard, self.next_batch = self.shard + 1, 0

    def _losses(self, batch: Batch) -> Tensor:
        """Losses [supervised] of one batch, in nats."""
        device = self.settings.device
        with torch.autocast("cuda", torch.bfloat16, enabled=device.startswith("cuda")):
            ids, where = batch.ids.to(device), batch.where.to(device)
            logits = self.model.logits(self.model.hidden(ids, where, self.settings.micro_tokens))
        return F.cross_entropy(logits.float(), batch.targets.to(device), reduction="none")

    def _update(self, batches: list[Batch], tally: Tally) -> float:
        """One optimizer step; every supervised token weighs the same. Returns the gradient norm."""
        supervised = max(1, sum(len(batch.targets) for batch in batches))
        for batch in batches:
            losses = self._losses(batch)
            (losses.sum() / supervised).backward()  # type: ignore[no-untyped-call]
            tally.add(losses.detach(), batch)
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip))
        if not np.isfinite(norm):
            raise FloatingPointError(
                f"the gradient is not finite at step {self.step + 1}; the last checkpoint is intact: "
                "resume from it with a lower --muon-rate and --adam-rate"
            )
        self.optimizer.step(self.schedule.factor(self.tokens))
        self.model.zero_grad(set_to_none=False)
        self._average()
        return norm

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential moving average of the weights; its window grows with the run until it reaches --ema."""
        keep = min(self.settings.ema, self.step / (self.step + 10))
        for name, weight in self.model.named_parameters():
            self.ema[name].lerp_(weight, 1 - keep)

    def train(self, max_steps: int | None = None) -> None:
        """Train until the token budget is used up, `stop` is called, or `max_steps` more steps are done."""
        tally, batches = Tally(self.skill_names), self._batches()
        last_save = last_log = time.monotonic()
        logged_tokens, steps_left = self.tokens, max_steps
        while self.tokens < self.settings.tokens and not self.stopping and steps_left != 0:
            began = time.monotonic()
            chosen = [next(batches) for _ in range(self.settings.batch_tokens // self.settings.micro_tokens)]
            norm = self._update(chosen, tally)
            self.step += 1
            self.tokens += sum(batch.tokens for batch in chosen)
            now = time.monotonic()
            self.seconds += now - began
            if self.step % self.settings.log_steps == 0:
                self._log(tally, norm, (self.tokens - logged_tokens) / (now - last_log))
                tally, last_log, logged_tokens = Tally(self.skill_names), now, self.tokens
            if now - last_save > 60 * self.settings.checkpoint_minutes:
                self.save()
                last_save = now
            steps_left = None if steps_left is None else steps_left - 1
        self.save()

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Finish the step in progress, write a checkpoint and end (a signal handler)."""
        self.stopping = True

    def _log(self, tally: Tally, norm: float, speed: float) -> None:
        loss, by_skill = tally.means()
        row = {
            "step": self.step,
            "tokens": self.tokens,
            "loss": loss,
            "loss_by_skill": by_skill,
            "rate_factor": round(self.schedule.factor(self.tokens), 4),
            "gradient_norm": round(norm, 4),
            "tokens_per_second": round(speed),
            "seconds": round(self.seconds, 1),
        }
        self.work.mkdir(parents=True, exist_ok=True)
        with (self.work / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        line = f"step {self.step}  {self.tokens:,} tokens  loss {loss}  {speed:.0f} tokens/s"
        print(line, file=sys.stderr, flush=True)

    def save(self) -> Path:
        """Write a checkpoint of everything the run needs to go on."""
        tensors: dict[str, Tensor] = {f"model.{n}": w for n, w in self.model.named_parameters()}
        tensors |= {f"ema.{n}": w for n, w in self.ema.items()}
        tensors |= {f"optimizer.{n}": t for n, t in self.optimizer.state.items()}
        state = {name: getattr(self, name) for name in POSITION}
        state |= {"settings": asdict(self.settings), "config": self.config.as_dict()}
        return checkpoint.save(self.work / "checkpoints", tensors, state)

    @torch.no_grad()
    def begin_from(self, folder: Path) -> None:
        """Take the weights of an exported folder of this size; the moments begin anew."""
        stored = load_file(folder / "model.safetensors")
        weights = from_llama_names({name: w.float() for name, w in stored.items()}, self.config)
        for name, weight in self.model.named_parameters():
            weight.copy_(weights[name])
            self.ema[name].copy_(weights[name])

    @torch.no_grad()
    def resume(self) -> bool:
        """Go on from the newest checkpoint; False when there is none.

        Raises ValueError when the sizes of the model, or what the order of the data hangs on, have changed.
        """
        found = checkpoint.complete(self.work / "checkpoints")
        if not found:
            return False
        tensors, state = checkpoint.load(found[-1])
        now = {name: asdict(self.settings)[name] for name in ("seed", "micro_tokens")} | self.config.as_dict()
        then = {name: state["settings"][name] for name in ("seed", "micro_tokens")} | state["config"]
        if now != then:
            raise ValueError(f"{found[-1].name} was made with {then}, now it is {now}; use another --work")
        groups: dict[str, Mapping[str, Tensor]] = {
            "model": dict(self.model.named_parameters()),
            "ema": self.ema,
            "optimizer": self.optimizer.state,
        }
        for kind, targets in groups.items():
            for name, target in targets.items():
                target.copy_(tensors[f"{kind}.{name}"])
        for name in POSITION:
            setattr(self, name, state[name])
        self.optimizer.steps = self.step
        return True


def keep_freed_memory() -> None:
    """Tell glibc to keep freed memory: fetching fresh pages costs a tenth of the speed."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            for option, value in MALLOC_OPTIONS:
                library.mallopt(option, value)


def parse(argv: list[str] | None = None) -> tuple[Settings, Path]:
    """Settings and working folder from the command line."""
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m pretraining.train",
        description="Pretrain seedling. Resumes by itself from the newest checkpoint of --work.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    helps = {
        "tokens": "total budget in tokens, prompts included; may be changed on resume",
        "decay_fraction": "share of --tokens with a falling rate, at the end; may be changed on resume",
        "warmup_tokens": "tokens over which the rate rises",
        "batch_tokens": "tokens of one optimizer step, padding included",
        "micro_tokens": "tokens of one forward pass, padding included; a divisor of --batch-tokens",
        "muon_rate": "peak rate of Muon (matrices of the layers)",
        "adam_rate": "peak rate of Adam (embedding, norms)",
        "clip": "largest gradient norm",
        "ema": "decay of the moving average of the weights, per step",
        "seed": "of the first weights and of the order of the data",
        "device": "cpu or cuda (bf16; take --micro-tokens 65536 --batch-tokens 65536 there)",
        "checkpoint_minutes": "minutes between checkpoints",
        "log_steps": "steps between lines of log.jsonl",
        "start": "exported folder whose weights a new run begins from; default: from scratch",
        "first_shard": "shard that a new run begins with",
    }
    for name, text in helps.items():
        default = getattr(defaults, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default, help=text)
    help_compile = "plain torch, slower to run but needs no C++ compiler"
    parser.add_argument(
        "--no-compile", dest="compile", action="store_false", default=argparse.SUPPRESS, help=help_compile
    )
    parser.add_argument("--work", type=Path, default=WORK, help="folder of checkpoints/ and log.jsonl")
    values = vars(parser.parse_args(argv))
    work = values.pop("work")
    try:
        return Settings(**values), work
    except ValueError as error:
        parser.error(str(error))


def main(argv: list[str] | None = None) -> None:
    """The command."""
    from pretraining import corpus

    settings, work = parse(argv)
    keep_freed_memory()
    torch.set_flush_denormal(True)
    run = Run(settings, ModelConfig(), corpus.load_shard, corpus.SKILL_NAMES, work)
    resumed = run.resume()
    if settings.start and not resumed:
        run.begin_from(Path(settings.start))
    print(f"resumed at {run.tokens:,} tokens" if resumed else "a new run", file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, run.stop)
    signal.signal(signal.SIGINT, run.stop)
    run.train()


if __name__ == "__main__":
    main()
