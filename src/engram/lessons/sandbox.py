"""The sandbox that chat templates run in: jinja2's, with an end.

jinja2 keeps a template away from Python, but lets it run for hours in loops within loops, or fill the memory
with a text that doubles. Here every round of a loop and every call of a macro counts, and what makes a longer
text or list is measured before it is made. Not here: the helpers that templates are given (template.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MOST_ROUNDS = 200_000
"""Of all loops and macros of one rendering; templates take a few for each message."""
LONGEST_TEXT = 4_000_000
"""Characters of a text, or items of a list, on the way."""
_LARGEST_POWER = 64
_PADDING = frozenset({"center", "expandtabs", "ljust", "rjust", "zfill"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Compiles templates whose every rendering ends; raises jinja2.TemplateError in one that would not."""

    intercepted_binops = frozenset({"+", "*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rounds = 0
        del self.filters["center"]
        for name, longest in (("replace", _replaced), ("join", _joined), ("indent", _indented)):
            self.filters[name] = _measured(self.filters[name], longest)

    def compile_bounded(self, source: str) -> jinja2.Template:
        """The template, with a count in each loop and macro."""
        tree = _Counting().visit(self.parse(source))
        return self.from_string(tree)

    def restart(self) -> None:
        """A new rendering begins: the count starts at nothing."""
        self._rounds = 0

    def count(self) -> None:
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            raise jinja2.TemplateError(f"it takes more than {MOST_ROUNDS:,} rounds")

    def concatenate(self, *parts: Any) -> str:
        """What the operator ~ makes."""
        texts = [str(part) for part in parts]
        _measure(sum(map(len, texts)))
        return "".join(texts)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            _measure(_size(left) + _size(right))
        elif operator == "*":
            _measure(_size(left) * right if isinstance(right, int) else 0)
            _measure(_size(right) * left if isinstance(left, int) else 0)
        elif not (abs(right) <= _LARGEST_POWER and abs(left) <= LONGEST_TEXT):
            raise jinja2.TemplateError("it raises a number to too high a power")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not (isinstance(obj, str) and attr in _PADDING) and super().is_safe_attribute(obj, attr, value)

    def call(__self, __context: Any, __obj: Any, *args: Any, **named: Any) -> Any:
        """As in jinja2, where the odd names leave all others to templates."""
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name in ("replace", "join"):
            _measure((_replaced if name == "replace" else _joined_by)(owner, *args))
        return super().call(__context, __obj, *args, **named)


class _Counting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:
        self._count(node)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        self._count(node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _calling("concatenate", node.nodes)

    def _count(self, node: nodes.For | nodes.Macro) -> None:
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_calling("count", [])))


def _calling(name: str, arguments: list[nodes.Expr]) -> nodes.Call:
    """A call of a method of the environment, which no template can put something else in the place of."""
    return nodes.Call(nodes.EnvironmentAttribute(name), arguments, [], None, None)


def _measured(make: Callable[..., Any], longest: Callable[..., int]) -> Callable[..., Any]:
    """A filter that is measured before it makes its text. jinja2 marks those that want the environment."""

    def bounded(*args: Any, **named: Any) -> Any:
        given = args[1:] if hasattr(make, "jinja_pass_arg") else args
        _measure(longest(*given, *named.values()))
        return make(*args, **named)

    for mark in ("jinja_pass_arg", "jinja_async_variant"):
        if hasattr(make, mark):
            setattr(bounded, mark, getattr(make, mark))
    return bounded


def _replaced(text: Any, old: Any = "", new: Any = "", *_: Any) -> int:
    text, old = str(text), str(old)
    return len(text) + (text.count(old) if old else len(text) + 1) * len(str(new))


def _joined(parts: Any, between: Any = "", *_: Any) -> int:
    return sum(_size(part) + len(str(between)) for part in parts) if isinstance(parts, (list, tuple)) else 0


def _joined_by(between: str, parts: Any = (), *_: Any) -> int:
    return _joined(parts, between)


def _indented(text: Any, width: Any = 4, *_: Any) -> int:
    lines = str(text).count("\n") + 1
    return len(str(text)) + lines * (width if isinstance(width, int) else len(str(width)))


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _measure(size: int) -> None:
    if size > LONGEST_TEXT:
        raise jinja2.TemplateError(f"it makes a text of more than {LONGEST_TEXT:,} characters")
