"""The house keeps its arrows: who may import whom, and that the door opens without tensor libraries."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import engram

PACKAGE = Path(engram.__file__).parent

# Rooms by floor; a room may import rooms of lower floors and itself, not its neighbours.
FLOORS = [
    {"errors", "types"},
    {"config", "home", "disk", "machine", "artifacts"},
    {"lessons", "privacy", "store", "lookup"},
    {"models", "settings_file", "synth", "routing"},
    {"backends"},
    {"training", "answer", "formats"},
    {"measure"},
    {"job"},
    {"teaching", "chat", "sleep"},
    {"api", "serve", "planning", "doctor", "schedule", "referee"},
    {"cli"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TENSOR_LIBRARIES = {"torch", "transformers", "peft", "mlx", "mlx_lm", "accelerate", "bitsandbytes"}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imports_of(file: Path) -> Iterator[tuple[str, bool]]:
    """Modules that a file imports, and whether only for type checking."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or "", id(node) in typing_only


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_left(file: Path) -> None:
    room = room_of(file)
    if room in ("__init__", "__main__", "patterns"):
        return
    assert room in FLOOR_OF, f"{room} has no floor: put it into the house plan"
    for module, _ in imports_of(file):
        parts = module.split(".")
        if parts[0] != "engram" or len(parts) == 1 or parts[1] in (room, "patterns"):
            continue
        assert FLOOR_OF[parts[1]] < FLOOR_OF[room], f"{file.name} ({room}) imports {module}"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_tensors_stay_in_their_rooms(file: Path) -> None:
    inside = file.relative_to(PACKAGE).parts[:2]
    if inside in (("backends", "torch"), ("backends", "mlx")):
        return
    used = {module.split(".")[0] for module, _ in imports_of(file)}
    assert not used & TENSOR_LIBRARIES


@pytest.mark.parametrize("room", ["teaching.py", "chat", "sleep"])
def test_stories_see_only_the_protocol(room: str) -> None:
    place = PACKAGE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py")) if place.exists() else []
    for file in files:
        for module, _ in imports_of(file):
            if module.startswith("engram.backends"):
                assert module == "engram.backends.base", f"{file.name} imports {module}"


BLOCKED = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "mlx", "mlx_lm", "transformers", "peft"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Wall())
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


def test_import_without_tensor_libraries() -> None:
    done = run_python(BLOCKED + "import engram; print(engram.__version__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == engram.__version__


def test_help_without_tensor_libraries() -> None:
    done = run_python(BLOCKED + "sys.argv = ['engram', '--help']\nfrom engram.cli.app import main\nmain()")
    assert done.returncode == 0, done.stderr
    assert "teach" in done.stdout and "demo" in done.stdout


def test_import_is_light() -> None:
    code = (
        "import sys, engram; print([m for m in ('numpy', 'pydantic', 'typer', 'yaml') if m in sys.modules])"
    )
    assert run_python(code).stdout.strip() == "[]"


def test_public_names() -> None:
    assert engram.__all__ == ["Comparison", "EngramError", "Model", "__version__", "load", "teach"]
    for name in engram.__all__:
        assert getattr(engram, name) is not None
    with pytest.raises(AttributeError):
        engram.no_such_name  # noqa: B018


def test_the_network_is_out_of_reach() -> None:
    with pytest.raises(AssertionError, match="tried to"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with socket.socket() as plain, pytest.raises(AssertionError, match="tried to connect"):
        plain.connect(("192.0.2.1", 80))
