from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from planner.errors import InputError
from planner.implant.catalogue import device_from, device_names, load_device
from planner.implant.device import Device, Shank

GOOD: dict[str, object] = {
    "title": "T", "contacts": 4, "pitch_mm": 0.3, "tip_mm": 0.1, "shaft_radius_mm": 0.02, "max_depth_mm": 6.0,
    "spacing_mm": 0.1, "clearance_mm": 0.3, "contact_area_mm2": 0.002, "working_current_ua": 80.0,
    "max_current_ua": 100.0, "source": "S",
}  # fmt: skip
NUMBERS = [key for key in GOOD if key not in {"title", "source"}]
MAY_BE_ZERO = {"tip_mm", "spacing_mm", "clearance_mm", "shaft_radius_mm", "pitch_mm"}


@pytest.mark.parametrize("name", device_names())
def test_catalogue_is_sound(name: str) -> None:
    device = load_device(name)
    assert device.name == name
    assert device.span_mm == pytest.approx((device.contacts - 1) * device.pitch_mm)


def test_the_flexible_thread_is_the_published_one() -> None:
    thread = load_device("thread")
    assert (thread.contacts, thread.pitch_mm, thread.shaft_radius_mm) == (32, 0.05, 0.005)


def test_good_values_make_a_device() -> None:
    device = device_from(GOOD, "mine", "mine.toml")
    left_out = {"kind": "thread", "shanks": (Shank(),), "gray_share": 1.0, "crosses_sulci": False, "gap_mm": 0.0}
    assert {f.name: getattr(device, f.name) for f in fields(Device)} == {"name": "mine", **GOOD, **left_out}
    for key in MAY_BE_ZERO:
        assert getattr(device_from({**GOOD, key: 0.0}, "mine", "x"), key) == 0


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("bad", [-1, -0.1, float("nan"), float("inf"), 10**400, "4", True, None, [], 1e12])
def test_each_bad_number_is_named(key: str, bad: object) -> None:
    with pytest.raises(InputError, match=key):
        device_from({**GOOD, key: bad}, "mine", "mine.toml")


@pytest.mark.parametrize("key", sorted(set(NUMBERS) - MAY_BE_ZERO))
def test_zero_is_refused_where_nothing_can_be_zero(key: str) -> None:
    with pytest.raises(InputError, match=key):
        device_from({**GOOD, key: 0}, "mine", "mine.toml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contacts": 4.0}, "contacts"),
        ({"contacts": 20_000, "pitch_mm": 0}, "contacts is 20000; give at most 10000"),
        ({"max_depth_mm": 0.9}, "do not fit"),
        ({"working_current_ua": 100.1}, "working_current_ua"),
        ({"title": 5}, "title"),
        ({"source": None}, "source"),
        ({"colour": "red"}, "unknown keys colour"),
    ],
)
def test_what_no_device_can_be_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        device_from({**GOOD, **change}, "mine", "mine.toml")


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(InputError, match=f"lacks {key}"):
        device_from({k: v for k, v in GOOD.items() if k != key}, "mine", "mine.toml")


@pytest.mark.parametrize("content", [b"contacts = ", b"\xff\xfe\x00", b"", b"[a]\nb = 1"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.toml"):
        load_device(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize("name", ["nothing", "", "\0"])
def test_an_unknown_name_lists_the_catalogue(name: str) -> None:
    with pytest.raises(InputError, match="icvp, long-thread, orion, thread, utah, vimplant-grid"):
        load_device(name)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    text = "\n".join(f"{k} = {v!r}" for k, v in GOOD.items())
    (tmp_path / "mine.toml").write_text(text)
    assert load_device(str(tmp_path / "mine.toml")) == device_from(GOOD, "mine", "x")


ARRAY = {**GOOD, "kind": "array", "contacts": 1, "max_depth_mm": 2.0}
LATTICE = {"rows": 2, "columns": 3, "pitch_mm": 0.5}


def written(folder: Path, array: object = None, **values: object) -> Path:
    """A device's TOML file, with an array's table where one is given."""

    def text(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{k} = {text(v)}" for k, v in value.items()) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(map(text, value)) + "]"
        return repr(value)

    table = {**ARRAY, **values, **({} if array is None else {"array": array})}
    path = folder / "mine.toml"
    path.write_text("\n".join(f"{key} = {text(value)}" for key, value in table.items()))
    return path


def test_a_square_lattice_lies_about_its_middle_row_by_row(tmp_path: Path) -> None:
    shanks = load_device(str(written(tmp_path, {**LATTICE, "short_mm": [0.0, 0.2]}))).shanks
    places = [(s.x_mm, s.y_mm, s.short_mm) for s in shanks]
    assert places == [(x, y, short) for y, short in ((-0.25, 0.0), (0.25, 0.2)) for x in (-0.5, 0.0, 0.5)]


def test_a_lattice_may_lack_its_corners_or_be_hexagonal(tmp_path: Path) -> None:
    cut = load_device(str(written(tmp_path, {**LATTICE, "rows": 3, "corners": False}))).shanks
    assert {(s.x_mm, s.y_mm) for s in cut} == {(0.0, -0.5), (-0.5, 0.0), (0.0, 0.0), (0.5, 0.0), (0.0, 0.5)}
    tight = load_device(str(written(tmp_path, {**LATTICE, "rows": 3, "lattice": "hexagonal"}))).shanks
    at = np.array([(s.x_mm, s.y_mm) for s in tight])
    apart = np.linalg.norm(at[:, None] - at[None], axis=2) + np.eye(len(at))
    np.testing.assert_allclose(np.sort(apart, axis=1)[:, :2], 0.5)  # of each at least two neighbours at the pitch


def test_shanks_may_be_listed_one_by_one(tmp_path: Path) -> None:
    shanks = [{"x_mm": 0.0, "y_mm": 0.0}, {"x_mm": 1.0, "y_mm": 0.5, "short_mm": 0.25}]
    assert load_device(str(written(tmp_path, shanks=shanks))).shanks == (Shank(), Shank(1.0, 0.5, 0.25))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "spoon"}, "kind is 'spoon'; give one of thread, array, surface"),
        ({"gray_share": 1.5}, "gray_share is 1.5"),
        ({"gray_share": -0.1}, "gray_share is -0.1"),
        ({"crosses_sulci": 1}, "crosses_sulci is 1"),
        ({"gap_mm": -1.0}, "gap_mm is -1.0"),
        ({"kind": "thread", "shanks": [{"x_mm": 1.0}]}, "is a thread and has shanks"),
        ({"kind": "surface", "contacts": 2}, "is a surface device with shanks"),
        ({"kind": "surface", "shanks": [{"short_mm": 0.1}]}, "is a surface device with shanks"),
        ({"shanks": []}, "its shanks are no list"),
        ({"shanks": "many"}, "its shanks are no list"),
        ({"shanks": 3}, "its shanks are no list"),
        ({"shanks": [{"x_mm": 0.0, "z_mm": 1.0}]}, "the shank .* is none; give short_mm, x_mm, y_mm"),
        ({"shanks": [{"x_mm": "0"}]}, "is none; give numbers"),
        ({"shanks": [{"short_mm": -0.1}]}, "is none; give numbers"),
        ({"shanks": [3]}, "the shank 3 is none"),
        ({"shanks": [{"x_mm": 1.0}, {"x_mm": 1.0, "short_mm": 0.1}]}, "two of its shanks stand at one place"),
        ({"shanks": [{"short_mm": 1.95}]}, "do not fit into 0.05 mm of shank"),
        ({"contacts": 4, "max_depth_mm": 0.9}, "do not fit into 0.9 mm of shank"),
        ({"array": LATTICE, "shanks": [{}]}, "has both an array and shanks"),
        ({"array": 3}, "its array is none"),
        ({"array": {**LATTICE, "depth": 1}}, "its array is none"),
        ({"array": {"rows": 2, "pitch_mm": 0.5}}, "has no rows and columns"),
        ({"array": {**LATTICE, "rows": True}}, "has no rows and columns"),
        ({"array": {**LATTICE, "rows": 0}}, "has no rows and columns"),
        ({"array": {**LATTICE, "rows": 1e3}}, "has no rows and columns"),
        ({"array": {**LATTICE, "pitch_mm": 0}}, "its array has no lattice"),
        ({"array": {**LATTICE, "lattice": "round"}}, "its array has no lattice"),
        ({"array": {**LATTICE, "lattice": [1]}}, "its array has no lattice"),
        ({"array": {**LATTICE, "short_mm": []}}, "short_mm of its array is no list"),
        ({"array": {**LATTICE, "short_mm": 0.5}}, "short_mm of its array is no list"),
        ({"array": {**LATTICE, "short_mm": ["x"]}}, "is none; give numbers"),
        ({"array": {**LATTICE, "corners": "no"}}, "corners"),
        ({"array": {"rows": 1, "columns": 2, "pitch_mm": 0.5, "corners": False}}, "shanks are no list"),
        ({"array": {**LATTICE, "rows": 1000, "columns": 1000}}, "has 1000000 shanks; give at most 10000"),
        ({"array": LATTICE, "contacts": 2000, "pitch_mm": 0}, "has 12000 contacts; give at most 10000 at one place"),
    ],
)
def test_each_fault_of_an_array_is_one_sentence(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load_device(str(written(tmp_path, **change)))
    sentence = str(caught.value)
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")
    assert "mine.toml" in sentence
    assert len(sentence) < 400


def test_ones_own_devices_lie_in_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCARINE_CONFIG", str(tmp_path))
    (tmp_path / "devices").mkdir()
    shipped = load_device("utah")
    written(tmp_path / "devices", LATTICE).rename(tmp_path / "devices" / "comb.toml")
    written(tmp_path / "devices", LATTICE).rename(tmp_path / "devices" / "utah.toml")
    assert "comb" in device_names()
    assert (load_device("comb").name, load_device("comb").contact_count) == ("comb", 6)
    assert load_device("utah") == shipped  # a name that ships stays what it is
    monkeypatch.setenv("CALCARINE_CONFIG", str(tmp_path / "nowhere"))
    assert "comb" not in device_names()
