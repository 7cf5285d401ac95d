from __future__ import annotations

from dataclasses import fields
from pathlib import Path

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
        ({"contacts": 20_000, "pitch_mm": 0}, "has 20000 contacts; give at most 10000 at one place"),
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


@pytest.mark.parametrize("name", ["nothing", "", "\0", "a/b"])
def test_an_unknown_name_lists_the_catalogue(name: str) -> None:
    with pytest.raises(InputError, match="icvp, long-thread, orion, thread, utah, vimplant-grid"):
        load_device(name)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    text = "\n".join(f"{k} = {v!r}" for k, v in GOOD.items())
    (tmp_path / "mine.toml").write_text(text)
    assert load_device(str(tmp_path / "mine.toml")) == device_from(GOOD, "mine", "x")
