"""Skill `arithmetic`: a + b and a - b for whole numbers 0..99, the answer worked out column by column.

The form is fixed: ones, then tens with the carry or borrow written out, then the result.
47 + 38 -> "7+8=15, 4+3+1=8, so 85."   52 - 27 -> "12-7=5, 5-2-1=2, so 25."   3 + 4 -> "3+4=7, so 7."
"""

from __future__ import annotations

from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import Split, draw


def worked(a: int, sign: str, b: int) -> str:
    """The answer to `a sign b` with its work; needs 0 <= a, b <= 99 and, for "-", a >= b."""
    if sign == "+":
        ones = a % 10 + b % 10
        carry, tens = ones // 10, a // 10 + b // 10 + ones // 10
        first = f"{a % 10}+{b % 10}={ones}"
        second = f"{a // 10}+{b // 10}+{carry}={tens}"
    else:
        borrow = int(a % 10 < b % 10)
        first = f"{a % 10 + 10 * borrow}-{b % 10}={a % 10 + 10 * borrow - b % 10}"
        second = f"{a // 10}-{b // 10}-{borrow}={a // 10 - b // 10 - borrow}"
    result = a + b if sign == "+" else a - b
    return f"{first}, so {result}." if max(a, b) < 10 else f"{first}, {second}, so {result}."


def _problem(rng: Random) -> tuple[int, str, int]:
    top = 9 if rng.random() < 0.06 else 99
    a, b = rng.randint(0, top), rng.randint(0, top if rng.random() < 0.9 else 9)
    sign = rng.choice("+-")
    return (max(a, b), sign, min(a, b)) if sign == "-" else (a, sign, b)


def turn(rng: Random, split: Split) -> Turn:
    a, sign, b = draw(lambda: _problem(rng), split, lambda p: f"{p[0]}{p[1]}{p[2]}")
    word = "plus" if sign == "+" else "minus"
    asks = [
        f"what is {a} {sign} {b}?",
        f"{a} {sign} {b}",
        f"{a} {sign} {b} =",
        f"{a}{sign}{b}",
        f"what is {a} {word} {b}?",
        f"calculate {a} {sign} {b}",
        f"how much is {a} {word} {b}?",
        f"add {a} and {b}" if sign == "+" else f"subtract {b} from {a}",
    ]
    weights = [4, 3, 1, 2, 2, 2, 2, 1]
    return Turn(vary(rng, rng.choices(asks, weights)[0]), worked(a, sign, b))


conversation = several(turn, 3, 6)
