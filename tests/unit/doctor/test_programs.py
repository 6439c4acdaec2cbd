"""What can run here and what cannot, said without a traceback, with tensor libraries absent or broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.road import engram

from engram import machine
from engram.doctor import programs
from engram.doctor.findings import examine

# Libraries that are not installed, as `find_spec` sees them.
ABSENT = """
import sys
class Without:
    def __init__(self, finder): self.finder = finder
    def __getattr__(self, name): return getattr(self.finder, name)
    def find_spec(self, name, *rest):
        if name.split(".")[0] in {"torch", "mlx", "mlx_lm", "transformers", "peft"}:
            return None
        return self.finder.find_spec(name, *rest)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
sys.argv = ["engram", "doctor", "--json"]
from engram.cli.main import main
main()
"""


def test_with_no_tensor_library_and_no_home(isolated: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABSENT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    by_topic = {finding["topic"]: finding for finding in said["findings"]}
    assert said["ok"] is False and by_topic["backends"]["state"] == "broken"
    assert "torch, transformers, peft not installed" in by_topic["backend torch"]["what"]
    assert "[torch]" in by_topic["backend torch"]["do"] and "[mlx]" in by_topic["backend mlx"]["do"]
    assert by_topic["home"]["state"] == "note"
    assert not isolated.exists()


@pytest.mark.slow  # starts two processes that load everything
def test_a_machine_with_a_backend_and_no_home_is_well(isolated: Path) -> None:
    pytest.importorskip("peft")
    said = engram("doctor")
    assert (said.code, said.err) == (0, "")
    assert "runs on cpu" in said.out or "cuda" in said.out
    assert "All is well." in said.out and not isolated.exists()


def test_something_broken_is_exit_code_one(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "backends", list)
    isolated.mkdir(parents=True)
    (isolated / "memory.db").write_bytes(b"nonsense" * 999)
    said = engram("doctor")
    assert said.code == 1 and "Traceback" not in said.err + said.out
    assert "!!  database" in said.out and "Broken: " in said.out


def test_fix_says_what_it_removes(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "backends", list)
    left = isolated / "adapters" / ".v1.partial"
    left.mkdir(parents=True)
    os.utime(left, (1, 1))
    assert "--fix removes it" in engram("doctor").out and left.exists()
    assert str(left) in engram("doctor", "--fix").err.replace("\n", "")
    assert not left.exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise ImportError('libfoo.so.1 is missing')", "libfoo.so.1 is missing"),
        ("import os; os.kill(os.getpid(), 11)", "status -11"),
        ("import os; os._exit(3)", "status 3"),
    ],
)
def test_a_broken_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch, code: str, words: str) -> None:
    monkeypatch.setattr(programs, "_TRY", code)
    monkeypatch.setattr(programs, "missing_libraries", lambda name: [] if name == "torch" else ["mlx"])
    torch, mlx, none = programs.backends()
    assert torch.state == "note" and words in torch.what and torch.do
    assert mlx.state == "note" and none.state == "broken"


def test_a_library_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_TRY", "import time; time.sleep(60)")
    monkeypatch.setattr(programs, "_TRY_SECONDS", 0.2)
    monkeypatch.setattr(programs, "missing_libraries", lambda name: [])
    assert "no answer" in next(iter(programs.backends())).what


def test_no_seedling_is_broken_and_the_rest_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engram.models.resolve.SEEDLING", tmp_path)
    (broken,) = examine([("models", programs.models)])
    assert broken.state == "broken" and "Install" in broken.do


def test_a_full_disk_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "_LOW_DISK", 1e18)
    (note,) = programs.disk(tmp_path / "not" / "there")
    assert note.state == "note" and "Free some space" in note.do


def test_the_hub_cache_is_where_its_library_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert programs.hub_cache() == Path.home() / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert programs.hub_cache() == tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "x"))
    assert programs.hub_cache() == tmp_path / "x"
    assert Path(constants.HF_HOME).name and Path(constants.HF_HUB_CACHE).name == "hub"


def test_a_system_that_says_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "none")
    monkeypatch.setattr(machine, "MEMORY_INFO", tmp_path / "none")
    assert machine.available_memory() is None and machine.cpu_name()
    assert {finding.state for finding in programs.machine()} == {"ok"}


def test_linux_tables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cpu, memory = tmp_path / "cpuinfo", tmp_path / "meminfo"
    cpu.write_text("processor\t: 0\nmodel name\t: A Chip 9000\nflags\t\t: fpu avx2 amx_bf16 sse\n")
    memory.write_text("MemTotal:       2000 kB\nMemAvailable:   1000 kB\n")
    monkeypatch.setattr(machine, "CPU_INFO", cpu)
    monkeypatch.setattr(machine, "MEMORY_INFO", memory)
    monkeypatch.setattr(machine.sys, "platform", "linux")
    assert machine.cpu_name() == "A Chip 9000"
    assert machine.cpu_features() == ("avx2", "amx_bf16")
    assert machine.available_memory() == 1_024_000


@pytest.mark.parametrize(("worked", "busy"), [(5, False), (60, True)])
def test_a_busy_machine_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, worked: int, busy: bool
) -> None:
    table = tmp_path / "stat"
    table.write_text("cpu  100 0 0 1000 50 0 0 0 0 0\n")
    monkeypatch.setattr(machine, "PROCESSOR_TIMES", table)
    later = f"cpu  {100 + worked} 0 0 {1000 + 100 - worked} 50 0 0 0 0 0\n"
    monkeypatch.setattr(machine.time, "sleep", lambda seconds: table.write_text(later))
    assert machine.is_busy() is busy


def test_where_only_the_load_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "PROCESSOR_TIMES", tmp_path / "none")
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (1000.0, 0.0, 0.0), raising=False)
    assert machine.is_busy()
