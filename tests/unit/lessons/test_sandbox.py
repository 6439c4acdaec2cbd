"""The templates' sandbox: what a template may do is what jinja2 does, and what would not end is refused."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engram.lessons import sandbox
from engram.lessons.sandbox import LONGEST_TEXT, MOST_ROUNDS, Sandbox

PLAIN = [
    "{{ a ~ 1 ~ b }}",
    "{{ a + b }}{{ 2 + 3 }}{{ [1] + [2] }}",
    "{{ a * 3 }}{{ 3 * a }}{{ 2 * 3 }}{{ 2 ** 8 }}",
    "{% for c in a %}{{ loop.index }}{{ c }}{% else %}nothing{% endfor %}",
    "{% for c in a if c != 'x' %}{{ c ~ loop.last }}{% endfor %}",
    "{% for c in a recursive %}{{ c }}{% if loop.depth < 2 %}{{ loop(b) }}{% endif %}{% endfor %}",
    "{% macro f(n) %}<{{ n }}>{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% set n = namespace(x='') %}{% for c in a %}{% set n.x = n.x ~ c ~ '-' %}{% endfor %}{{ n.x }}",
    "{% set t %}{% for c in b %}{{ c }},{% endfor %}{% endset %}{{ t | trim(',') }}",
    "{{ a | replace('b', 'cc') }}{{ a.replace('b', 'dd') }}{{ a.replace('', '.') }}",
    "{{ [a, b] | join(', ') }}{{ '; '.join([a, b]) }}{{ a | list | join }}{{ a | map('upper') | join('+') }}",
    "{{ ([a, b] | join('\n')) | indent(2) }}{{ (a ~ '\n' ~ b) | indent('> ', true) }}",
    "{{ '%s and %s' | format(a, b) }}{{ '{} {}'.format(a, b) }}{{ '%s' % a }}",
    "{% call(x) (caller or f)() %}{% endcall %}",
]


@pytest.mark.parametrize("source", PLAIN)
@given(a=st.text("abx\n", max_size=6), b=st.text("by<&", max_size=4))
def test_a_template_gives_what_it_gives_in_jinja(source: str, a: str, b: str) -> None:
    def outcome(template: jinja2.Template) -> str:
        try:
            return template.render(a=a, b=b)
        except Exception as error:
            return type(error).__name__

    theirs = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    ours = Sandbox(trim_blocks=True, lstrip_blocks=True)
    assert outcome(ours.compile_bounded(source)) == outcome(theirs.from_string(source))


def test_rounds_are_counted_over_all_loops_of_one_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MOST_ROUNDS", 20)
    environment = Sandbox()
    inner = "{% for b in range(4) %}{% endfor %}"
    loops = environment.compile_bounded("{% for a in range(n) %}" + inner + "{% endfor %}")
    for _ in range(3):
        environment.restart()
        assert loops.render(n=4) == ""
    environment.restart()
    with pytest.raises(jinja2.TemplateError, match="more than 20 rounds"):
        loops.render(n=5)
    assert MOST_ROUNDS >= 100_000, "a thousand messages have some rounds each"


def test_the_count_cannot_be_replaced() -> None:
    names = "{% set count = 1 %}{% macro count() %}{% endmacro %}"
    source = names + "{% for a in range(9) %}{{ count }}{% endfor %}"
    environment = Sandbox()
    environment.compile_bounded(source).render()
    assert environment._rounds == 9


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * n }}",
        "{{ n * 'x' }}",
        "{{ [1] * n }}",
        "{{ half ~ half }}",
        "{{ half + half }}",
        "{{ half.replace('x', 'yy') }}",
        "{{ half | replace('x', 'yy') }}",
        "{{ half.replace('', 'y') }}",
        "{{ [half, half] | join }}",
        "{{ ''.join([half, half]) }}",
        "{{ 'a\nb' | indent(n) }}",
        "{{ 'a'.ljust(n) }}",
        "{{ 'a'.center(n) }}",
        "{{ 2 ** n }}",
        "{{ n ** 9 ** 9 }}",
    ],
)
def test_what_makes_too_long_a_text_is_refused(source: str) -> None:
    with pytest.raises((jinja2.TemplateError, TypeError)):
        Sandbox().compile_bounded(source).render(n=LONGEST_TEXT + 1, half="x" * (LONGEST_TEXT // 2 + 1))
