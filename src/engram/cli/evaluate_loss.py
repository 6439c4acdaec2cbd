"""`engram eval --loss`: average token loss by tag, without and with an adapter, as a table, CSV and JSONL.

Not here: the losses (measure/token_loss.py).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engram.cli.evaluation import Wanted, figures_table, opened
from engram.cli.main import visible
from engram.cli.output import out, print_json
from engram.disk import Files, disk_errors, replace_files
from engram.errors import UsageError
from engram.lessons.own_data import is_built, read_data
from engram.lessons.row_tags import row_tags
from engram.measure.measurement import finite
from engram.measure.probes import load_suite, subset
from engram.measure.token_loss import Sample, TagLoss, by_tag, probe_samples, row_samples, text_losses
from engram.measure.writer import WAY_OUT
from engram.teaching import check_out

COLUMNS = (
    *("by", "tag", "rows", "tokens", "loss_before", "perplexity_before"),
    *("loss_after", "perplexity_after", "change"),
)


def run(wanted: Wanted) -> None:
    """Score and print, and write loss.csv and loss.jsonl where --out says. Raises as the readers do."""
    samples = _samples(wanted)
    if wanted.out:
        check_out(wanted.out)
    with opened(wanted) as place:
        sides = {
            name: text_losses(answerer.model, samples, told)
            for name, answerer, told in place.sides(wanted.one_side, len(samples), "rows")
        }
    found = by_tag(samples, sides.get("before"), sides.get("after"))
    rows = [_values(line) for line in found]
    if wanted.out:
        _write(wanted.out, rows)
    if wanted.json:
        print_json({"model": place.job.base.id, "adapter": place.adapter, "losses": rows})
        return
    _print(found)
    out.print(f"{place.words}: nats per token of what it has to write", soft_wrap=True)
    if wanted.out:
        out.print(f"Written:  {wanted.out / 'loss.csv'} and loss.jsonl", soft_wrap=True)


def _samples(wanted: Wanted) -> list[Sample]:
    if not wanted.data and not wanted.suite:
        raise UsageError("There is nothing to score.", "Give --data FOLDER, --suite skills, or both.")
    found: list[Sample] = []
    if wanted.data:
        lessons = read_data(wanted.data, wanted.settings.data)
        rows = (*lessons.train, *lessons.valid, *lessons.test)
        found += row_samples(rows, {} if is_built(wanted.data) else row_tags(wanted.data))
    if wanted.suite:
        found += probe_samples(subset(load_suite(wanted.suite), wanted.settings.measure.retention_items))
    return found


def _values(line: TagLoss) -> dict[str, Any]:
    """One line by column; what was not measured, or is no finite number, is None."""
    values: dict[str, Any] = finite({name: getattr(line, name) for name in COLUMNS})
    return values


def _write(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Both files, whole or not at all."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with disk_errors(folder, WAY_OUT):
        folder.mkdir(parents=True, exist_ok=True)
        replace_files(folder, {"loss.csv": text.getvalue().encode(), "loss.jsonl": lines.encode()}, Files())


def _print(found: Sequence[TagLoss]) -> None:
    table = figures_table("", "rows", "tokens", "loss before", "after", "change")
    for line in found:
        name = "all" if line.by == "all" else f"{line.by}: {visible(line.tag)}"
        figures = (_shown(line.loss_before), _shown(line.loss_after), _shown(line.change, "+.3f"))
        table.add_row(name, f"{line.rows:,}", f"{line.tokens:,}", *figures)
    out.print(table)


def _shown(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)
