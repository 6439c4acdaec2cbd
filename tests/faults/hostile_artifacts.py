"""Hostile adapters, models and templates: sound ones with one thing done to each, and the words that name it.

Not here: how it is done (crafted.py), and who has to refuse them (test_hostile_artifacts.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tests.faults.crafted import (
    CONFIG,
    INDEX,
    MODEL,
    WEIGHTS,
    both,
    crafted,
    edit,
    entry,
    gone,
    hollow,
    instead,
    link,
    retensored,
    shifted,
    sliced,
    spoiled,
    text,
    trap,
    twice,
    write,
    zero_b,
)


class Case(NamedTuple):
    """What is done to a sound folder, and what the refusal must say."""

    harm: Callable[[Path], object]
    words: str


BEYOND = "asks for more than an adapter"
ADAPTERS: dict[str, Case] = {
    # what lies in the folder
    "a pickle beside": Case(write("adapter_model.bin"), "adapter_model.bin may be a pickle"),
    "a checkpoint beside": Case(write("optimizer.pt"), "optimizer.pt may be a pickle"),
    "a pickle in capitals": Case(write("STATE.PKL"), "STATE.PKL may be a pickle"),
    "numpy arrays of objects": Case(write("rows.npy"), "rows.npy may be a pickle"),
    "a pickle instead": Case(
        both(write("adapter_model.bin"), gone(WEIGHTS)), "adapter_model.bin may be a pickle"
    ),
    "a pickle by another name": Case(write(WEIGHTS), "not a whole safetensors file"),
    "code beside": Case(write("modeling.py", b"import os"), "modeling.py is code"),
    "a library beside": Case(write("fast.so", b"\x7fELF"), "fast.so is code"),
    "weights that are a link out": Case(link(WEIGHTS, "outside"), "is a link that leaves its folder"),
    "a config that is a link out": Case(link(CONFIG, "outside"), "is a link that leaves its folder"),
    "a link to the system": Case(link(CONFIG, "/etc/passwd"), "is a link that leaves its folder"),
    "a link to itself": Case(link(WEIGHTS, WEIGHTS), "is a link that leaves its folder"),
    "a link to nothing": Case(link(WEIGHTS, "missing"), "is a link that leaves its folder"),
    "a name with a way out": Case(write("..\\..\\x.json", b"{}"), "other systems take for a path"),
    "a name that writes to the terminal": Case(write("a\x1b[2J", b""), "other systems take for a path"),
    "a pipe": Case(instead(WEIGHTS, os.mkfifo), "neither a file nor a folder"),
    "a folder for the weights": Case(instead(WEIGHTS, Path.mkdir), f"{WEIGHTS} cannot be opened"),
    "no weights": Case(gone(WEIGHTS), f"{WEIGHTS} cannot be opened"),
    "no config": Case(gone(CONFIG), "it has no adapter_config.json"),
    # what adapter_config.json says
    "no JSON": Case(write(CONFIG, b"{"), "not valid JSON"),
    "a list": Case(write(CONFIG, b"[]"), "not an object"),
    "depth": Case(write(CONFIG, b'{"a":' * 200 + b"1" + b"}" * 200), "levels deep"),
    "depth without end": Case(write(CONFIG, b"[" * 100_000), "not valid JSON"),
    "two ranks": Case(text(CONFIG, '"r":', '"r": 4096, "r":'), "says 'r' twice"),
    "bytes that are no text": Case(write(CONFIG, b'{"r": "\xff"}'), "not valid JSON"),
    "another method": Case(edit(CONFIG, peft_type="IA3"), "of type IA3, not LORA"),
    "auto_map": Case(edit(CONFIG, auto_map={"AutoModel": "evil.Model"}), f"auto_map {BEYOND}"),
    "an import through megatron": Case(
        edit(CONFIG, megatron_config={"a": 1}, megatron_core="os"), f"megatron_config {BEYOND}"
    ),
    "an import through auto_mapping": Case(
        edit(CONFIG, auto_mapping={"base_model_class": "x", "parent_library": "antigravity"}),
        "auto_mapping asks to import 'antigravity'",
    ),
    "a file to read": Case(edit(CONFIG, corda_config={"cache_file": "/x.pt"}), f"corda_config {BEYOND}"),
    "a thousand copies of a block": Case(
        edit(CONFIG, layer_replication=[[0, 1_000_000]]), f"layer_replication {BEYOND}"
    ),
    "a base that is changed as well": Case(edit(CONFIG, init_lora_weights="pissa"), "changes the base too"),
    "rank 0": Case(edit(CONFIG, r=0), "r is 0, not a rank"),
    "a rank below": Case(edit(CONFIG, r=-8), "r is -8, not a rank"),
    "a rank for all memory": Case(edit(CONFIG, r=10**9), "r is 1000000000, not a rank"),
    "a rank in words": Case(edit(CONFIG, r="8"), "r is '8', not a rank"),
    "a rank that is true": Case(edit(CONFIG, r=True), "r is True, not a rank"),
    "an alpha that is none": Case(edit(CONFIG, lora_alpha=float("nan")), "lora_alpha is nan"),
    "an alpha without end": Case(edit(CONFIG, lora_alpha=float("inf")), "lora_alpha is inf"),
    "an alpha of 0": Case(edit(CONFIG, lora_alpha=0), "lora_alpha is 0"),
    "a dropout of 2": Case(edit(CONFIG, lora_dropout=2.0), "lora_dropout is 2.0"),
    "a pattern that takes forever": Case(edit(CONFIG, target_modules="(a+)+$"), "could take forever"),
    "a long pattern": Case(edit(CONFIG, target_modules=".*" * 9 + "x"), "could take forever"),
    "a pattern for ranks": Case(edit(CONFIG, rank_pattern={"(.*)*x": 8}), "could take forever"),
    "a pattern that is none": Case(edit(CONFIG, target_modules="(q_proj"), "is no pattern"),
    "layers that are numbers": Case(edit(CONFIG, target_modules=[1, 2]), "not names of layers"),
    "blocks below": Case(edit(CONFIG, layers_to_transform=[-1]), "not numbers of blocks"),
    "another base": Case(edit(CONFIG, base_model_name_or_path="someone/else"), "made for base model someone"),
    "another revision": Case(edit(CONFIG, revision="0" * 40), "made for revision 000"),
    # what the weights are
    "no bytes": Case(write(WEIGHTS, b""), "ends within its header"),
    "a header that ends behind the file": Case(
        write(WEIGHTS, (2**40).to_bytes(8, "little") + b"{}"), "ends within its header"
    ),
    "a header as long as can be": Case(write(WEIGHTS, b"\xff" * 8 + b"{}"), "ends within its header"),
    "a header that is no JSON": Case(crafted(WEIGHTS, lambda h, t: (b"{nothing", t)), "not a whole"),
    "a header that is a list": Case(crafted(WEIGHTS, lambda h, t: (b"[]", t)), "no JSON object"),
    "a header with depth": Case(
        crafted(WEIGHTS, lambda h, t: (b'{"a":' * 99 + b"1" + b"}" * 99, t)), "levels deep"
    ),
    "one name twice": Case(crafted(WEIGHTS, twice), "twice"),
    "metadata that are no texts": Case(
        crafted(WEIGHTS, lambda h, t: ({**h, "__metadata__": {"a": {}}}, t)), "not made of texts"
    ),
    "an unknown number type": Case(crafted(WEIGHTS, entry(dtype="PICKLE")), "unknown type 'PICKLE'"),
    "a number type that is a list": Case(crafted(WEIGHTS, entry(dtype=["F32"])), "unknown type"),
    "a further key": Case(crafted(WEIGHTS, entry(code="x")), "not described by dtype"),
    "a place before the file": Case(crafted(WEIGHTS, entry(data_offsets=[-8, 0])), "no list of whole"),
    "a place behind the file": Case(crafted(WEIGHTS, entry(data_offsets=[0, 2**62])), "bytes, not those of"),
    "a shape without end": Case(crafted(WEIGHTS, entry(shape=[2**62, 2**62])), "bytes, not those of"),
    "a shape that is not whole": Case(crafted(WEIGHTS, entry(shape=[1.5, 2])), "no list of whole"),
    "another shape": Case(crafted(WEIGHTS, entry(shape=[1, 1])), "bytes, not those of F32"),
    "a hole": Case(crafted(WEIGHTS, shifted(8)), "belong to no tensor"),
    "an overlap": Case(crafted(WEIGHTS, shifted(-8)), "overlaps with another"),
    "bytes behind": Case(crafted(WEIGHTS, lambda h, t: (h, t + trap())), "bytes follow its last tensor"),
    "bytes that lack": Case(crafted(WEIGHTS, lambda h, t: (h, t[:-4])), "ends before its last tensor"),
    "not a number": Case(retensored(spoiled(np.nan)), "not finite"),
    "infinite in float16": Case(retensored(spoiled(np.inf, "float16")), "not finite"),
    "infinite in float64": Case(retensored(spoiled(-np.inf, "float64")), "not finite"),
    "whole numbers": Case(retensored(spoiled(1, "int32")), "made of I32"),
    "a lower rank in A": Case(retensored(sliced("lora_A")), "and r is 4"),
    "a lower rank in B": Case(retensored(sliced("lora_B")), "and r is 4"),
    "another rank in the config": Case(edit(CONFIG, r=8), "and r is 8"),
    "half of a pair": Case(retensored(lambda t: {n: t[n] for n in sorted(t)[1:]}), "is missing"),
    "names of another program": Case(
        retensored(lambda t: {n.removeprefix("base_model.model."): v for n, v in t.items()}), "no place"
    ),
    "a name with control characters": Case(
        crafted(WEIGHTS, lambda h, t: ({f"\x1b{n}" if "A" in n else n: e for n, e in h.items()}, t)),
        "a tensor is called",
    ),
    "nothing at all": Case(write(WEIGHTS, (2).to_bytes(8, "little") + b"{}"), "no lora_A or lora_B"),
    "a change of nothing": Case(retensored(zero_b), "changes nothing: every B is zero"),
}

AUTO_MAP = {"AutoModelForCausalLM": "modeling_evil.Evil"}
ASKS = "asks to run Python code"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
MODELS: dict[str, Case] = {
    "auto_map": Case(edit("config.json", auto_map=AUTO_MAP), f"config.json {ASKS}"),
    "auto_map in a part": Case(
        edit("config.json", text_config={"auto_map": AUTO_MAP}), f"config.json {ASKS}"
    ),
    "auto_map of the tokenizer": Case(
        edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.T", None]}),
        f"tokenizer_config.json {ASKS}",
    ),
    "a module for mlx-lm": Case(edit("config.json", model_file="evil.py"), "(model_file)"),
    "attention from the Hub": Case(
        edit("config.json", attn_implementation="someone/evil-attention"), "fetch code for its attention"
    ),
    "an adapter inside": Case(write(CONFIG, b"{}"), "has an adapter inside"),
    "pickles alone": Case(both(write("pytorch_model.bin"), gone(MODEL)), "only as pickle files"),
    "a pickle by another name": Case(write(MODEL), "not a whole safetensors file"),
    "an index that climbs": Case(
        edit(INDEX, weight_map={"w": "../../secret.safetensors"}), "does not name safetensors files beside it"
    ),
    "an index to the system": Case(
        edit(INDEX, weight_map={"w": "/etc/shadow.safetensors"}), "does not name safetensors files beside it"
    ),
    "an index to a pickle": Case(
        edit(INDEX, weight_map={"w": "pytorch_model.bin"}), "does not name safetensors files beside it"
    ),
    "an index to nothing": Case(edit(INDEX, weight_map={"w": "a.safetensors"}), "which its index names"),
    "an index of another file": Case(edit(INDEX, weight_map={"v": MODEL}), "does not hold v"),
    "further weights": Case(
        lambda f: (f / "model-evil.safetensors").write_bytes((f / MODEL).read_bytes()),
        "weights besides its own: model-evil.safetensors",
    ),
    "a pointer to weights": Case(write(MODEL, POINTER), "not a whole safetensors file"),
    "a hole": Case(crafted(MODEL, hollow), "belong to no tensor"),
    "bytes behind": Case(crafted(MODEL, lambda h, t: (h, t + trap())), "bytes follow its last tensor"),
    "bytes that lack": Case(crafted(MODEL, lambda h, t: (h, t[:-1])), "ends before its last tensor"),
    "weights that are a link out": Case(link(MODEL, "outside"), "is a link that leaves its folder"),
    "a tokenizer that is a link out": Case(link("tokenizer.json", "outside"), "is a link that leaves"),
    "a name with a way out": Case(write("..\\config.json", b"{}"), "other systems take for a path"),
    "two vocabularies": Case(
        text("config.json", '"vocab_size":', '"vocab_size": 9, "vocab_size":'), "says 'vocab_size' twice"
    ),
    "depth": Case(write("generation_config.json", b'{"a":' * 99 + b"1" + b"}" * 99), "levels deep"),
    "another tokenizer": Case(edit("config.json", vocab_size=100), "from different models"),
    "a tokenizer that is a pickle": Case(write("tokenizer.json"), "cannot be read as a tokenizer"),
    "a context that is none": Case(edit("config.json", max_position_embeddings=-1), "not a positive whole"),
    "not a causal model": Case(edit("config.json", architectures=["BertForMaskedLM"]), "no causal language"),
}

FAILS = "chat template cannot be used"
TEMPLATES: dict[str, tuple[str, str]] = {
    "the classes of Python": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", FAILS),
    "the globals of a function": ("{{ raise_exception.__globals__['__builtins__'] }}", FAILS),
    "the globals of a helper": ("{{ cycler.__init__.__globals__.os.popen('touch sprung').read() }}", FAILS),
    "the modules of a helper": ("{{ lipsum.__globals__['os'].system('touch sprung') }}", FAILS),
    "messages that are changed": ("{{ messages.append(1) }}", FAILS),
    "a file of the system": ("{% include '/etc/passwd' %}", FAILS),
    "a module": ("{% import 'os' as os %}{{ os.system('touch sprung') }}", FAILS),
    "no template": ("{% for m in messages %}", FAILS),
    "a refusal of everything": ("{{ raise_exception('no') }}", FAILS),
    "a text without end": ("{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}", FAILS),
    "a range without end": ("{% for i in range(10 ** 9) %}{% endfor %}", FAILS),
    "loops within loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "it takes more than",
    ),
    "a macro that calls itself twice": (
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "it takes more than",
    ),
    "a text times a number": ("{% set x = 'x' * 10 ** 12 %}", "it makes a text of more than"),
    "a text that doubles": (
        "{% set n = namespace(x='xxxx') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "it makes a text of more than",
    ),
    "a list that doubles": (
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "it makes a text of more than",
    ),
    "a number without end": ("{{ 10 ** 10 ** 10 }}", "it raises a number"),
    "padding without end": ("{{ 'x'.ljust(10 ** 11) }}", FAILS),
    "centred in the universe": ("{{ 'x' | center(10 ** 11) }}", FAILS),
    "a long template": ("x" * 300_000, "characters long"),
}
