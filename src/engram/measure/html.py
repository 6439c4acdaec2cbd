"""report.html: one self-contained page, no scripts and nothing fetched; light, dark, narrow and on paper.

Every text that comes from outside passes through `escape`. Not here: numbers (comparison.py, tables.py) and
sentences (verdict.py); the look lives in report.css.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources

from engram.measure import svg, tables
from engram.measure.asking import Result
from engram.measure.comparison import COUNTS_FROM, Change, Comparison
from engram.measure.verdict import Verdict, judge, p_words, percent, points
from engram.measure.words import SPLIT_NAMES

MOST_ROWS = 40  # categories drawn; the rest stays in comparison.json, and the page says so
VERDICT_TITLES = {
    "learned": "What was learned",
    "not_learned": "What was not learned",
    "lost": "What was lost",
    "kept": "What was kept",
}
VERDICT_EMPTY = {
    "learned": "Nothing that these questions can show.",
    "not_learned": "Nothing: every question about the lessons is answered rightly.",
    "lost": "Nothing that these questions can show.",
    "kept": "Not shown: no skill was measured, or what was measured fell.",
}


def render_html(comparison: Comparison, curve_svg: str = "") -> str:
    """The page. `curve_svg` is a stand-alone SVG of the training loss; it is shown as an image, so nothing in
    it can run or fetch."""
    verdict = judge(comparison)
    sections = [
        _header(comparison, verdict),
        _cards(comparison),
        _verdict(verdict),
        _plot_best(
            "What it was taught, by category",
            "Taught and rephrased questions, best first.",
            comparison.categories,
        ),
        _plot_best(
            "What it made of the rules",
            "Members that were never taught, by family, best first.",
            comparison.families,
        ),
        _skills(comparison),
        _figures(comparison),
        _curve(curve_svg),
        _examples(comparison),
        _notes(comparison),
        _details(comparison),
    ]
    style = (resources.files("engram.measure") / "report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(verdict.headline)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + "\n<footer>Made by Engram on this machine. Every answer is in baseline.json and tuned.json, "
        "every number in comparison.json.</footer>\n</main>\n</body>\n</html>\n"
    )


def _header(comparison: Comparison, verdict: Verdict) -> str:
    old, new = comparison.baseline, comparison.tuned
    before = f"with adapter {old.adapter}" if old.adapter else "bare"
    after = f"with adapter {new.adapter}" if new.adapter else "after training"
    line = f"{new.base}, {before} and {after}: the same {len(new.results)} questions put to both."
    return (
        f'<header>\n<p class="over">Engram · before and after</p>\n<h1>{escape(verdict.headline)}</h1>\n'
        f'<p class="lead">{escape(line)}</p>\n</header>'
    )


def _cards(comparison: Comparison) -> str:
    cards = [_card(split, change) for split, change in comparison.splits.items()]
    return '<div class="cards">\n' + "\n".join(cards) + "\n</div>"


def _card(split: str, change: Change | None) -> str:
    title, what = SPLIT_NAMES[split].title, SPLIT_NAMES[split].sentence_start
    head = f'<h3>{title}</h3>\n<p class="what">{what}</p>'
    if change is None:
        empty = '<div class="big">–</div>\n<p class="from">not measured</p>'
        return f'<section class="card same">\n{head}\n{empty}\n</section>'
    low, high = change.tuned_ci95
    if split == "retention":
        sure = f"change no worse than {points(change.lower_bound)} (95%)"
    else:
        sure = p_words(change.p_value)
    return (
        f'<section class="card {_kind(change)}">\n{head}\n<div class="big">{percent(change.tuned)}</div>\n'
        f'<p class="from">from {percent(change.baseline)} '
        f'<span class="delta">{points(change.change)}</span></p>\n'
        f"{_track(title, change)}\n"
        f'<p class="small">95% interval {_range(low, high)}<br>n = {change.n}, {escape(sure)}</p>\n</section>'
    )


def _verdict(verdict: Verdict) -> str:
    blocks = []
    for name, title in VERDICT_TITLES.items():
        sentences = getattr(verdict, name)
        items = "".join(f"<li>{_unbroken(text)}</li>" for text in sentences)
        items = items or f'<li class="quiet">{VERDICT_EMPTY[name]}</li>'
        blocks.append(f'<section class="{name}">\n<h3>{title}</h3>\n<ul>{items}</ul>\n</section>')
    return '<h2>What happened</h2>\n<div class="verdict">\n' + "\n".join(blocks) + "\n</div>"


def _plot_best(title: str, lead: str, changes: Mapping[str, Change]) -> str:
    ordered = sorted(changes.items(), key=lambda item: (-item[1].tuned, -item[1].n, item[0]))
    if not ordered:
        return ""
    shown, note = ordered, ""
    if len(ordered) > MOST_ROWS:
        shown = ordered[: MOST_ROWS // 2] + ordered[-MOST_ROWS // 2 :]
        note = f" The best and the worst {MOST_ROWS // 2} of {len(ordered)} are drawn."
    return _plot(title, lead + note, ((name, change, False) for name, change in shown), None)


def _skills(comparison: Comparison) -> str:
    if not comparison.skills:
        return ""
    ordered = sorted(
        comparison.skills.items(),
        key=lambda item: (item[0] not in comparison.counted, item[1].change, item[0]),
    )
    lead = (
        f"Skills that the base model had before, worst change first. Those that it never had (below "
        f"{percent(COUNTS_FROM)}, dashed line) are pale and do not count."
    )
    rows = ((name, change, name not in comparison.counted) for name, change in ordered)
    return _plot("What became of old skills", lead, rows, COUNTS_FROM)


def _plot(title: str, lead: str, rows: Iterable[tuple[str, Change, bool]], mark: float | None) -> str:
    keys = (
        ("b", "before"),
        ("a", "after"),
        ("d", "after, if lower"),
        ("ci", "95% intervals: before above, after below the line"),
    )
    legend = "".join(f'<li><i class="{css}"></i>{words}</li>' for css, words in keys)
    if mark is not None:
        legend += f'<li><i class="m"></i>{percent(mark)}</li>'
    ticks = "".join(f"<span>{value}%</span>" for value in (0, 25, 50, 75, 100))
    axis = f'<li class="row axis"><span class="name"></span><span class="bar scale">{ticks}</span></li>'
    body = "\n".join(_row(name, change, off, mark) for name, change, off in rows)
    return (
        f'<h2>{title}</h2>\n<p class="lead">{escape(lead)}</p>\n<ul class="legend">{legend}</ul>\n'
        f'<ul class="rows">\n{axis}\n{body}\n</ul>'
    )


def _row(name: str, change: Change, off: bool, mark: float | None) -> str:
    shift = points(change.change).removesuffix("s").removesuffix(" point").replace("no change", "±0")
    return (
        f'<li class="row{" off" if off else ""} {_kind(change)}"><span class="name">{escape(name)} '
        f'<small>n = {change.n}</small></span><span class="bar">{_track(name, change, mark)}</span>'
        f'<span class="nums"><span>{percent(change.baseline)} → {percent(change.tuned)}</span>'
        f'<span class="delta">{shift}</span></span></li>'
    )


def _track(name: str, change: Change, mark: float | None = None) -> str:
    words = f"{name}: {percent(change.baseline)} before, {percent(change.tuned)} after"
    return svg.track(change.baseline, change.tuned, change.baseline_ci95, change.tuned_ci95, words, mark)


def _figures(comparison: Comparison) -> str:
    rows = "\n".join(
        f'<tr><td>{escape(item.name)}</td><td class="num">{escape(item.before)}</td>'
        f'<td class="num">{escape(item.after)}</td><td class="meaning">{escape(item.meaning)}</td></tr>'
        for item in tables.figures(comparison)
    )
    return (
        '<h2>Steadiness, speed and loss</h2>\n<table class="figures">\n<thead><tr><th>measured</th>'
        '<th class="num">before</th><th class="num">after</th><th class="meaning">how</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _curve(curve_svg: str) -> str:
    if not curve_svg:
        return ""
    data = base64.b64encode(curve_svg.encode()).decode()
    image = f'<img alt="Training and validation loss by step" src="data:image/svg+xml;base64,{data}">'
    return f'<h2>How the training went</h2>\n<div class="curve">{image}</div>'


def _examples(comparison: Comparison) -> str:
    kinds = ("won", "wrong", "lost-title")
    blocks = [_kind_table(item, css) for item, css in zip(tables.examples(comparison), kinds, strict=True)]
    lead = '<p class="lead">A few of each kind, one category after the other; none was picked by hand.</p>'
    return f"<h2>In its own words</h2>\n{lead}\n" + "\n".join(blocks)


def _kind_table(group: tables.Examples, css: str) -> str:
    title = f'<b class="{css}">{group.title}: {group.total}</b> <span>{group.explanation}</span>'
    head = f'<h3 class="kind">{title}</h3>'
    if not group.pairs:
        return f'{head}\n<p class="quiet">None.</p>'
    rows = "\n".join(_example(before, after) for before, after in group.pairs)
    return (
        f'{head}\n<table class="said">\n<thead><tr><th>asked</th><th>expected</th><th>before</th>'
        f"<th>after</th></tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _example(before: Result, after: Result) -> str:
    probe = before.probe
    asked = escape(tables.shortened(tables.question(before)))
    where = escape(f"{probe.split} · {probe.category}")
    return (
        f"<tr><td>{asked}<small>{where}</small></td>"
        f'<td data-label="expected">{escape(tables.shortened(probe.expected))}</td>'
        f"{_answer('before', before)}{_answer('after', after)}</tr>"
    )


def _answer(label: str, result: Result) -> str:
    text = escape(tables.shortened(result.answer)) if result.answer.strip() else "<em>no words</em>"
    return f'<td data-label="{label}" class="{"right" if result.correct else "bad"}">{text}</td>'


def _notes(comparison: Comparison) -> str:
    def section(title: str, sentences: Iterable[str]) -> str:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        return f"<section>\n<h2>{title}</h2>\n<ul>{items}</ul>\n</section>"

    left = section("How to read this", tables.how_to_read())
    right = section("What it cannot tell you", tables.caveats(comparison))
    return f'<div class="two">\n{left}\n{right}\n</div>'


def _details(comparison: Comparison) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in tables.details(comparison)
    )
    return f"<h2>The run</h2>\n<dl>{rows}</dl>"


def _kind(change: Change) -> str:
    return "up" if change.change > 0 else "down" if change.change < 0 else "same"


def _unbroken(sentence: str) -> str:
    """Escaped, with "n = 12" and "p < 0.01" kept on one line."""
    return escape(sentence).replace(" = ", "&nbsp;=&nbsp;").replace(" &lt; ", "&nbsp;&lt;&nbsp;")


def _range(low: float, high: float) -> str:
    return f"{100 * low:.0f}–{100 * high:.0f}%"
