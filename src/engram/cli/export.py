"""`engram export`: a model and its adapter in the format of another program. Not here: the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engram.cli.output import BARE, out, print_json, say
from engram.formats.export import Source, export
from engram.home import Home
from engram.models.resolve import resolve
from engram.settings_file import read_settings
from engram.training.versions import find_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Format = Literal["merged", "peft", "mlx", "gguf", "gguf-lora", "ollama"]


@app.command()
def command(
    form: Annotated[Format, typer.Option("--format", help="For whom.")],
    out_folder: Annotated[Path, typer.Option("--out", help="The folder to write; it must not exist.")],
    adapter: Annotated[
        str | None, typer.Argument(help=f"A version, or {BARE}; without it, the one in service.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The base: a key, a Hub id or a folder.")] = None,
    template: Annotated[
        str | None, typer.Option(help="The chat template that was trained with, if not the model's own.")
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Where memories and adapters lie.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Write a model and its adapter for another program, into a new folder.

    merged is for transformers, vLLM and mlx-lm; peft and mlx are the adapter alone; gguf, and gguf-lora for
    the adapter alone, are for llama.cpp; ollama is gguf with a Modelfile.
    """
    place = Home.find(home)
    settings = read_settings(place.settings).model
    base = resolve(model or settings.model, template=settings.template if template is None else template)
    source = Source(base, None if adapter == BARE else find_version(place, base, adapter))
    notes = export(source, form, out_folder)
    files = {path.name: path.stat().st_size for path in sorted(out_folder.iterdir())}
    if json:
        print_json({"base": base.id, "adapter": source.name, "format": form, "files": files})
        return
    out.print(f"{out_folder}: {base.id} with {source.name}, as {form}.", soft_wrap=True)
    for name, size in files.items():
        out.print(f"  {name:<28} {size:>14,} bytes")
    for note in notes:
        say(note)
