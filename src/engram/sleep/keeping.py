"""After the verdict: an accepted adapter becomes a version and serves; every night leaves why it was decided.

Not here: the decision (gate.py), how a version is published whole or not at all (training/versions.py), or
which old versions go (store/pruning.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engram.disk import half_written, write_file
from engram.home import Home
from engram.job import Job, Trained
from engram.sleep.agenda import Agenda
from engram.sleep.bundle import BUNDLE
from engram.sleep.evidence import Evidence
from engram.sleep.nights import VERDICT, Night
from engram.sleep.sealing import bundle_bytes, seal
from engram.training.versions import publish_version


def promote(
    job: Job,
    night: Night,
    agenda: Agenda,
    trained: Trained,
    shown: Evidence,
    decision: Mapping[str, Any],
    tag: str = "",
) -> str:
    """A version with the decision and all that it was decided by, in service. Raises
    AdapterError, and leaves nothing, where something was forgotten while it was trained on; StorageError."""
    entries = agenda.lessons.entries
    provenance = {
        "night": night.name,
        "entries": list(entries),
        "train_settings": job.settings.train.model_dump(mode="json"),
        "computing": job.computing(),
        "steps": trained.result.steps,
        "verdict": decision["outcome"],
        "decision": decision,
        **trained.certificate,
    }
    beside = {BUNDLE: bundle_bytes(shown)}
    version = publish_version(
        *(job.home, job.base, trained.weights, provenance, beside),
        tag=tag,
        entries=entries,
        promote=True,
        aside=half_written(job.home.run(night.name) / "version"),  # or a killed night would leave it for good
    )
    return version.name


def record(
    home: Home, night: Night, shown: Evidence, decision: Mapping[str, Any], version: str | None
) -> None:
    """The bundle by which the decision can be judged again, and the verdict, which ends the night."""
    folder, bundle = home.run(night.name), bundle_bytes(shown)
    write_file(folder / BUNDLE, bundle)
    write_file(folder / VERDICT, seal(decision, bundle, version))
