"""The five surroundings of a planted value: a sentence, code, JSON, a shell line, a log or Markdown.

Each has several wordings. `{label}` is how people call the thing, `{variable}` how programs do, `{value}` the
value itself. Families that have no shape of their own only meet wordings that name them.

Not here: the values.
"""

from __future__ import annotations

import json
import random

from tests.support.exam.families import Family
from tests.support.exam.samples import Sample, Value

PROSE = (
    "my {label} is {value}",
    "Here is the {label}: {value} - please don't share it",
    "I set {variable} to {value} but it still answers 401",
    "can you tell me why the {label} {value} is rejected?",
    "ok so the {label} = {value}, what do I do next",
    "The old {label} was {value}. I have rotated it since.",
    "For the record: {label}: {value}",
    "hey remember this for me, {label}: {value}",
    "mein {label} lautet {value}, bitte merken",
    "voici le {label} : {value}",
    "mi {label} es {value} por si lo necesitas",
    "il mio {label} è {value}",
    'use "{value}" as the {label} in the example',
)
PROSE_BARE = (
    "use {value} for now",
    "does {value} still work for you?",
    "I pasted this by mistake: {value}",
    "{value} is what they sent me, is that right?",
    "try again with {value}, thanks",
)
CODE = (
    '{variable} = "{value}"',
    "const {variable} = '{value}';",
    'os.environ["{variable}"] = "{value}"',
    'client = Client({lower}="{value}", timeout=30)',
    '    private static final String {variable} = "{value}";',
    'let {lower}: &str = "{value}"; // TODO: move out of here',
    "{lower}: '{value}'",
    '$config["{lower}"] = "{value}";',
    "{variable} := `{value}`",
)
JSON = (
    '{{"{variable}": "{value}"}}',
    '{{"name": "staging", "{lower}": "{value}", "retries": 3}}',
    '  "{lower}": "{value}",',
    '{{"env": [{{"name": "{variable}", "value": "{value}"}}]}}',
    '{{"settings":{{"{lower}":"{value}"}},"ok":true}}',
)
SHELL = (
    "export {variable}='{value}'",
    "{variable}='{value}' ./run.sh --verbose",
    "docker run -e {variable}='{value}' example/app:2.1",
    "echo '{variable}={value}' >> .env",
    "kubectl create secret generic app --from-literal={lower}='{value}'",
    "set {variable}={value}",
    "tool login --{dashed} '{value}'",
    "curl -s https://api.example.com/v1/items -d '{lower}={value}'",
)
LOG = (
    "2026-11-03T08:14:22Z ERROR auth failed {lower}={value}",
    "[debug] loaded {variable}: {value}",
    "- **{label}**: `{value}`",
    "| {label} | `{value}` | rotated monthly |",
    "```\n{variable}={value}\n```",
    "> {label}: {value}",
    "Nov 03 08:14:22 web1 app[412]: starting with {variable}={value} on port 8080",
    "# settings\n{lower}: {value}\nretries: 3",
)
# Values of several lines, in the same five surroundings.
BLOCK_PROSE = (
    "this is my {label}:\n{value}\nwhat is wrong with it?",
    "{value}",
    "Here you go, the {label} for the server.\n\n{value}\n\nLet me know!",
)
BLOCK_CODE = ('{variable} = """{value}"""', "const {variable} = `{value}`;", '{lower} = b"""\\\n{value}\n"""')
BLOCK_SHELL = (
    "cat > key.txt <<'EOF'\n{value}\nEOF",
    "export {variable}='{value}'",
    "$ cat server.key\n{value}\n$ ls",
)
BLOCK_LOG = (
    "```\n{value}\n```",
    "### {label}\n\n{value}\n",
    "2026-11-03 08:14:22 DEBUG read {variable}:\n{value}",
)

WORDINGS = {"prose": PROSE, "code": CODE, "json": JSON, "shell": SHELL, "log": LOG}
BLOCKS = {"prose": BLOCK_PROSE, "code": BLOCK_CODE, "json": JSON, "shell": BLOCK_SHELL, "log": BLOCK_LOG}
WRAPPERS = tuple(WORDINGS)


def wordings(wrapper: str, family: Family, value: Value) -> tuple[str, ...]:
    """The wordings that this value may stand in."""
    if "\n" in value.text:
        return BLOCKS[wrapper]
    return PROSE + PROSE_BARE if wrapper == "prose" and family.bare else WORDINGS[wrapper]


def escaped(text: str) -> str:
    """The inside of a JSON string."""
    return json.dumps(text)[1:-1]


def wrap(rng: random.Random, wrapper: str, family: Family, value: Value) -> Sample:
    """Put the value into one of the wrapper's wordings, and count where its secret stands."""
    template = rng.choice(wordings(wrapper, family, value))
    names = {
        "label": family.label,
        "variable": family.variable,
        "lower": family.variable.lower(),
        "dashed": family.variable.lower().replace("_", "-"),
    }
    before, after = (side.format(**names) for side in template.split("{value}"))
    pieces = [value.text[: value.start], value.text[value.start : value.end], value.text[value.end :]]
    if wrapper == "json":
        pieces = [escaped(piece) for piece in pieces]
    start = len(before) + len(pieces[0])
    text = before + "".join(pieces) + after
    return Sample(family.name, text, start, start + len(pieces[1]), "secret", wrapper)
