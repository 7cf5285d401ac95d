"""Profiles: named sets of limits, one TOML file each, in assets/profiles and in the user's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import nan
from pathlib import Path
from typing import Any, Final

from planner.anatomy.approaches import PRESETS
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.windows import access_preset
from planner.assets import catalogue, read_toml
from planner.design.limits import WIDEST_DEG, Limits
from planner.errors import InputError

LARGEST_MM: Final = 100.0
"""Ours: no length of a profile is longer."""
_TEXTS: Final = ("title", "source")
_ABOVE_ZERO: Final = ("max_depth_mm", "angle_deg")


@dataclass(frozen=True)
class Profile:
    """A named set of limits; what is None stays as it is without the profile. See `Limits` for what each one means.

    Attributes
    ----------
    name, title, source : str
        Source says where the numbers come from.
    clearance_mm, vein_clearance_mm, array_clearance_mm, localisation_mm, gray_mm, spacing_mm : float, optional
        Up to `LARGEST_MM`.
    max_depth_mm : float, optional
        Likewise; a device's own limit holds besides.
    angle_deg : float, optional
        Up to 90; 90 is any.
    access : str, optional
        One of `planner.anatomy.approaches.PRESETS`.
    """

    name: str
    title: str
    source: str
    clearance_mm: float | None = None
    vein_clearance_mm: float | None = None
    array_clearance_mm: float | None = None
    localisation_mm: float | None = None
    gray_mm: float | None = None
    spacing_mm: float | None = None
    max_depth_mm: float | None = None
    angle_deg: float | None = None
    access: str | None = None


NUMBERS: Final = tuple(f.name for f in fields(Profile) if f.name.endswith(("_mm", "_deg")))
"""The fields that are numbers, named as in `Limits`."""


def profile_names() -> tuple[str, ...]:
    """Names of the profiles that ship and of the user's own, sorted."""
    return tuple(catalogue("profiles"))


def load_profile(name_or_path: str) -> Profile:
    """A profile by name, or of a TOML file by path.

    Raises
    ------
    InputError
        For an unknown name, an unreadable file, missing or superfluous keys, or limits that no plan can have.
    """
    values, path = read_toml("profiles", "profile", name_or_path)
    return profile_from(values, path.stem, path)


def profile_from(values: Mapping[str, object], name: str, source: str | Path) -> Profile:
    """A validated profile from plain values: `Profile`'s fields but the name.

    Raises
    ------
    InputError
        See `load_profile`.
    """
    allowed = {field.name for field in fields(Profile)} - {"name"}
    if missing := [key for key in _TEXTS if key not in values]:
        raise InputError(f"lacks {', '.join(missing)}", source=source, remedy="add these keys to the profile")
    if unknown := values.keys() - allowed:
        raise InputError(f"has unknown keys {', '.join(sorted(unknown))}", source=source, remedy="remove them")
    if values.keys() <= {*_TEXTS}:
        raise InputError("sets no limit", source=source, remedy=f"give some of {', '.join((*NUMBERS, 'access'))}")
    given: dict[str, Any] = {key: _checked(key, value, source) for key, value in sorted(values.items())}
    return Profile(name=name, **given)


def profile_limits(profile: Profile, limits: Limits, anatomy: Anatomy) -> Limits:
    """The limits with all that the profile names set as it says; the rest stays as it is.

    Parameters
    ----------
    profile : Profile
    limits : Limits
        Those that the devices ask for.
    anatomy : Anatomy
        Where approach windows are laid.

    Raises
    ------
    InputError
        Where the case has no place for the profile's windows.
    """
    numbers: dict[str, Any] = {name: value for name in NUMBERS if (value := getattr(profile, name)) is not None}
    access = limits.access if profile.access is None else access_preset(profile.access, anatomy)
    return replace(limits, **numbers, access=access)


def _checked(key: str, value: object, source: str | Path) -> float | str:
    """The value of a key, a number as a float."""
    if key in _TEXTS:
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{key} is {value!r}", source=source, remedy="give a text in quotes")
        return value
    if key == "access":
        if not isinstance(value, str) or value not in PRESETS:
            raise InputError(f"access is {value!r}", source=source, remedy=f"give one of {', '.join(PRESETS)}")
        return value
    most, unit = (WIDEST_DEG, "°") if key == "angle_deg" else (LARGEST_MM, " mm")
    amount = float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value <= most else nan
    if not amount >= 0 or (amount == 0 and key in _ABOVE_ZERO):
        bounds = f"more than 0 and at most {most:g}" if key in _ABOVE_ZERO else f"0 to {most:g}"
        raise InputError(f"{key} is {value!r}", source=source, remedy=f"give a number, {bounds}{unit}")
    return amount
