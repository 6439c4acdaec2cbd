"""Pattern files in: what is kept, what is refused, and that nothing but an EngramError ever escapes."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.errors import EngramError, LessonError
from engram.lessons.reader import read_patterns, shipped_sets

HEAD = "name: s\ndescription: d\nexamples:\n"


def problems(path: Path, *more: Path) -> list[str]:
    with pytest.raises(LessonError) as caught:
        read_patterns([path, *more])
    return [line.replace(str(path.parent) + "/", "") for line in caught.value.problems]


def written(tmp_path: Path, text: str | bytes, name: str = "p.yaml") -> Path:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_shipped_sets_read_as_plain_yaml_reads_them() -> None:
    patterns = read_patterns(shipped_sets())
    plain = [e for f in shipped_sets() for e in yaml.safe_load(f.read_text(encoding="utf-8"))["examples"]]
    ours = [(p.input, p.output, p.category, p.holdout) for p in patterns]
    assert ours == [(e["input"], e["output"], e["category"], e.get("holdout", False)) for e in plain]
    assert len({p.id for p in patterns}) == len(patterns)


def test_texts_are_kept_exactly_and_lines_are_known(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        HEAD + "  - input: 'a b'\n    output: '  two'\n    category: c\n"
        '  - {input: x, output: "l1\\n  l2\\n", category: c, holdout: yes}\n'
        "  - input: é\n    output: |-\n      if y:\n          z\n    category: c\n",
    )
    one, two, three = read_patterns([file])
    assert (one.output, one.origin, one.holdout, one.set_name) == ("  two", "p.yaml:4", False, "s")
    assert (two.output, two.origin, two.holdout) == ("l1\n  l2\n", "p.yaml:7", True)
    assert (three.input, three.output) == ("é", "if y:\n    z")


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    first = written(
        tmp_path,
        "name: s\nauthor: me\nexamples:\n"
        "  - {input: a, output: b, category: c, tag: t}\n"
        "  - {input: '  ', output: b, category: c}\n"
        "  - {input: q, output: yes, category: c}\n"
        "  - {input: r, output: 2024-01-02, category: 3}\n"
        "  - {input: r2, category: c, holdout: maybe}\n"
        "  - {input: t, output: [1], category: {}}\n"
        "  - {input: ok, output: b, category: c}\n"
        "  - {input: ' OK ', output: other, category: c}\n"
        "  - {input: u, output: ~, category: c, input: v}\n"
        "  - text\n"
        "  - {input: w, output: 1e-5, category: c, [x]: y}\n",
        "a.yaml",
    )
    second = written(
        tmp_path,
        '{"input": "oK", "output": "b", "category": "c"}\n\n{"input": 1, "output": null}\n[]\nnot json\n'
        '{"input": "\\ud800", "output": "x", "category": "c"}\n'
        '{"input":"i","input":"j","output":"o","category":"c"}\n',
        "b.jsonl",
    )
    found = problems(first, second)
    expected = [
        ("a.yaml:2", "not a known key"),
        ("a.yaml:1", "no 'description'"),
        ("a.yaml:4", "'tag' is not a known key"),
        ("a.yaml:5", "'input' is empty"),
        ("a.yaml:6", "truth value ('yes'); it must be text: quote it"),
        ("a.yaml:7", "date ('2024-01-02'); it must be text: quote it"),
        ("a.yaml:7", "number ('3'); it must be text: quote it"),
        ("a.yaml:8", "no 'output'"),
        ("a.yaml:8", "write true or false"),
        ("a.yaml:9", "'output' is a list"),
        ("a.yaml:9", "'category' is a mapping"),
        ("a.yaml:11", "at a.yaml:10 already, with another output"),
        ("a.yaml:12", "stands here twice"),
        ("a.yaml:12", "'output' is empty"),
        ("a.yaml:13", "must have the keys"),
        ("a.yaml:14", "a key must be a word"),
        ("b.jsonl:1", "at a.yaml:10 already."),
        ("b.jsonl:3", "number ('1')"),
        ("b.jsonl:3", "'output' is empty"),
        ("b.jsonl:3", "no 'category'"),
        ("b.jsonl:4", "must be an object"),
        ("b.jsonl:5", "not valid JSON"),
        ("b.jsonl:6", "surrogate"),
        ("b.jsonl:7", "'input' stands here twice"),
    ]
    assert len(found) == len(expected)
    for line, (place, words) in zip(found, expected, strict=True):
        assert line.startswith(place + ": ") and words in line, (line, place, words)


BOMB = "name: &a [x,x,x,x,x,x,x,x,x]\ndescription: &b [*a,*a,*a,*a,*a,*a]\nversion: &c [*b,*b,*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b"\xef\xbb\xbf" + HEAD.encode() + b"  - {input: a, output: b, category: c}\n",
            ":1: begins with a byte",
        ),
        (HEAD.encode() + b"  - {input: \xff, output: b, category: c}\n", ":4: these bytes are not UTF-8"),
        ("a: b\n".encode("utf-16"), ":1: these bytes are not UTF-8"),
        (b"", ":1: this file is empty"),
        (HEAD.replace("examples:", "examples: []").encode(), ":3: 'examples' must be a list"),
        (b"- a\n- b\n", ":1: a pattern file begins with the keys"),
        (b"name: s\n  bad: [\n", ":2: not valid YAML"),
        (b"name: a\n---\nname: b\n", "not valid YAML"),
        (b"name: \x07\n", "not valid YAML"),
        (HEAD.encode() + b"  - " + b"[" * 3000, ":4: nested more than 20 levels"),
        ((BOMB + "examples: [" + "*c," * 2000 + "]\n").encode(), ":4: too many aliases"),
        ((BOMB + "examples: [*c, *c]\n").encode(), "an example must have the keys"),
        (HEAD.encode() + b"  - {input: !!python/name:os.system x, output: b, category: c}\n", ":4: "),
        (b"#" * (16 * 2**20 + 1), ":1: larger than 16 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: bytes, words: str) -> None:
    assert words in "\n".join(problems(written(tmp_path, text)))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'\xef\xbb\xbf{"input": "a", "output": "b", "category": "c"}', ":1: begins with a byte"),
        (b'{"input": "\xff"}', ":1: these bytes are not UTF-8"),
        (b"[" * 100_000, ":1: not valid JSON"),
        (b'{"input": ' + b"9" * 5000 + b', "output": "b", "category": "c"}', ":1: "),
        (b'"' + b"x" * 2**20 + b'"', ":1: a line of more than"),
        (b" \n\n", ":1: there are no examples"),
        (b'{"input": "' + b"y" * 100_001 + b'", "output": "b", "category": "c"}', "100,001 characters long"),
    ],
)
def test_a_jsonl_line_that_cannot_be_read_says_where(tmp_path: Path, line: bytes, words: str) -> None:
    assert words in "\n".join(problems(written(tmp_path, line, "p.jsonl")))


def test_folders_files_and_what_is_neither(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no .yaml" in problems(empty)[0]
    assert "no such file" in problems(tmp_path / "nowhere.yaml")[0]
    assert "end in .yaml" in problems(written(tmp_path, "x", "notes.txt"))[0]
    assert "cannot be read" in problems(Path("\0.yaml"))[0] or "no such file" in problems(Path("\0.yaml"))[0]
    with pytest.raises(LessonError, match="no file or folder"):
        read_patterns([])
    (empty / "b.jsonl").write_text('{"input": "a", "output": "b", "category": "c"}')
    (empty / "a.yml").write_text(HEAD + "  - {input: z, output: b, category: c}\n")
    found = read_patterns([empty, empty / "b.jsonl"])
    assert [(p.input, p.set_name) for p in found] == [("z", "s"), ("a", "b")]


TEXT = st.text(max_size=12)
SCALAR = TEXT | st.booleans() | st.none() | st.integers() | st.floats()
EXAMPLE = st.dictionaries(st.sampled_from(["input", "output", "category", "holdout", "odd"]) | TEXT, SCALAR)
TREE = st.fixed_dictionaries({"name": SCALAR, "description": SCALAR, "examples": st.lists(EXAMPLE | SCALAR)})
ANY_TREE = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
YAMLISH = st.text(alphabet="abxinput: -[]{}&*!|>'\"\n#,?%@`~\t0.\\", max_size=60)


def survives(file: Path) -> None:
    try:
        patterns = read_patterns([file])
    except EngramError as error:
        assert str(error)
    else:
        assert patterns and all(p.input.strip() and p.output.strip() for p in patterns)


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(st.binary(max_size=80) | YAMLISH.map(str.encode))
def test_fuzz_bytes(tmp_path: Path, data: bytes) -> None:
    survives(written(tmp_path, data))
    survives(written(tmp_path, HEAD.encode() + b"  - input: " + data))
    survives(written(tmp_path, data, "p.jsonl"))


@FUZZ
@given(TREE | ANY_TREE)
def test_fuzz_trees(tmp_path: Path, tree: object) -> None:
    survives(written(tmp_path, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace")))
    rows = tree["examples"] if isinstance(tree, dict) and "examples" in tree else [tree]
    lines = [json.dumps(row) for row in rows] if isinstance(rows, list) else [json.dumps(rows)]
    survives(written(tmp_path, "\n".join(lines), "p.jsonl"))


@FUZZ
@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=5))
def test_what_json_and_yaml_can_say_comes_back_exactly(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    kept = {" ".join(a.casefold().split()): (a, b) for a, b in pairs if a.strip() and b.strip()}
    examples = [{"input": a, "output": b, "category": "c"} for a, b in kept.values()]
    if not examples:
        return
    tree = {"name": "s", "description": "d", "examples": examples}
    for name, text in [
        ("p.yaml", yaml.safe_dump(tree)),  # escapes what raw YAML folds, such as NEL
        ("p.jsonl", "\n".join(map(json.dumps, examples))),
    ]:
        found = read_patterns([written(tmp_path, text, name)])
        assert [(p.input, p.output) for p in found] == list(kept.values())
