"""Retinotopic maps given as files, by the names under which they occur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from planner.anatomy.formats import GIFTI, VOLUME
from planner.anatomy.hemisphere import V1
from planner.anatomy.retinotopy.conventions import contralateral_sign
from planner.anatomy.retinotopy.gaps import BoolArray, ComplexArray
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

Quantity = Literal["eccentricity", "angle", "area", "variance", "size", "x", "y"]

KINDS: Final = {
    "inferred_": "inferred maps",
    "prf_": "pRF maps",
    "": "retinotopic maps",
    "benson14_": "Benson 2014 maps",
}
"""What stands before a quantity in a file's name, best first, and what such maps are called."""

NAMES: Final[Mapping[Quantity, tuple[str, ...]]] = {
    "eccentricity": ("eccen", "eccentricity", "ecc"),
    "angle": ("angle", "polar_angle", "polar", "pol"),
    "area": ("varea", "visual_area"),
    "variance": ("vexpl", "r2", "varexp", "variance_explained"),
    "size": ("sigma", "prfsize", "rfsize"),
    "x": ("x0", "x"),
    "y": ("y0", "y"),
}
ENDINGS: Final = (
    *VOLUME,
    ".v4_0.mgz",
    *(kind + ending for ending in GIFTI for kind in (".shape", ".func", "")),
    "",
)
"""What stands after it, in the order of preference; a FreeSurfer curv file has nothing."""

FARTHEST_DEG: Final = 90.0  # measured positions beyond this are failed fits (ours)
ACROSS_DEG, ACROSS_SHARE = 1.0, 0.2  # ours: how far, or what share of eccentricity, beyond the meridian is believed


@dataclass(frozen=True)
class MapFiles:
    """Maps of one hemisphere that belong together.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    folder : Path
    files : mapping of quantity to Path
    """

    kind: str
    folder: Path
    files: Mapping[Quantity, Path]

    @property
    def complete(self) -> bool:
        """Whether they say where each vertex looks."""
        return {"eccentricity", "angle"} <= self.files.keys() or {"x", "y"} <= self.files.keys()

    @property
    def named(self) -> dict[str, Path]:
        """The files by kind and quantity, e.g. ``benson14_eccen``."""
        return {f"{self.kind}{NAMES[quantity][0]}": path for quantity, path in self.files.items()}

    @property
    def source(self) -> str:
        """As recorded in plans."""
        name = f"{KINDS[self.kind]} in {self.folder.parent.name}/{self.folder.name}"
        return name[0].upper() + name[1:]


@dataclass(frozen=True, eq=False)
class Given:
    """Maps as read, of V1 in one convention.

    Attributes
    ----------
    position : (V,) complex128
        Visual field ``x + iy`` in degrees, x towards the side that the hemisphere sees; NaN where not believed.
    area : (V,) int64
    variance, size_deg : (V,) float64 or None
    notes : tuple of str
    """

    position: ComplexArray
    area: IntArray
    variance: FloatArray | None = None
    size_deg: FloatArray | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def believed(self) -> BoolArray:
        """Where the position is known."""
        return np.isfinite(self.position)


def find_maps(folder: Path, hemisphere: HemisphereName) -> list[MapFiles]:
    """The hemisphere's maps in a folder, best first; those that lack a needed file come too.

    Raises
    ------
    InputError
        Where the folder cannot be looked into.
    """
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise InputError(
            f"cannot be looked into for retinotopic maps ({error.strerror})", source=folder, remedy="give a folder"
        ) from error
    plain = _family(folder, present, hemisphere, "")
    found = []
    for kind in KINDS:
        files = _family(folder, present, hemisphere, kind)
        if files.keys() & {"eccentricity", "angle", "x", "y"}:
            if "area" in plain:
                files.setdefault("area", plain["area"])
            found.append(MapFiles(kind, folder, files))
    return found


def read_area(maps: MapFiles, vertices: int) -> IntArray | None:
    """Visual area ``(V,)`` of each vertex, or None where the maps do not say.

    Raises
    ------
    InputError
        Where the file is broken, of another surface, or marks no V1.
    """
    if "area" not in maps.files:
        return None
    path = maps.files["area"]
    area = np.rint(np.nan_to_num(_read(path, vertices))).astype(np.int64)
    if not (area == V1).any():
        raise InputError("marks no V1", source=path, remedy="give a map of visual areas that is 1 in V1")
    return np.asarray(np.maximum(area, 0))


def read_given(maps: MapFiles, hemisphere: HemisphereName, area: IntArray, least_variance: float) -> Given:
    """Read maps and keep what can be believed.

    A vertex is not believed where a value is missing, eccentricity is 0 with an angle of 0, beyond 90° or negative,
    the position is far on the wrong side of the vertical meridian, or variance explained is below `least_variance`.

    Parameters
    ----------
    maps : MapFiles
        Complete ones.
    hemisphere : "lh" or "rh"
    area : (V,) int64
    least_variance : float

    Raises
    ------
    InputError
        Where a file is broken or of another surface, or angles fit no convention or contradict the hemisphere's name.
    """
    files, vertices = maps.files, len(area)
    notes: list[str] = []
    if "angle" in files and "eccentricity" in files:
        eccentricity, angle = (_read(files[key], vertices) for key in ("eccentricity", "angle"))
        file, signed = files["angle"], False
    else:
        x, y = (_read(files[key], vertices) for key in ("x", "y"))
        eccentricity, angle = np.hypot(x, y), np.rad2deg(np.arctan2(x, y))
        file, signed = files["x"], True
    variance = None
    measured = np.isfinite(eccentricity) & np.isfinite(angle) & (area > 0)
    measured &= (eccentricity >= 0) & (eccentricity <= FARTHEST_DEG)
    if maps.kind != "benson14_":  # there a vertex at the very fovea is 0, 0 in good faith
        measured &= (eccentricity != 0) | (angle != 0)
    if "variance" in files:
        variance, note = _shares(_read(files["variance"], vertices), files["variance"])
        notes += note
        measured &= np.nan_to_num(variance, nan=-np.inf) >= least_variance
    v1 = measured & (area == V1)
    angle = np.where(measured, angle, np.nan)
    sign = contralateral_sign(angle[v1], hemisphere, file, _other_angle(maps, hemisphere), signed=signed)
    angle = np.clip(sign * angle, -180.0, 180.0)
    position: ComplexArray = np.asarray(eccentricity * np.exp(1j * np.deg2rad(90.0 - angle)), np.complex128)
    position[position.real < -np.maximum(ACROSS_DEG, ACROSS_SHARE * np.abs(position))] = np.nan
    size = _read(files["size"], vertices) if "size" in files else None
    return Given(position, area, variance, size, tuple(notes))


def _family(folder: Path, present: set[str], hemisphere: HemisphereName, kind: str) -> dict[Quantity, Path]:
    found: dict[Quantity, Path] = {}
    for quantity, names in NAMES.items():
        candidates = (f"{hemisphere}.{kind}{name}{ending}" for name in names for ending in ENDINGS)
        file = next((candidate for candidate in candidates if candidate in present), None)
        if file is not None:
            found[quantity] = folder / file
    return found


def _read(path: Path, vertices: int) -> FloatArray:
    values = read_overlay(path, gaps=True)
    if len(values) != vertices:
        raise InputError(
            f"has {len(values)} values for {vertices} vertices",
            source=path,
            remedy="use maps made on this subject's surfaces",
        )
    return values


def _shares(values: FloatArray, path: Path) -> tuple[FloatArray, list[str]]:
    """Variance explained as a share of one, with a word where the file has it in percent."""
    above = values[np.isfinite(values)]
    if len(above) and (above > 1.0).mean() > 0.05:
        return values / 100.0, [f"{path.name} is taken to be in percent."]
    return values, []


def _other_angle(maps: MapFiles, hemisphere: HemisphereName) -> FloatArray | None:
    """The other hemisphere's angles in its V1, or wherever there are any, from the same set of files."""
    (other,) = (name for name in HEMISPHERES if name != hemisphere)
    sets = [found for found in find_maps(maps.folder, other) if found.kind == maps.kind]
    if not sets or "angle" not in sets[0].files or "angle" not in maps.files:
        return None
    angle = read_overlay(sets[0].files["angle"], gaps=True)
    area = read_overlay(sets[0].files["area"], gaps=True) if "area" in sets[0].files else None
    if area is not None and len(area) == len(angle):
        return np.asarray(angle[np.rint(np.nan_to_num(area)) == V1])
    return angle
