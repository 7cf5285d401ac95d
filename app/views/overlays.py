"""The colours of the cortex: what its overlays show, on which scales, and their tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.design.limits import KNOWN_REACH_MM
from planner.frames import FloatArray

if TYPE_CHECKING:  # torch comes with it
    from planner.design.nearness import Nearness

Overlay = Literal[
    "eccentricity", "polar angle", "area", "vessel distance", "thickness", "sulcal depth", "curvature", "none"
]
OVERLAYS: Final[tuple[Overlay, ...]] = get_args(Overlay)

Colours = NDArray[np.uint8]
Range = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """What an overlay's colours mean.

    Attributes
    ----------
    title, unit : str
    usual : (low, high)
        The values of the first and of the last colour, unless the user says otherwise.
    bounds : (least, most)
        What these two may be.
    logarithmic : bool
    words : mapping of value to str
        What to write at some values, beside the unit.
    """

    title: str
    unit: str
    usual: Range
    bounds: Range
    logarithmic: bool = False
    words: tuple[tuple[float, str], ...] = ()


SCALES: Final[dict[Overlay, Scale]] = {
    "eccentricity": Scale("Eccentricity", "°", (0.5, 40.0), (0.05, 90.0), logarithmic=True),
    "polar angle": Scale(
        "Polar angle from the upper meridian", "°", (0.0, 180.0), (0.0, 180.0), words=((0.0, "upper"), (180.0, "lower"))
    ),
    "vessel distance": Scale("Distance from pial to the nearest vessel", "mm", (0.0, 5.0), (0.0, 5.0)),
    "thickness": Scale("Thickness of the gray matter", "mm", (1.0, 4.5), (0.0, 10.0)),
    "sulcal depth": Scale("Sulcal depth, FreeSurfer's sulc", "", (-1.0, 1.0), (-5.0, 5.0)),
    "curvature": Scale("Curvature", "1/mm", (-0.1, 0.1), (-2.0, 2.0)),
}
"""Of every overlay whose colours are those of numbers; see `scale_of`. The ranges are ours."""

AREA_NAMES: Final[dict[int, str]] = {
    1: "V1", 2: "V2", 3: "V3", 4: "hV4", 5: "VO1", 6: "VO2", 7: "LO1", 8: "LO2", 9: "TO1", 10: "TO2", 11: "V3b",
    12: "V3a",
}  # fmt: skip
"""As Benson's atlas numbers them."""

_GYRUS, _SULCUS = np.array([206, 199, 190]), np.array([104, 101, 99])
PLAIN: Final = np.array([188, 180, 170])
STRIPE: Final = np.array([96, 98, 104])  # between the stripes of what is not known
STRIPES_MM: Final = 6.0  # from one stripe to the next
# Paul Tol's light and muted schemes, told apart by the colour-blind; without the green of what is safe.
_AREAS: Final = np.array(
    [
        [238, 221, 136], [119, 170, 221], [170, 68, 153], [238, 136, 102], [51, 34, 136], [153, 221, 255],
        [153, 102, 0], [255, 170, 187], [136, 34, 85], [255, 190, 20], [102, 119, 170], [187, 204, 51],
    ]
)  # fmt: skip
# Ours: without the red of what is unsafe, the green of what is safe and the grays of cortex, and lighter all along.
_STOPS: Final[dict[Overlay, list[list[int]]]] = {
    "eccentricity": [[38, 18, 96], [78, 48, 168], [126, 98, 216], [182, 164, 236], [240, 222, 178], [255, 214, 64]],
    # upper meridian warm, horizontal pale, lower cool: as vision papers colour it
    "polar angle": [[196, 116, 28], [228, 178, 92], [244, 236, 196], [110, 170, 216], [58, 74, 168]],
    # light gyri and dark sulci as FreeSurfer shows them, with the step between where curvature turns over
    "curvature": [[240, 238, 234], [222, 219, 214], [142, 140, 138], [64, 63, 64], [40, 40, 42]],
}
# Of even steps of lightness and told apart by the colour-blind, without those colours either: near vessels bright,
# thick cortex dark, deep sulci dark.
_MAPS: Final[dict[Overlay, str]] = {"vessel distance": "cividis_r", "thickness": "BuPu", "sulcal depth": "bone_r"}


def available(hemisphere: Hemisphere) -> tuple[Overlay, ...]:
    """The overlays that there are of a hemisphere."""
    missing = set() if hemisphere.sulcal_depth is not None else {"sulcal depth"}
    missing |= set() if hemisphere.curvature is not None else {"curvature"}
    return tuple(overlay for overlay in OVERLAYS if overlay not in missing)


def scale_of(overlay: Overlay, hemispheres: Sequence[Hemisphere]) -> Scale | None:
    """The scale of an overlay; None of one that has no numbers.

    ``sulc`` has no unit that can be relied on, so that its range is that of the case: 98 % of what there is.
    """
    depths = [h.sulcal_depth for h in hemispheres if h.sulcal_depth is not None]
    if overlay != "sulcal depth" or not depths:
        return SCALES.get(overlay)
    most = max(float(f"{np.percentile(np.abs(np.concatenate(depths)), 98):.1e}"), 1e-3)
    return replace(SCALES[overlay], usual=(-most, most), bounds=(-5 * most, 5 * most))


def usual_distances(nearness: Iterable[Nearness]) -> Range | None:
    """The range of distances to vessels that a case has, where they are known; None where none are.

    95 % of them, to half a millimetre: one vessel-free gyrus would leave no colours for all the rest.
    """
    known = np.concatenate([np.zeros(0), *(its.distance_mm[its.known] for its in nearness)])
    if len(known) == 0:
        return None
    low, high = np.percentile(known, (1, 95))
    low = np.clip(np.floor(2 * low) / 2, 0.0, KNOWN_REACH_MM - 0.5)
    return float(low), float(np.clip(np.ceil(2 * high) / 2, low + 0.5, KNOWN_REACH_MM))


def colours(
    hemisphere: Hemisphere, overlay: Overlay, shown: Range | None = None, nearness: Nearness | None = None
) -> Colours:
    """Colour of each vertex ``(V, 3)``.

    Maps of the visual field are painted in V1, paler in other mapped areas; around them, and where there are no values,
    are the folds. Where vessels are not known the cortex is striped: between the stripes is the distance to the nearest
    one that is.

    Parameters
    ----------
    hemisphere : Hemisphere
    overlay : Overlay
    shown : (low, high), optional
        The values of the first and the last colour; else the usual ones.
    nearness : Nearness, optional
        For ``vessel distance``, which is measured in the worker; without it there are the folds alone.
    """
    if overlay == "none":
        return np.tile(PLAIN, (len(hemisphere.pial_mm), 1)).astype(np.uint8)
    folds, area = _folds(hemisphere), hemisphere.retinotopy.area
    if overlay == "area":
        painted, strength = area_colours(area), np.where(area > 0, 0.85, 0.0)
    else:
        values = _values(hemisphere, overlay, nearness)
        if values is None:
            return folds.astype(np.uint8)
        painted = table(overlay)[np.round(255 * shares(SCALES[overlay], values, shown)).astype(np.int64)]
        strength = np.ones(len(values))
        if overlay in ("eccentricity", "polar angle"):
            strength = np.where(area == V1, 0.92, np.where(area > 0, 0.22, 0.0))
    mixed = folds * (1 - strength[:, None]) + painted * strength[:, None]
    if overlay == "vessel distance" and nearness is not None:
        nothing = ~nearness.known & (nearness.distance_mm >= KNOWN_REACH_MM)
        mixed[nothing] = folds[nothing]
        mixed[~nearness.known & _striped(hemisphere.pial_mm)] = STRIPE
    return np.asarray(mixed, dtype=np.uint8)


def value_words(
    hemisphere: Hemisphere, overlay: Overlay, scale: Scale | None, vertex: int, nearness: Nearness | None = None
) -> str:
    """What an overlay's colour says of a vertex, in words; empty where it says nothing."""
    area = int(hemisphere.retinotopy.area[vertex])
    values = None if scale is None else _values(hemisphere, overlay, nearness)
    if scale is None or values is None or (overlay in ("eccentricity", "polar angle") and not area):
        return ""
    value = float(values[vertex])
    words = f"{overlay} {value:.2f}{'' if scale.unit in ('', '°') else ' '}{scale.unit}"
    if overlay == "vessel distance" and nearness is not None:
        words = f"vessel {value:.2f} mm away" if value < KNOWN_REACH_MM else f"no vessel within {KNOWN_REACH_MM:g} mm"
        return words if nearness.known[vertex] else f"{words}, others not known"
    return words


def shares(scale: Scale, values: FloatArray, shown: Range | None = None) -> FloatArray:
    """Where on a scale values are: 0 at its first colour, 1 at its last."""
    low, high = shown or scale.usual
    if scale.logarithmic:
        low, high, values = np.log(low), np.log(high), np.log(np.maximum(values, 1e-3))
    return np.asarray(np.clip((values - low) / max(high - low, 1e-9), 0.0, 1.0))


def ticks(scale: Scale, shown: Range | None = None) -> tuple[float, ...]:
    """The values that are written under a scale: its ends, and round ones between them."""
    low, high = shown or scale.usual
    if not scale.logarithmic:
        return low, (low + high) / 2, high
    round_ones = np.array([m * 10.0**e for e in range(-2, 3) for m in (1, 2, 5)])
    inner = round_ones[(round_ones > 1.4 * low) & (round_ones < high / 1.4)]
    wanted = np.exp(np.log(low) + np.array([1 / 3, 2 / 3]) * np.log(high / low))
    chosen = {float(inner[np.abs(np.log(inner / at)).argmin()]) for at in wanted} if len(inner) else set()
    return low, *sorted(chosen), high


def area_colours(area: NDArray[np.int64]) -> NDArray[np.int64]:
    """The colours ``(…, 3)`` of visual areas by their numbers."""
    return np.asarray(_AREAS[(np.maximum(area, 1) - 1) % len(_AREAS)], dtype=np.int64)


def area_name(area: int) -> str:
    """A visual area's name."""
    return AREA_NAMES.get(area, f"area {area}")


@cache
def table(overlay: Overlay) -> NDArray[np.int64]:
    """The overlay's 256 colours ``(256, 3)``, from its least value to its greatest."""
    position = np.linspace(0.0, 1.0, 256)
    if overlay in _MAPS:
        return np.asarray(np.round(255 * colormaps[_MAPS[overlay]](position)[:, :3]), dtype=np.int64)
    stops = np.array(_STOPS[overlay])
    chosen = [np.interp(position, np.linspace(0, 1, len(stops)), stops[:, k]) for k in range(3)]
    return np.asarray(np.stack(chosen, axis=1), dtype=np.int64)


def _values(hemisphere: Hemisphere, overlay: Overlay, nearness: Nearness | None) -> FloatArray | None:
    """What an overlay shows of each vertex ``(V,)``; None where that is not there."""
    retinotopy = hemisphere.retinotopy
    if overlay == "eccentricity":
        return retinotopy.eccentricity_deg
    if overlay == "polar angle":
        return np.abs(retinotopy.polar_angle_deg)
    if overlay == "vessel distance":
        return None if nearness is None else nearness.distance_mm
    if overlay == "thickness":
        return np.asarray(np.linalg.norm(hemisphere.pial_mm - hemisphere.white_mm, axis=1))
    return hemisphere.sulcal_depth if overlay == "sulcal depth" else hemisphere.curvature


def _striped(points_mm: FloatArray) -> NDArray[np.bool_]:
    """Every other stripe across a diagonal of the scanner."""
    return np.asarray(np.floor(points_mm.sum(axis=1) / (3**0.5 * STRIPES_MM / 2)) % 2 == 0)


def _folds(hemisphere: Hemisphere) -> FloatArray:
    """Gyri light, sulci dark, with a soft edge."""
    if hemisphere.curvature is None:
        return np.tile(PLAIN, (len(hemisphere.pial_mm), 1)).astype(np.float64)
    share = shares(SCALES["curvature"], hemisphere.curvature)
    return np.asarray(_GYRUS + share[:, None] * (_SULCUS - _GYRUS))
