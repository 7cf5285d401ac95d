from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.anatomy import cache
from planner.anatomy.cache import cached, clear, entries, key_of, limit_bytes, trim
from planner.cli import main
from planner.errors import InputError

K, K2 = (sha256(name).hexdigest() for name in (b"k", b"k2"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALCARINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CALCARINE_CACHE_MIB", raising=False)
    return tmp_path / "cache"


class Maker:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> cache.Arrays:
        self.calls += 1
        return {"points|a": np.arange(12.0).reshape(4, 3), "edges": np.array([[0, 1]])}


def test_made_once_then_read(folder: Path) -> None:
    make = Maker()
    first, second = cached(K, make), cached(K, make)
    assert make.calls == 1
    assert list(first) == list(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].dtype == second[name].dtype
    assert [path.name for path in folder.iterdir()] == [f"{K}.npz"]  # nothing half-written beside it


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0.0, 0.999), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=4))
def test_a_corrupt_file_is_made_again(folder: Path, part: float, flips: list[tuple[float, int]]) -> None:
    make = Maker()
    path = folder / f"{K}.npz"
    path.unlink(missing_ok=True)
    truth = cached(K, make)
    content = bytearray(path.read_bytes())
    for place, mask in flips:
        content[int(place * len(content))] ^= mask
    path.write_bytes(content if flips else content[: int(part * len(content))])
    found = cached(K, make)
    if make.calls == 2:
        assert all(np.array_equal(found[name], truth[name]) for name in truth)
        cached(K, make)
        assert make.calls == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY", b"PK\x03\x04" + bytes(40)])
def test_a_file_of_another_kind_is_made_again(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / f"{K}.npz").write_bytes(content)
    make = Maker()
    assert cached(K, make)["edges"].tolist() == [[0, 1]]
    assert cached(K, make)["edges"].tolist() == [[0, 1]]
    assert make.calls == 1


def test_an_array_alone_in_the_files_place_is_made_again(folder: Path) -> None:
    folder.mkdir()
    with (folder / f"{K}.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    assert "edges" in cached(K, Maker())


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    make = Maker()
    assert cached(K, make)["edges"].tolist() == cached(K, make)["edges"].tolist()
    assert make.calls == 2


def test_a_crash_while_writing_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        cached(K, Maker())
    assert list(folder.iterdir()) == []


def test_key_knows_recipe_names_values_types_and_shapes() -> None:
    base = {"a": np.arange(6), "b": np.zeros(2)}
    keys = {
        key_of("r", base),
        key_of("r2", base),
        key_of("r", {"a": np.arange(6)[::-1], "b": base["b"]}),
        key_of("r", {"a": np.arange(6).reshape(2, 3), "b": base["b"]}),
        key_of("r", {"a": np.arange(6).astype(np.int32), "b": base["b"]}),
        key_of("r", {"c": np.arange(6), "b": base["b"]}),
    }
    assert len(keys) == 6
    assert key_of("r", dict(reversed(base.items()))) == key_of("r", base)
    assert key_of("r", {"a": np.arange(12)[::2], "b": base["b"]}) == key_of(
        "r", {"a": np.ascontiguousarray(np.arange(12)[::2]), "b": base["b"]}
    )


def fill(folder: Path, mib: int, used: float) -> Path:
    """An entry of a size, last used so many seconds ago."""
    name = sha256(f"{mib} {used:g}".encode()).hexdigest()
    cached(name, lambda: {"a": np.zeros(mib * 2**20, np.uint8)})
    path = folder / f"{name}.npz"
    os.utime(path, (time.time() - used,) * 2)
    return path


def test_what_was_unused_for_longest_goes_first(folder: Path) -> None:
    old, middle, young = fill(folder, 2, 300), fill(folder, 1, 200), fill(folder, 2, 100)
    assert [entry.path for entry in entries()] == [old, middle, young]
    assert all(entry.size == entry.path.stat().st_size for entry in entries())
    assert trim(6 * 2**20) == 0
    cached(old.stem, Maker())  # reading counts as use
    assert trim(5 * 2**20) == 1
    assert [entry.path for entry in entries()] == [young, old]
    assert trim(0) == 2
    assert entries() == []


def test_the_limit_holds_after_every_new_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCARINE_CACHE_MIB", "4")
    for i in range(8):
        cached(f"{i:064x}", lambda: {"a": np.zeros(2**20, np.uint8)})
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 4 * 2**20
    assert {f"{7:064x}.npz", f"{6:064x}.npz"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("given", ["-1", "two", "1.5", "², "])
def test_a_limit_that_is_no_size_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("CALCARINE_CACHE_MIB", given)
    with pytest.raises(InputError, match="CALCARINE_CACHE_MIB: is"):
        cached(K, Maker())


def test_with_a_limit_of_0_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limit_bytes() == 2**31
    monkeypatch.setenv("CALCARINE_CACHE_MIB", "0")
    cached(K, Maker())
    assert not folder.exists()
    monkeypatch.delenv("CALCARINE_CACHE_MIB")
    make = Maker()
    cached(K, make)
    monkeypatch.setenv("CALCARINE_CACHE_MIB", "0")
    cached(K, make)
    assert make.calls == 2  # what is there is not read either


def test_clearing_removes_everything_that_is_the_caches(folder: Path) -> None:
    assert clear() == 0
    fill(folder, 1, 5)
    (folder / "calcarine-x1_.part").write_bytes(b"half")
    assert clear() == 1
    assert list(folder.iterdir()) == []


OTHERS = (
    "notes.txt",
    "thesis_results.npz",
    "download.part",
    f"{'A' * 64}.npz",
    f"{'0' * 63}.npz",
    f"{'0' * 64}.npz.old",
)


def test_files_of_others_in_the_folder_are_never_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder, 1, 5)
    for name in OTHERS:
        (folder / name).write_text("not ours")
        os.utime(folder / name, (time.time() - 2 * cache.STALE_S,) * 2)
    assert len(entries()) == 1
    assert trim(0) == 1
    fill(folder, 1, 5)
    assert main(["cache", "--clear"]) == 0
    assert "Removed: 1 entry" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == sorted(OTHERS)


WRITER = """
import os, signal, sys
import numpy as np
from planner.anatomy import cache
cache.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
cache.cached("0" * 64, lambda: {"a": np.zeros(2**20)})
"""


def python(script: str, home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CALCARINE_CACHE": str(home / "calcarine"), "CALCARINE_CACHE_MIB": "2"}
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE)


def test_a_writer_killed_leaves_no_entry_and_its_remains_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = python(WRITER, tmp_path)
    _, said = writer.communicate(timeout=60)
    assert (writer.returncode, said) == (-signal.SIGKILL, "")
    folder = tmp_path / "calcarine"
    monkeypatch.setenv("CALCARINE_CACHE", str(folder))
    (left,) = folder.iterdir()
    assert left.suffix == ".part"
    make = Maker()
    cached(K, make)
    assert make.calls == 1
    assert left.exists()  # for all that is known its writer is still at work
    os.utime(left, (time.time() - 2 * cache.STALE_S,) * 2)
    cached(K2, make)
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{K}.npz", f"{K2}.npz"])


HAMMER = """
import random, sys
import numpy as np
from planner.anatomy import cache
dice = random.Random(int(sys.argv[1]))
made = 0
for turn in range(150):
    number = dice.randrange(8)
    def make():
        global made
        made += 1
        return {"a": np.full(100_000, number, np.int32), "b": np.arange(number)}
    found = cache.cached(f"{number:064x}", make)
    assert (found["a"] == number).all() and len(found["a"]) == 100_000 and len(found["b"]) == number
    if turn % 40 == 20:
        cache.clear()
assert 8 <= made <= 150, made
"""


def test_programs_at_work_at_once_always_get_whole_and_right_arrays(tmp_path: Path) -> None:
    hammers = [python(HAMMER, tmp_path, str(seed)) for seed in range(4)]
    for hammer in hammers:
        _, said = hammer.communicate(timeout=120)
        assert (hammer.returncode, said) == (0, "")
    left = list((tmp_path / "calcarine").iterdir())
    assert {path.suffix for path in left} <= {".npz"}
    assert sum(path.stat().st_size for path in left) <= 2 * 2**20
