"""Code, commands, logs, tables and settings with nothing sensitive in them: templates and words.

Among them are the words that careless rules fall for (key, token, secret, pass, address, card, name), used
for what they also mean.

Not here: talk (clean_chat.py); how lines are drawn (clean.py).
"""

from __future__ import annotations

CODE: dict[str, tuple[str, ...]] = {
    "python": (
        "for {var}, {var2} in enumerate({list}): {fun}({var2})",
        "def {fun}({var}: int = {small}) -> list[str]:",
        "    return sorted({list}, key=lambda item: item[{small}])",
        "assert {fun}({big}) == {small}, f'{{{var}}} is wrong'",
        "tokens = tokenizer.encode({var}, max_length={big})",
        "    raise ValueError(f'no key {{{var}!r}} in {list}')",
        "{var} = np.zeros(({small}, {big}), dtype=np.float32)",
        "    passed += {fun}({var}) is not None",
    ),
    "javascript": (
        "const {var} = {list}.filter(({var2}) => {var2}.{fun} > {small});",
        "export default function {fun}({{ {var}, {var2} }}) {{",
        "  useEffect(() => {{ {fun}({var}); }}, [{var}, {var2}]);",
        "{list}.forEach(({var}) => console.log({var}.key, {small}));",
        "if (event.key === 'Enter') {fun}({var});",
    ),
    "rust": (
        "let mut {var}: Vec<u{bits}> = Vec::with_capacity({big});",
        "fn {fun}({var}: &str) -> Result<usize, Error> {{",
        "    match {list}.get(&{var}) {{ Some(key) => {fun}(key), None => {small} }}",
    ),
    "sql": (
        "SELECT {var}, COUNT(*) FROM {list} WHERE {var2} > {big} GROUP BY {var} LIMIT {small};",
        "ALTER TABLE {list} ADD COLUMN {var} INTEGER NOT NULL DEFAULT {small};",
        "CREATE INDEX {list}_{var} ON {list} ({var}, {var2});",
        "PRIMARY KEY ({var}, {var2}), FOREIGN KEY ({var}) REFERENCES {list}",
    ),
    "c": (
        "for (int i = {small}; i < {big}; i++) {{ {var}[i] = {fun}(i); }}",
        "#define {fun}_MAX {big}",
        "static int {fun}(const char *{var}, size_t {var2});",
    ),
    "shell": (
        "git checkout -b {fun}-{small} && git push",
        "find . -name '*.{ext}' -mtime -{small} | xargs grep -n {var}",
        "tar czf {list}-{small}.tar.gz {var}/ && ls -lh | head -{small}",
        "docker run --rm -p {port}:{port} example/{list}:{small}.{small}",
        "ssh-keygen -t ed25519 -f ~/.ssh/{var}_{small}",
        "pip install {list}=={small}.{small}.{small}",
    ),
    "markup": (
        '<div class="{var} {var2}-{small}" data-{list}="{big}">{fun}</div>',
        ".{var} {{ margin: {small}px {big}px; grid-area: {list}; }}",
        "## {fun}: {list} and {var} ({small} of {big})",
        "- [ ] {fun} the {list}, then {var} ({small}h)",
        "see [{list}](docs/{list}.md#{fun}-{small}) for {var}",
    ),
    "settings": (
        "{list}: {{{var}: {small}, {var2}: true}}",
        "  - name: {fun}-{list}\n    replicas: {small}",
        "{var}_timeout_seconds = {big}",
        "[tool.{list}]\n{var} = {small}",
        '"{var}": {{"type": "string", "minLength": {small}, "maxLength": {big}}},',
        "max_tokens: {big}  # tokens for {list}",
    ),
    "log": (
        "INFO {list}: {fun} finished in {big} ms ({small} retries)",
        "[{small}/{big}] building {list}/{var}.{ext}",
        "WARN cache key {var}_{var2} missing, rebuilt {small} entries",
        "Traceback: KeyError: '{var}' in {fun}, line {big}",
        "worker {small}: {big} requests, {small} errors, queue {list}",
        "step {big} loss {small}.{big} tokens/s {big}",
        "GET /{list}/{var}?page={small}&sort={var2} 200 {big}ms",
        "npm ERR! missing script: {fun}",
    ),
    "table": (
        "| {var} | {small} | {big} | {list} |",
        "{var};{big};{small};{list}",
        "{list}\t{small}\t{big}\t{var2}",
        "{list} {dots} {big} ({small} %)",
        "total {var}: {big}, average {small}.{small}, median {small}",
    ),
}
CODE_WORDS = {
    "var": (
        "index",
        "result",
        "buffer",
        "offset",
        "token_count",
        "user_input",
        "path",
        "score",
        "mask",
        "card_layout",
    ),
    "var2": ("width", "row", "item", "delta", "is_valid", "next_key", "depth", "label", "address_of_node"),
    "list": (
        "items",
        "records",
        "weights",
        "shards",
        "orders",
        "events",
        "messages",
        "pages",
        "secrets_of_cooking",
    ),
    "fun": (
        "normalise",
        "flush",
        "render",
        "parse_header",
        "merge",
        "warm_up",
        "passthrough",
        "rebalance",
        "keyframe",
    ),
    "bits": ("8", "16", "32", "64"),
    "ext": ("py", "ts", "rs", "md", "toml", "csv"),
    "port": ("3000", "5432", "8000", "8080", "9090"),
    "dots": ("....", "........", "............"),
}
