from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.anatomy import cache
from planner.anatomy.cache import cached, key_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "user_cache_path", lambda _name: tmp_path / "cache")
    return tmp_path / "cache"


class Maker:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> cache.Arrays:
        self.calls += 1
        return {"points|a": np.arange(12.0).reshape(4, 3), "edges": np.array([[0, 1]])}


def test_made_once_then_read(folder: Path) -> None:
    make = Maker()
    first, second = cached("k", make), cached("k", make)
    assert make.calls == 1
    assert list(first) == list(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].dtype == second[name].dtype
    assert [path.name for path in folder.iterdir()] == ["k.npz"]  # nothing half-written beside it


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0.0, 0.999), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=4))
def test_a_corrupt_file_is_made_again(folder: Path, part: float, flips: list[tuple[float, int]]) -> None:
    make = Maker()
    path = folder / "k.npz"
    path.unlink(missing_ok=True)
    truth = cached("k", make)
    content = bytearray(path.read_bytes())
    for place, mask in flips:
        content[int(place * len(content))] ^= mask
    path.write_bytes(content if flips else content[: int(part * len(content))])
    found = cached("k", make)
    if make.calls == 2:
        assert all(np.array_equal(found[name], truth[name]) for name in truth)
        cached("k", make)
        assert make.calls == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY", b"PK\x03\x04" + bytes(40)])
def test_a_file_of_another_kind_is_made_again(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "k.npz").write_bytes(content)
    make = Maker()
    assert cached("k", make)["edges"].tolist() == [[0, 1]]
    assert cached("k", make)["edges"].tolist() == [[0, 1]]
    assert make.calls == 1


def test_an_array_alone_in_the_files_place_is_made_again(folder: Path) -> None:
    folder.mkdir()
    with (folder / "k.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    assert "edges" in cached("k", Maker())


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    make = Maker()
    assert cached("k", make)["edges"].tolist() == cached("k", make)["edges"].tolist()
    assert make.calls == 2


def test_a_crash_while_writing_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        cached("k", Maker())
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
