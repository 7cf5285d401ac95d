"""The catalogue of devices: one TOML file each, in assets/devices and in the user's own folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite, nan, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from planner.assets import catalogue, read_toml
from planner.errors import InputError
from planner.implant.device import DEVICE_KINDS, Device, Shank

MOST_CONTACTS: Final = 10_000  # of one insertion
LARGEST: Final = 1e9  # of any number that is read at all
MOST_MM, MOST_UA = 1000.0, 1e6  # what a plan's file can hold
LONGEST: Final = {"title": 1024, "source": 4096}  # characters
_MAY_BE_ZERO: Final = frozenset(
    {"tip_mm", "spacing_mm", "clearance_mm", "shaft_radius_mm", "pitch_mm", "gray_share", "gap_mm"}
)
_OPTIONAL: Final = frozenset({"kind", "shanks", "gray_share", "crosses_sulci", "gap_mm"})
_TEXTS: Final = frozenset({"title", "source"})
_LATTICE: Final = {"rows", "columns", "pitch_mm", "lattice", "corners", "short_mm"}


def device_names() -> tuple[str, ...]:
    """Names in the catalogue, sorted."""
    return tuple(catalogue("devices"))


def load_device(name_or_path: str) -> Device:
    """A device of the catalogue by name, or of a TOML file by path.

    Raises
    ------
    InputError
        For an unknown name, an unreadable file, missing or superfluous keys, or numbers that no device can have.
    """
    values, path = read_toml("devices", "device", name_or_path)
    if "array" in values:
        if "shanks" in values:
            raise InputError("has both an array and shanks", source=path, remedy="keep one of them")
        values["shanks"] = _lattice(values.pop("array"), path)
    return device_from(values, path.stem, path)


def device_from(values: Mapping[str, object], name: str, source: str | Path) -> Device:
    """A validated device from plain values: `Device`'s fields but the name, shanks as tables of their numbers.

    Raises
    ------
    InputError
        See `load_device`.
    """
    wanted = {field.name for field in fields(Device)} - {"name"}
    if missing := wanted - values.keys() - _OPTIONAL:
        raise InputError(f"lacks {', '.join(sorted(missing))}", source=source, remedy="add these keys to the device")
    if unknown := values.keys() - wanted:
        raise InputError(f"has unknown keys {', '.join(sorted(unknown))}", source=source, remedy="remove them")
    for key in sorted(wanted & values.keys()):
        _check_value(key, values[key], source)
    given: dict[str, Any] = {**values}
    if "shanks" in given:
        given["shanks"] = _shanks(given["shanks"], source)
    device = Device(name=name, **given)
    _check_device(device, source)
    return device


def _check_value(key: str, value: object, source: str | Path) -> None:
    if key in _TEXTS:
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST[key]:
            raise InputError(f"{key} is {value!r}", source=source, remedy="give one line of text in quotes")
    elif key == "kind":
        if value not in DEVICE_KINDS:
            raise InputError(f"kind is {value!r}", source=source, remedy=f"give one of {', '.join(DEVICE_KINDS)}")
    elif key == "crosses_sulci":
        if not isinstance(value, bool):
            raise InputError(f"{key} is {value!r}", source=source, remedy="give true or false")
    elif key != "shanks":
        integer = key == "contacts"
        amount = _number(value)
        if not amount >= 0 or (amount == 0 and key not in _MAY_BE_ZERO) or (integer and not isinstance(value, int)):
            whole = "whole " if integer else ""
            raise InputError(f"{key} is {value!r}", source=source, remedy=f"give a positive {whole}number")
        most = MOST_UA if key.endswith("_ua") else MOST_CONTACTS if integer else MOST_MM
        if amount > most:
            raise InputError(f"{key} is {value!r}", source=source, remedy=f"give at most {most:g}")


def _check_device(device: Device, source: str | Path) -> None:
    if device.contact_count > MOST_CONTACTS:
        raise InputError(
            f"has {device.contact_count} contacts", source=source, remedy=f"give at most {MOST_CONTACTS} at one place"
        )
    if device.gray_share > 1:
        raise InputError(f"gray_share is {device.gray_share:g}", source=source, remedy="give a share from 0 to 1")
    if device.kind == "thread" and device.shanks != (Shank(),):
        raise InputError("is a thread and has shanks", source=source, remedy='leave them out, or give kind = "array"')
    if device.kind == "surface" and (device.contacts != 1 or any(s.short_mm for s in device.shanks)):
        raise InputError("is a surface device with shanks", source=source, remedy="give one contact at each place")
    shortest_mm = device.max_depth_mm - max(s.short_mm for s in device.shanks)
    needed_mm = device.span_mm + device.tip_mm
    if device.penetrates and needed_mm >= shortest_mm:
        raise InputError(
            f"its contacts span {needed_mm:g} mm and do not fit into {shortest_mm:g} mm of shank",
            source=source,
            remedy="correct contacts, pitch_mm, max_depth_mm or the shanks",
        )
    places = np.array([(s.x_mm, s.y_mm) for s in device.shanks])
    if len(places) > 1 and cKDTree(places).query(places, k=2)[0][:, 1].min() <= 2 * device.shaft_radius_mm:
        raise InputError("its shanks overlap", source=source, remedy="correct shaft_radius_mm or where they stand")
    if device.working_current_ua > device.max_current_ua:
        raise InputError(
            "working_current_ua is above max_current_ua", source=source, remedy="lower the working current"
        )


def _shanks(tables: object, source: str | Path) -> tuple[Shank, ...]:
    if not isinstance(tables, Sequence) or isinstance(tables, str) or not tables:
        raise InputError("its shanks are no list", source=source, remedy="give a table of x_mm, y_mm for each")
    if len(tables) > MOST_CONTACTS:
        raise InputError(f"has {len(tables)} shanks", source=source, remedy=f"give at most {MOST_CONTACTS}")
    names = {field.name for field in fields(Shank)}
    found = []
    for table in tables:
        if not isinstance(table, Mapping) or not table.keys() <= names:
            raise InputError(f"the shank {table!r} is none", source=source, remedy=f"give {', '.join(sorted(names))}")
        numbers = {key: _number(value) for key, value in table.items()}
        if not all(isfinite(x) for x in numbers.values()) or numbers.get("short_mm", 0.0) < 0:
            raise InputError(f"the shank {table!r} is none", source=source, remedy="give numbers, short_mm ≥ 0")
        found.append(Shank(**numbers))
    if len({(s.x_mm, s.y_mm) for s in found}) < len(found):
        raise InputError("two of its shanks stand at one place", source=source, remedy="correct their x_mm and y_mm")
    return tuple(found)


def _lattice(array: object, source: str | Path) -> list[dict[str, float]]:
    """Shanks on a regular lattice about its middle: rows along y, columns along x; hexagonal ones shift every other."""
    if not isinstance(array, Mapping) or not array.keys() <= _LATTICE:
        raise InputError("its array is none", source=source, remedy=f"give {', '.join(sorted(_LATTICE))}")
    sizes = [array.get("rows"), array.get("columns")]
    if not all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 1000 for n in sizes):
        raise InputError("its array has no rows and columns", source=source, remedy="give whole numbers from 1 on")
    rows, columns = (int(n) for n in sizes if isinstance(n, int))
    if rows * columns > MOST_CONTACTS:
        raise InputError(f"has {rows * columns} shanks", source=source, remedy=f"give at most {MOST_CONTACTS}")
    if not isinstance(array.get("corners", True), bool):
        raise InputError(f"corners is {array['corners']!r}", source=source, remedy="give true or false")
    pitch, lattice, short = _number(array.get("pitch_mm")), array.get("lattice", "square"), array.get("short_mm", [0.0])
    if not pitch > 0 or lattice not in ("square", "hexagonal"):
        raise InputError("its array has no lattice", source=source, remedy="give pitch_mm, and square or hexagonal")
    if not isinstance(short, list) or not short:
        raise InputError("short_mm of its array is no list", source=source, remedy="give one number a row, repeated")
    height, shift = (sqrt(3) / 2, 0.5) if lattice == "hexagonal" else (1.0, 0.0)
    corners = {(r, c) for r in (0, rows - 1) for c in (0, columns - 1)} if not array.get("corners", True) else set()
    nodes = [(row, column) for row in range(rows) for column in range(columns)]
    x = _centred([pitch * (column + shift * (row % 2)) for row, column in nodes])
    y = _centred([pitch * height * row for row, _ in nodes])
    return [
        {"x_mm": x[i], "y_mm": y[i], "short_mm": short[row % len(short)]}
        for i, (row, column) in enumerate(nodes)
        if (row, column) not in corners
    ]


def _centred(values: list[float]) -> list[float]:
    middle = (min(values) + max(values)) / 2
    return [value - middle for value in values]


def _number(value: object) -> float:
    """A finite number as it is, anything else NaN."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST:
        return float(value)
    return nan
