from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.anatomy.vessels import apart
from planner.anatomy.vessels.apart import Apart
from planner.errors import InputError


def size(path: Path) -> tuple[int, int]:
    return os.getpid(), path.stat().st_size


def crash(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse(path: Path) -> None:
    raise InputError("is refused", source=path, remedy="give another")


def fault(path: Path) -> None:
    raise ZeroDivisionError("a bug")


def hang(path: Path) -> None:
    time.sleep(60)


def swell(path: Path) -> int:
    return len(bytearray(64 * 2**30))


@pytest.fixture
def child() -> Apart:
    found = Apart()
    yield found
    found.end()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a ü.vtp"
    path.write_text("12345")
    return path


def test_files_are_read_in_one_other_process(child: Apart, file: Path) -> None:
    first, second = child.read(size, file), child.read(size, file)
    assert first == second
    assert first[0] != os.getpid()
    assert first[1] == 5


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not of this system")
def test_a_crash_is_one_sentence_and_the_next_file_is_read(child: Apart, file: Path) -> None:
    with pytest.raises(InputError, match=r"a ü\.vtp: VTK crashes on it; it is damaged; export it again\."):
        child.read(crash, file)
    assert child.read(size, file)[1] == 5


def test_what_the_reader_raises_arrives(child: Apart, file: Path) -> None:
    with pytest.raises(InputError, match=r"a ü\.vtp: is refused; give another\.$"):
        child.read(refuse, file)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        child.read(fault, file)
    assert child.read(size, file)[1] == 5


def test_a_reader_that_comes_to_no_end_is_left(child: Apart, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child.read(size, file)
    monkeypatch.setattr(apart, "PATIENCE_S", 0.2)
    with pytest.raises(InputError, match="no end"):
        child.read(hang, file)
    monkeypatch.undo()
    assert child.read(size, file)[1] == 5


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded there")
def test_memory_is_bounded(child: Apart, file: Path) -> None:
    with pytest.raises(InputError, match="more memory"):
        child.read(swell, file)


def test_the_child_ends_with_the_program(file: Path) -> None:
    script = (
        "from pathlib import Path; from planner.anatomy.vessels.vtk_file import read_vtk\n"
        "from planner.errors import InputError\n"
        f"try: read_vtk(Path({str(file)!r}))\n"
        "except InputError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "is no VTK polydata" in done.stdout
    assert done.stderr == ""
