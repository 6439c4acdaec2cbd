"""`engram adapters convert`: an adapter folder in another program's format. Not here: the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engram.cli.output import out, print_json
from engram.errors import BadName, ModelError, UnknownName
from engram.formats.convert import convert
from engram.home import Home
from engram.models.resolve import resolve
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.training.versions import verify_version

Format = Literal["peft", "mlx"]


def command(
    source: Annotated[str, typer.Argument(help="A version, or an adapter folder of PEFT or mlx-lm.")],
    to: Annotated[Format, typer.Option(help="Whose format to write.")],
    out_folder: Annotated[Path, typer.Option("--out", help="The folder to write; it must not exist.")],
    model: Annotated[
        str | None, typer.Option(help="Its base, where the adapter covers some blocks only.")
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Where memories and adapters lie.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Write an adapter in PEFT's or mlx-lm's format: exactly, or it is refused."""
    place = Home.find(home)
    version = _version(place, source)
    if version:
        verify_version(place, version)
    folder = place.adapter(version.name) if version else Path(source)
    blocks = _blocks(model, version.base_id if version else None)
    made = convert(folder, to, out_folder, blocks)
    if json:
        facts = {"rank": made.rank, "scale": made.scale, "dora": made.dora, "layers": sorted(made.layers)}
        print_json({"source": folder.name, "to": to, "base": made.base, **facts})
        return
    covered = made.covered
    out.print(
        f"{out_folder}: {folder.name} as {to}, rank {made.rank}, scale {made.scale:g}, blocks "
        f"{covered.start} to {covered.stop - 1}, {len(made.layers)} layers.",
        soft_wrap=True,
    )


def _version(place: Home, source: str) -> AdapterVersion | None:
    """The version of that name; None when there is none, but a folder."""
    if not place.database.exists() and Path(source).is_dir():
        return None
    try:
        with Database.open(place.create().database) as database:
            return AdapterVersions(database).get(source)
    except (BadName, UnknownName):
        if Path(source).is_dir():
            return None
        raise


def _blocks(model: str | None, base_id: str | None) -> int | None:
    """How many blocks the base has, if it is named or known, and here."""
    name = model or base_id
    if name is None:
        return None
    try:
        found = resolve(name).config.get("num_hidden_layers")
    except ModelError:
        if model:
            raise
        return None
    return found if isinstance(found, int) else None
