"""`engram init`: makes the home, and says what is where. Not here: what settings mean (config)."""

from __future__ import annotations

import stat
from pathlib import Path

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption, count
from engram.cli.settings_template import settings_template
from engram.disk import write_file
from engram.home import Home
from engram.store.database import Database
from engram.store.ledger import Ledger

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(home: HomeOption = None, json: JsonOption = False) -> None:
    """Make the folder in which memories, adapters and settings lie. Once it is there, nothing is changed."""
    place = Home.find(home)
    known = place.database.exists()
    place.create()
    if not place.settings.exists():
        write_file(place.settings, settings_template().encode())
    with Database.open(place.database) as database:
        entries = Ledger(database).stats().entries
    if json:
        print_json({"home": str(place.root), "made": not known, "entries": entries})
        return
    kept = f", with {count(entries, 'entry', 'entries')}" if entries else ""
    out.print(
        f"{'This home is there already' if known else 'A new home'}: {place.root}{kept}", soft_wrap=True
    )
    for path, meaning in contents(place):
        out.print(f"  {path.name + '/' * path.is_dir():<12} {meaning}", soft_wrap=True)
    out.print('Next: engram chat, or engram remember "dog\'s name" Rufo')
    if open_to_others(place.root):
        say(f"Others can list {place.root}; chmod 700 closes it. The database itself is closed to them.")


def contents(place: Home) -> list[tuple[Path, str]]:
    """What lies in a home."""
    return [
        (place.settings, "settings; every one is in it as a comment with its default"),
        (place.database, "all that is said and remembered; nothing is sent anywhere"),
        (place.adapters, "what was learned, by version"),
        (place.runs, "trainings under way or done"),
        (place.cache, "what can be made again at any time"),
    ]


def open_to_others(folder: Path) -> bool:
    """Whether the folder, which may be older than Engram, lets others in. Its mode is its owner's affair."""
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)
