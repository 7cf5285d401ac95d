"""Devices: the catalogue in assets/devices, one TOML file each."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import nan
from pathlib import Path
from typing import Final

from planner.assets import ASSETS
from planner.errors import InputError

_CATALOGUE: Final = ASSETS / "devices"
MOST_CONTACTS: Final = 10_000  # of one thread
LARGEST: Final = 1e9  # of any number of a device, in whatever unit
_MAY_BE_ZERO: Final = frozenset({"tip_mm", "spacing_mm", "clearance_mm", "shaft_radius_mm", "pitch_mm"})


@dataclass(frozen=True)
class Device:
    """A straight thread with contacts along it. Lengths in mm, currents in µA.

    Attributes
    ----------
    name, title : str
        Identifier (the file's stem) and the name shown.
    contacts : int
        Contacts on one thread; contact 1 is the deepest, nearest the tip.
    pitch_mm : float
        Distance between neighbouring contacts' centres.
    tip_mm : float
        From the thread's tip back to the centre of contact 1.
    shaft_radius_mm : float
    max_depth_mm : float
        Longest insertion from the entry on the pial surface to the tip.
    spacing_mm : float
        Least distance between the surfaces of two shafts.
    clearance_mm : float
        Required distance from the shaft's surface to a vessel's wall, unless the user sets another.
    contact_area_mm2 : float
        Surface area of one contact.
    working_current_ua, max_current_ua : float
        The current at which phosphene size is taken, and the limit of one contact.
    source : str
        Where the numbers come from.
    """

    name: str
    title: str
    contacts: int
    pitch_mm: float
    tip_mm: float
    shaft_radius_mm: float
    max_depth_mm: float
    spacing_mm: float
    clearance_mm: float
    contact_area_mm2: float
    working_current_ua: float
    max_current_ua: float
    source: str

    @property
    def span_mm(self) -> float:
        """From the first contact's centre to the last one's."""
        return (self.contacts - 1) * self.pitch_mm


def device_names() -> tuple[str, ...]:
    """Names in the catalogue, sorted."""
    return tuple(sorted(path.stem for path in _CATALOGUE.glob("*.toml")))


def load_device(name_or_path: str) -> Device:
    """A device of the catalogue by name, or of a TOML file by path.

    Raises
    ------
    InputError
        For an unknown name, an unreadable file, missing or superfluous keys, or numbers that no device can have.
    """
    path = _CATALOGUE / f"{name_or_path}.toml"
    if not path.is_file():
        path = Path(os.path.expanduser(name_or_path))
    if not path.is_file():
        raise InputError(f"no device is called {name_or_path!r}", remedy=f"choose one of {', '.join(device_names())}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot be read as TOML ({error})", source=path, remedy="mend the file") from error
    return device_from(values, path.stem, path)


def device_from(values: Mapping[str, object], name: str, source: str | Path) -> Device:
    """A validated device from plain values (all of `Device`'s fields but the name)."""
    wanted = {field.name: field.type for field in fields(Device) if field.name != "name"}
    if missing := wanted.keys() - values.keys():
        raise InputError(f"lacks {', '.join(sorted(missing))}", source=source, remedy="add these keys to the device")
    if unknown := values.keys() - wanted.keys():
        raise InputError(f"has unknown keys {', '.join(sorted(unknown))}", source=source, remedy="remove them")
    for key in wanted.keys() - {"title", "source"}:
        value = values[key]
        integer = key == "contacts"
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
        amount = float(value) if number and isinstance(value, int | float) else nan
        if not amount >= 0 or (amount == 0 and key not in _MAY_BE_ZERO) or (integer and not isinstance(value, int)):
            raise InputError(
                f"{key} is {value!r}", source=source, remedy=f"give a positive {'whole ' if integer else ''}number"
            )
    for key in ("title", "source"):
        if not isinstance(values[key], str):
            raise InputError(f"{key} is {values[key]!r}", source=source, remedy="give a text in quotes")
    device = Device(name=name, **values)  # type: ignore[arg-type]  # checked above
    if device.contacts > MOST_CONTACTS:
        raise InputError(
            f"has {device.contacts} contacts", source=source, remedy=f"give at most {MOST_CONTACTS} to one thread"
        )
    needed_mm = device.span_mm + device.tip_mm
    if needed_mm >= device.max_depth_mm:
        raise InputError(
            f"its contacts span {needed_mm:g} mm and do not fit into max_depth_mm = {device.max_depth_mm:g}",
            source=source,
            remedy="correct contacts, pitch_mm or max_depth_mm",
        )
    if device.working_current_ua > device.max_current_ua:
        raise InputError(
            "working_current_ua is above max_current_ua", source=source, remedy="lower the working current"
        )
    return device
