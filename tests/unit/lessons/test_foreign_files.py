"""Files that other people might hand in, in this shape: read and taught unchanged, every byte of them.

The expected texts are written out by hand or read by plain PyYAML, never by the reader under test.
"""

from pathlib import Path

import pytest
import yaml

from engram.config import DataSettings
from engram.lessons.build import build_lessons
from engram.lessons.dataset import read_dataset, write_dataset
from engram.lessons.leaks import find_leaks
from engram.lessons.reader import read_patterns
from engram.lessons.schema import Pattern
from engram.training.publish import _is_local_path

FOREIGN = Path(__file__).parents[2] / "support" / "foreign_patterns.yaml"

BLOCKS = b"""\
name: scripts
description: literal and folded block scalars
examples:
  - input: backup script
    output: |
      #!/bin/sh
      set -e

        tar czf "$1" .
    category: shell
  - input: keep every line end
    output: |+
      last

    category: shell
  - input: no line end
    output: |-
      if x:
          y()
    category: shell
  - input: indentation said aloud
    output: |2-
          four more
      two
    category: shell
  - input: >-
      one folded
      question
    output: >
      joined
      line

      next paragraph
    category: prose
"""
FLOW = b"""\
{name: "flow", description: 'all on few lines', version: 1.2, examples: [  # a comment
  {"input": "a", "output": "{b: c}", "category": x},
  {input: 'it''s', output: "#not a comment", category: x, holdout: no}, # another
  {input: "c", output: "  [leading, and trailing]  ", category: x, holdout: True},
]}
"""
WINDOWS = (
    b"---\r\nname: windows\r\ndescription: line ends of another system\r\nexamples:\r\n"
    b"- input: dir\r\n  output: |-\r\n    one\r\n    two\r\n  category: c\r\n"
    b'- {input: raw, output: "kept\\r\\nas written", category: c}\r\n...\r\n'
)
TABS = b"""\
name: tabs
description: tabs inside texts and odd but lawful spacing
examples:
    -   input:    "Makefile rule"
        output:   "all:\\n\\t@echo done"
        category:   make
    -   input: raw tab
        output: 'a\tb'
        category: make
    -   {input: table, output: "x\ty\\n1\t2", category: make}
    -   input: block with tab
        output: |-
          all:
          \t@echo done
        category: make
"""
UNICODE = """\
# commentaire
name: Über-Wörter № 7 (日本)
description: "ünïcödé"
examples:
  - {input: Grüße, output: "¡Hola! 👩‍🚀 \\u00e9 \\U0001F40C", category: 挨拶}
  - {input: e\u0301, output: "\\x7f\\0\\e", category: ±}
  - {input: עברית, output: "سلام\u200f", category: rtl}
""".encode()
LONG = (
    b"name: &n anchored\ndescription: *n\nexamples:\n"
    + b"".join(
        b"  - input: key %d\n    output: &o%d value %d\n    category: c\n" % (i, i, i) for i in range(130)
    )
    + b"  - {input: same again, output: *o5, category: c}\n"
)
FILES: dict[str, tuple[bytes, list[str] | None]] = {
    "blocks": (
        BLOCKS,
        [
            '#!/bin/sh\nset -e\n\n  tar czf "$1" .\n',
            "last\n\n",
            "if x:\n    y()",
            "    four more\ntwo",
            "joined line\nnext paragraph\n",
        ],
    ),
    "flow": (FLOW, ["{b: c}", "#not a comment", "  [leading, and trailing]  "]),
    "windows": (WINDOWS, ["one\ntwo", "kept\r\nas written"]),
    "tabs": (TABS, ["all:\n\t@echo done", "a\tb", "x\ty\n1\t2", "all:\n\t@echo done"]),
    "unicode": (UNICODE, ["¡Hola! 👩‍🚀 é 🐌", "\x7f\0\x1b", "سلام\u200f"]),
    "long": (LONG, [*(f"value {i}" for i in range(130)), "value 5"]),
    "lore": (FOREIGN.read_bytes(), None),
}


@pytest.fixture(params=FILES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[Pattern], list[str]]:
    """The patterns of a file, and the outputs that they must have."""
    content, outputs = FILES[request.param]
    file = tmp_path / "theirs.yml"
    file.write_bytes(content)
    plain = [example["output"] for example in yaml.safe_load(content.decode())["examples"]]
    assert outputs is None or plain == outputs
    return read_patterns([file]), plain


def test_every_output_is_kept_to_the_byte(case: tuple[list[Pattern], list[str]], tmp_path: Path) -> None:
    patterns, outputs = case
    assert [pattern.output for pattern in patterns] == outputs
    lessons = build_lessons(patterns, DataSettings())
    write_dataset(tmp_path / "data", lessons)
    kept = read_dataset(tmp_path / "data")
    assert kept == lessons
    wanted = {pattern.id: pattern.output for pattern in patterns}
    assert all(row.expected == wanted[row.source] for row in (*kept.train, *kept.valid, *kept.test))


def test_everything_is_taught_and_nothing_leaks(case: tuple[list[Pattern], list[str]]) -> None:
    patterns, _ = case
    lessons = build_lessons(patterns, DataSettings())
    taught = {pattern.id for pattern in patterns if not pattern.holdout}
    assert (
        {row.source for row in lessons.train} == {row.source for row in lessons.by_split["recall"]} == taught
    )
    assert find_leaks(lessons.train, (*lessons.valid, *lessons.test)) == []


def test_the_lore_is_another_company_s_and_large_enough_to_try_the_default_recipe_on() -> None:
    patterns = read_patterns([FOREIGN])
    assert len(patterns) >= 130 and not any(pattern.holdout for pattern in patterns)
    assert sum("\n" in pattern.output for pattern in patterns) >= 12
    assert len({pattern.category for pattern in patterns}) >= 10


NAMES = [
    "/etc/passwd/x",
    "C:\\Users\\me",
    "\\\\server\\share",
    "../../up",
    "~/a",
    "R&D (2024)",
    "...",
    "a" * 999,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_set_may_be_called_anything_and_no_id_looks_like_a_path(tmp_path: Path, name: str) -> None:
    file = tmp_path / "f.yaml"
    head = {"name": name, "description": "d"}
    file.write_text(yaml.safe_dump({**head, "examples": [{"input": "a", "output": "b", "category": "c"}]}))
    (pattern,) = read_patterns([file])
    assert pattern.set_name == name
    assert not set(pattern.id) & set("/\\:~ ") and not _is_local_path(pattern.id) and len(pattern.id) < 100
