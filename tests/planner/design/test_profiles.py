from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.anatomy.access import UNRESTRICTED, Access
from planner.anatomy.approaches import PRESETS
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.windows import access_preset
from planner.assets import ASSETS, CONFIG_VARIABLE
from planner.design.limits import Limits
from planner.design.profiles import NUMBERS, Profile, load_profile, profile_from, profile_limits, profile_names
from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.plan.make import device_limits

GOOD: dict[str, object] = {"title": "T", "source": "S", "clearance_mm": 0.4}
LENGTHS = [name for name in NUMBERS if name != "angle_deg"]
MUST_BE_MORE_THAN_ZERO = {"max_depth_mm", "angle_deg"}


@pytest.mark.parametrize("name", profile_names())
def test_what_ships_is_sound_and_says_where_it_is_from(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.title
    assert profile.source
    assert tomllib.loads((ASSETS / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))["title"] == profile.title


@pytest.mark.parametrize(
    ("name", "field", "least", "most"),
    [  # SCIENCE: threads 0.05 to 0.3 mm, rigid arrays 0.5 to 1 mm, SEEG-scale 2 to 3 mm
        ("threads-close", "clearance_mm", 0.05, 0.05),
        ("threads", "clearance_mm", 0.3, 0.3),
        ("arrays-close", "array_clearance_mm", 0.5, 0.5),
        ("arrays", "array_clearance_mm", 1.0, 1.0),
        ("seeg-scale", "clearance_mm", 2.0, 3.0),
        ("seeg-scale-wide", "clearance_mm", 2.0, 3.0),
    ],
)
def test_clearances_are_those_of_the_literature(name: str, field: str, least: float, most: float) -> None:
    assert least <= getattr(load_profile(name), field) <= most


def test_every_number_of_a_profile_is_a_field_of_limits() -> None:
    assert set(NUMBERS) == {f.name for f in fields(Limits)} - {"threads", "mix", "access", "regions"}
    assert {f.name for f in fields(Profile)} == {"name", "title", "source", "access", *NUMBERS}


values = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.floats(1e-3, 100) | st.integers(1, 100) for name in LENGTHS},
        "angle_deg": st.floats(1e-3, 90) | st.integers(1, 90),
    },
).filter(bool)


@given(numbers=values)
def test_only_what_a_profile_names_is_set(numbers: dict[str, float]) -> None:
    profile = profile_from({"title": "T", "source": "S", **numbers}, "mine", "mine.toml")
    before = Limits(5, 0.12, 0.34, 5.6, vein_clearance_mm=0.7, angle_deg=45.0, mix=(2, 3))
    after = profile_limits(profile, before, Anatomy.__new__(Anatomy))  # no window: the anatomy is not looked at
    for field in fields(Limits):
        assert getattr(after, field.name) == numbers.get(field.name, getattr(before, field.name))


def test_windows_are_laid_on_the_case_and_can_be_taken_away(blocks: Anatomy) -> None:
    limits = Limits(5, 0.1, 0.1, 6.0)
    pole = profile_limits(load_profile("occipital-pole"), limits, blocks)
    assert pole.access == access_preset("occipital pole", blocks)
    assert replace(pole, access=UNRESTRICTED) == limits
    open_ = replace(load_profile("threads"), access="unrestricted")
    assert (
        profile_limits(open_, replace(limits, access=Access("mine", pole.access.windows)), blocks).access.windows == ()
    )


def test_an_arrays_own_clearance_stays_beside_a_profile_for_threads(blocks: Anatomy) -> None:
    utah, thread = load_device("utah"), load_device("thread")
    limits = profile_limits(load_profile("threads"), device_limits((thread, utah), (4, 1)), blocks)
    assert (limits.clearance_of(thread, "artery"), limits.clearance_of(utah, "artery")) == (0.3, 0.5)
    wide = profile_limits(load_profile("arrays"), device_limits((thread, utah), (4, 1)), blocks)
    assert (wide.clearance_of(thread, "artery"), wide.clearance_of(utah, "artery")) == (0.1, 1.0)


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("bad", [-1, -0.1, float("nan"), float("inf"), 10**400, "4", True, None, [], 101])
def test_each_bad_number_is_named_in_a_sentence(key: str, bad: object) -> None:
    with pytest.raises(InputError, match=rf"^mine\.toml: {key} is .*; give a number, .*\.$"):
        profile_from({**GOOD, key: bad}, "mine", "mine.toml")


@pytest.mark.parametrize("key", NUMBERS)
def test_zero_is_a_clearance_but_no_length_and_no_angle(key: str) -> None:
    if key in MUST_BE_MORE_THAN_ZERO:
        with pytest.raises(InputError, match=f"{key} is 0; give a number, more than 0"):
            profile_from({**GOOD, key: 0}, "mine", "x")
    else:
        assert getattr(profile_from({**GOOD, key: 0}, "mine", "x"), key) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": 5}, "title is 5; give a text in quotes"),
        ({"source": " "}, "source is ' '; give a text"),
        ({"access": "through the nose"}, f"give one of {', '.join(PRESETS)}"),
        ({"access": ["unrestricted"]}, "access is"),
        ({"threads": 4}, "unknown keys threads; remove them"),
        ({"name": "other"}, "unknown keys name"),
    ],
)
def test_what_no_profile_can_be_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        profile_from({**GOOD, **change}, "mine", "mine.toml")


@pytest.mark.parametrize("key", ["title", "source"])
def test_a_missing_text_is_named(key: str) -> None:
    with pytest.raises(InputError, match=f"lacks {key}"):
        profile_from({k: v for k, v in GOOD.items() if k != key}, "mine", "mine.toml")


def test_a_profile_that_sets_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="sets no limit; give some of clearance_mm"):
        profile_from({"title": "T", "source": "S"}, "mine", "mine.toml")


@pytest.mark.parametrize("content", [b"clearance_mm = ", b"\xff\xfe\x00", b"", b"[a]\nb = 1"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.toml"):
        load_profile(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize("name", ["nothing", "", "\0"])
def test_an_unknown_name_lists_the_profiles(name: str) -> None:
    with pytest.raises(InputError, match="choose one of arrays, arrays-close, cautious"):
        load_profile(name)


def test_the_users_own_are_found_and_do_not_hide_those_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path))
    (tmp_path / "profiles").mkdir()
    text = "\n".join(f"{key} = {value!r}" for key, value in GOOD.items())
    for name in ("ours", "threads"):
        (tmp_path / "profiles" / f"{name}.toml").write_text(text, encoding="utf-8")
    assert "ours" in profile_names()
    assert load_profile("ours").clearance_mm == 0.4
    assert load_profile("threads").clearance_mm == 0.3
