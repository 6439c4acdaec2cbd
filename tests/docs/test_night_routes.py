"""docs/night.md, on routes and on more questions, is true: commands work, examples and figures hold."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.remembering import opened, said
from tests.support.road import engram

from engram.routing.learned import examples, sample
from engram.routing.route import route_entries
from engram.routing.statements import LONGEST_VALUE
from engram.sleep.augment import MOST, Way
from engram.sleep.caps import Caps
from engram.sleep.question_forms import forms
from engram.store.routes import ROUTES

PAGE = (Path(__file__).parents[2] / "docs" / "night.md").read_text(encoding="utf-8")


def test_the_commands(isolated: Path) -> None:
    assert engram("init").code == 0
    with opened(isolated / "memory.db") as ledger:
        ledger.append(*(said(f"My dog number {n} is called Rufo.") for n in range(12)))
    lines = re.findall(r"^\$ (engram memory route.*)$", PAGE, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        done = engram(*shlex.split(line)[1:])
        assert done.code == 0 and done.out, (line, done.err)


def test_the_examples_of_routes() -> None:
    table = PAGE.partition("## What goes where")[2].partition("```console")[0]
    for route in ROUTES:
        (row,) = re.findall(rf"^\| `{route}` \| .* \| (.*) \|$", table, re.MULTILINE)
        quoted = re.findall(r'"([^"]+)"', row)
        entries = [sample(text, id=number) for number, text in enumerate(quoted)]
        assert quoted and {one.route for one in route_entries(entries, {})} == {route}


def test_the_figures() -> None:
    assert f"{len(examples()):,} shipped examples" in PAGE
    caps = Caps()
    assert (caps.said, caps.elsewhere, caps.conversation) == (5000, 200, 200) and "5,000 are taught" in PAGE
    assert LONGEST_VALUE == 200 and MOST == 4 and "At most four more questions" in PAGE


def test_the_other_forms_and_who_writes() -> None:
    for form in ("Tell me where Mara lives.", "Do you know where Mara lives?"):
        assert form in forms("Where does Mara live?") and form in PAGE
    for way in ("none", *Way.__args__):  # type: ignore[attr-defined]
        assert re.search(rf"^\| `{way}`", PAGE, re.MULTILINE)
