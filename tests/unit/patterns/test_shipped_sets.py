"""The four shipped pattern sets, read with PyYAML alone: sizes, shape, and held-out members that are new.

Not a test of the pattern reader (that is `lessons`): here only the files themselves are judged.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "src" / "engram" / "patterns"
LEAST_TAUGHT = {"code_idioms": 33, "facts": 37, "formats": 29, "error_fixes": 32}  # issue 2, section C
LEAST_HELD_OUT = 60
LEAST_TAUGHT_IN_FAMILY = 6


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


SETS = {name: _read(name) for name in LEAST_TAUGHT}
EXAMPLES = [example for content in SETS.values() for example in content["examples"]]
TAUGHT = [example for example in EXAMPLES if not example.get("holdout")]
HELD_OUT = [example for example in EXAMPLES if example.get("holdout")]


def test_the_four_sets_are_all_that_is_shipped() -> None:
    assert {path.stem for path in FOLDER.glob("*.y*ml")} == set(LEAST_TAUGHT)


@pytest.mark.parametrize("name", LEAST_TAUGHT)
def test_a_set_teaches_at_least_what_was_promised(name: str) -> None:
    taught = [example for example in SETS[name]["examples"] if not example.get("holdout")]
    assert len(taught) >= LEAST_TAUGHT[name]


def test_enough_members_are_held_out_and_no_fact_is() -> None:
    assert len(HELD_OUT) >= LEAST_HELD_OUT
    assert not any("holdout" in example for example in SETS["facts"]["examples"])


@pytest.mark.parametrize("name", LEAST_TAUGHT)
def test_a_set_has_only_the_allowed_keys_and_strings(name: str) -> None:
    content = SETS[name]
    assert set(content) == {"name", "description", "version", "examples"}
    assert (content["name"], content["version"]) == (name, "1")
    assert isinstance(content["description"], str) and content["description"]
    for example in content["examples"]:
        assert set(example) - {"holdout"} == {"input", "output", "category"}, example
        assert example.get("holdout", True) is True, example
        for key in ("input", "output", "category"):
            assert isinstance(example[key], str) and example[key].strip(), example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["input"])
def test_texts_are_clean_and_outputs_short(example: dict[str, Any]) -> None:
    assert example["input"] == example["input"].strip()
    assert example["output"] == example["output"].rstrip()
    assert len(example["output"]) <= 40
    assert example["category"].isidentifier() and example["category"].islower()


def test_no_input_occurs_twice_after_folding() -> None:
    counts = Counter(_fold(example["input"]) for example in EXAMPLES)
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_held_out_input_contains_or_is_contained_in_a_taught_one() -> None:
    pairs = [(_fold(held["input"]), _fold(taught["input"])) for held in HELD_OUT for taught in TAUGHT]
    assert [(held, taught) for held, taught in pairs if held in taught or taught in held] == []


def test_no_held_out_output_is_taught() -> None:
    taught = {_fold(example["output"]) for example in TAUGHT}
    assert [example["output"] for example in HELD_OUT if _fold(example["output"]) in taught] == []


def test_every_family_with_held_out_members_is_taught_well_enough() -> None:
    taught = Counter(example["category"] for example in TAUGHT)
    families = {example["category"] for example in HELD_OUT}
    assert {family: taught[family] for family in families if taught[family] < LEAST_TAUGHT_IN_FAMILY} == {}


def test_a_category_belongs_to_one_set() -> None:
    owners = Counter(c for content in SETS.values() for c in {e["category"] for e in content["examples"]})
    assert [category for category, count in owners.items() if count > 1] == []


# Each rule checked backwards, from output to input.
RULES: dict[str, Callable[[str], str]] = {
    "date_slashes": lambda o: f"{date(*map(int, reversed(o.split('/')))).isoformat()} as day/month/year",
    "snake_case": lambda o: f"snake_case of {o.replace('_', ' ')}",
    "kebab_case": lambda o: f"kebab-case of {o.replace('-', ' ')}",
    "thousands_commas": lambda o: f"{o.replace(',', '')} with commas",
    "csv_quoted": lambda o: f"quoted csv of {o.replace(',', ' ').replace(chr(34), '')}",
    "markdown_link": lambda o: "markdown link for {} at {}".format(*o.strip("[)").split("](")),
    "phone_groups": lambda o: f"phone {o.replace('-', '')} in groups",
    "percent": lambda o: f"{int(o.rstrip('%')) / 100:.2f} as a percent",
    "sql_count": lambda o: f"SQL to count rows in {o.split()[-1].rstrip(';')}",
    "git_new_branch": lambda o: f"git command for a new branch {o.split()[-1]}",
    "missing_package": lambda o: f"ModuleNotFoundError: No module named '{o.split()[-1]}'",
    "missing_import": lambda o: f"NameError: name '{o.split()[-1]}' is not defined",
    "missing_key": lambda o: f"KeyError: {o.split('(')[1].rstrip(')')}",
    "missing_command": lambda o: f"bash: {o.split()[-1]}: command not found",
}


def test_every_family_with_held_out_members_has_a_rule_here() -> None:
    assert {example["category"] for example in HELD_OUT} == set(RULES)


@pytest.mark.parametrize("family", RULES)
def test_the_members_of_a_family_follow_its_rule(family: str) -> None:
    members = [example for example in EXAMPLES if example["category"] == family]
    assert [e["input"] for e in members if RULES[family](e["output"]) != e["input"]] == []


def test_commas_stand_before_every_third_digit() -> None:
    outputs = [e["output"] for e in EXAMPLES if e["category"] == "thousands_commas"]
    assert all(len(group) == 3 for output in outputs for group in output.split(",")[1:])
    assert all(1 <= len(output.split(",")[0]) <= 3 and "," in output for output in outputs)


def test_no_held_out_number_has_a_length_that_was_not_taught() -> None:
    def lengths(examples: list[dict[str, Any]]) -> set[int]:
        return {len(e["output"]) for e in examples if e["category"] == "thousands_commas"}

    assert lengths(HELD_OUT) <= lengths(TAUGHT)
