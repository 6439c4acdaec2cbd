"""The pages: whole, self-contained, and unmoved by anything written in questions, answers or names."""

from __future__ import annotations

import errno
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.faults.disks import FaultyFiles, refuse
from tests.unit.measure.doubles import compared, measured, probe

from engram.errors import StorageError
from engram.measure import svg, tables, writer
from engram.measure.comparison import Comparison, compare
from engram.measure.html import MOST_ROWS, render_html
from engram.measure.record import comparison_json
from engram.measure.report import render_markdown
from engram.measure.speed import DecodingSpeed
from engram.measure.stats import Interval

EVIL = "</title><script>alert('x')</script><img src=\"http://evil.example/x\" onerror=a>&amp;|*_`"
VOID = {"meta", "br", "img", "link", "hr", "input"}
FILES = ["baseline.json", "tuned.json", "comparison.json", "report.md", "report.html"]


class Page(HTMLParser):
    """Collects what a browser would see, and fails on a tag that closes what is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def hostile() -> Comparison:
    """Markup in every place that text can come from."""
    probes = [
        probe(f"won {EVIL}", f"yes {EVIL}", category=f"cat {EVIL}"),
        probe(f"wrong {EVIL}", f"never {EVIL}", "unseen", f"family {EVIL}"),
        probe(f"lost {EVIL}", f"had {EVIL}", "retention", f"skill {EVIL}"),
    ]
    before = {probes[2].id: probes[2].expected, probes[1].id: f"said {EVIL}"}
    after = {probes[0].id: probes[0].expected}
    config = {f"key {EVIL}": f"value {EVIL}", "train": {"steps": 4}}
    return compared(before, after, probes, **config)


def test_the_page_is_balanced_and_fetches_and_runs_nothing() -> None:
    page = Page(render_html(hostile(), f"<svg><script>{EVIL}</script></svg>"))
    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "form", "base"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "data"):
            assert (attributes.get(name) or "data:").startswith("data:")


def test_the_style_sheet_fetches_nothing() -> None:
    style = re.findall(r"<style>(.*?)</style>", render_html(hostile()), re.DOTALL)
    assert len(style) == 1
    assert not re.search(r"url\(|@import|https?:", style[0])


def test_every_text_arrives_as_it_was_written() -> None:
    text = Page(render_html(hostile())).text
    for word in ["won", "yes", "wrong", "never", "lost", "had", "said", "cat", "family", "skill", "value"]:
        assert f"{word} {EVIL}" in text, word
    assert f"key {EVIL}".replace("_", " ") in text


def test_gains_and_losses_stand_side_by_side() -> None:
    text = Page(render_html(hostile())).text
    for title in ("What was learned", "What was not learned", "What was lost", "What was kept"):
        assert title in text
    for title in ("Won: 1", "Still wrong: 1", "Lost: 1"):
        assert title in text


def test_numbers_on_the_page_are_those_of_the_file() -> None:
    probes = [probe(f"q{i}", "a") for i in range(40)]
    seen = compared({}, {f"q{i}": "a" for i in range(30)}, probes)
    text = Page(render_html(seen)).text
    assert "75% from 0% +75 points" in text
    low, high = comparison_json(seen)["splits"]["recall"]["ci95"]
    assert f"95% interval {100 * low:.0f}–{100 * high:.0f}%" in text
    assert "Unseen was not measured." in text


def test_many_categories_are_cut_and_it_is_said() -> None:
    probes = [probe(f"q{i}", "a", category=f"category {i:03d}") for i in range(100)]
    page = render_html(compared({}, {}, probes))
    assert f"The best and the worst {MOST_ROWS // 2} of 100 are drawn." in page
    assert len(re.findall(r'class="row[^"]*"><span class="name">category', page)) == MOST_ROWS


def test_the_markdown_keeps_its_tables_whole() -> None:
    text = render_markdown(hostile())
    widths = {}
    for number, line in enumerate(text.splitlines()):
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|"):
            widths.setdefault(number - 1, cells)
            assert widths.get(number - 1) == cells
            widths[number] = cells
    assert not re.search(r"(?<!\\)<", text)
    assert "won" in text and "Still wrong: 1" in text


def test_figures_say_before_after_and_how() -> None:
    probes = [
        probe("q", "a", cluster="p"),
        *(probe(f"r{i}", "a", "rephrased", cluster="p") for i in range(4)),
    ]
    seen = compared({"r0": "a"}, {"r0": "a", "r1": "a", "r2": "a", "r3": "a"}, probes)
    rows = {item.name: item for item in tables.figures(seen)}
    assert (rows["Same answer to any wording"].before, rows["Same answer to any wording"].after) == (
        "75%",
        "100%",
    )
    assert rows["Perplexity"].before == "2.72"
    assert rows["Loss, rephrased"].after == "1.000"
    assert "Loss, unseen" not in rows
    assert "Rephrased rests on 1 independent group of questions: take" in " ".join(tables.caveats(seen))


def test_skills_that_do_not_count_are_named() -> None:
    probes = [probe("q", "a", "retention", "read"), probe("s", "a", "retention", "juggle")]
    seen = compared({"q": "a"}, {"q": "a"}, probes)
    assert any(line.endswith("because the base lacks them: juggle.") for line in tables.caveats(seen))
    assert "juggle (does not count)" in render_markdown(seen)


def test_examples_take_the_categories_in_turn() -> None:
    probes = [probe(f"{name}{i}", "a", category=name) for name in "abc" for i in range(5)]
    won, wrong, lost = tables.examples(compared({}, {p.id: "a" for p in probes}, probes), count=4)
    assert [before.probe.id for before, _ in won.pairs] == ["a0", "b0", "c0", "a1"]
    assert (won.total, wrong.total, lost.total) == (15, 0, 0)


def test_long_answers_are_shortened_with_a_mark() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(300))
    short = tables.shortened(text)
    head, tail = short.split(" … ")
    assert len(short) == 240
    assert text.startswith(head) and text.endswith(tail) and len(tail) == 80
    assert tables.shortened(text[:240]) == text[:240]


def test_a_track_says_in_words_what_it_draws() -> None:
    picture = svg.track(0.25, 0.5, Interval(0.2, 0.3), Interval(0.4, 0.6), '25% "before"', 0.7)
    root = ElementTree.fromstring(picture)
    assert root.get("aria-label") == '25% "before"'
    dots = {dot.get("class"): dot.get("cx") for dot in root.iter("circle")}
    assert dots == {"before": "25.00%", "after": "50.00%"}
    assert "up" in (root.get("class") or "")


def test_a_curve_is_shown_where_there_is_one() -> None:
    assert "How the training went" in render_html(hostile(), "<svg/>")
    assert "How the training went" not in render_html(hostile(), "")


def test_memory_of_a_process_is_not_shown_as_before_and_after() -> None:
    """On a CPU the peak never falls, so a pair would always say that the second model needs more."""
    on_cpu = hostile()
    assert "Peak memory" not in {item.name for item in tables.figures(on_cpu)}
    assert dict(tables.details(on_cpu))["peak memory"] == "64 MiB, of this process so far"
    gpu = replace(
        on_cpu, baseline=replace(on_cpu.baseline, device="cuda"), tuned=replace(on_cpu.tuned, device="cuda")
    )
    (shown,) = (item for item in tables.figures(gpu) if item.name == "Peak memory")
    assert (shown.before, shown.after) == ("64 MiB", "64 MiB")
    assert "peak memory" not in dict(tables.details(gpu))


def test_speed_and_stopping_stand_on_the_page() -> None:
    seen = compared({"q": "y" * 5000, "r": "a"}, {"q": "a", "r": "a"}, [probe("q", "a"), probe("r", "a")])
    fast = replace(seen.tuned, decoding=DecodingSpeed(1234.4, 16, 512, 3))
    slow = replace(seen.baseline, decoding=DecodingSpeed(None, 16, 0, 3))
    figures = {item.name: item for item in tables.figures(replace(seen, baseline=slow, tuned=fast))}
    assert (figures["Writing speed"].before, figures["Writing speed"].after) == ("–", "1,234 tokens/s")
    assert (figures["Stopped by itself"].before, figures["Stopped by itself"].after) == ("50%", "100%")


def test_outputs_are_written_whole(tmp_path: Path) -> None:
    seen = hostile()
    paths = writer.write_outputs(tmp_path / "new" / "out", seen)
    assert [path.name for path in paths] == FILES
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == sorted(FILES)
    assert json.loads(paths[2].read_text(encoding="utf-8")) == comparison_json(seen)
    assert json.loads(paths[1].read_text(encoding="utf-8")) == seen.tuned.to_json()


def test_odd_characters_in_answers_can_be_written(tmp_path: Path) -> None:
    probes = [probe("q", "a")]
    seen = compare(measured({"q": "\udc80 é \x00"}, probes), measured({"q": "a"}, probes))
    paths = writer.write_outputs(tmp_path, seen)
    answer = json.loads(paths[0].read_text(encoding="utf-8"))["results"][0]["answer"]
    assert answer == "\udc80 é \x00"


@pytest.mark.parametrize("written_before", range(5))
def test_a_disk_that_fills_leaves_all_old_files_and_nothing_aside(
    tmp_path: Path, written_before: int
) -> None:
    writer.write_outputs(tmp_path, hostile())
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    files = FaultyFiles(2 * written_before, refuse(errno.ENOSPC))  # each is written, then flushed
    with pytest.raises(StorageError, match=r"disk is full .*--out"):
        writer.write_outputs(tmp_path, compared({}, {}, [probe("q", "a")]), files=files)
    assert files.calls == ["write", "sync"] * written_before + ["write"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_the_page_is_replaced_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        aside = {path.name for path in tmp_path.glob(".*")}
        if not order:
            assert len(aside) == len(FILES), "all lie aside before the first"
        order.append(target.name)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    writer.write_outputs(tmp_path, hostile())
    assert sorted(order) == sorted(FILES) and order[-1] == "report.html"


def test_a_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(StorageError, match="something else is in the way"):
        writer.write_outputs(tmp_path / "out", hostile())
