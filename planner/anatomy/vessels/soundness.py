"""What every vessel file must satisfy, whatever its format."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.anatomy.vessels.kinds import words_of
from planner.anatomy.vessels.pial_index import ON_CORTEX_MM, PialIndex, sample_of
from planner.anatomy.vessels.wall import Vessel
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

FARTHEST_MM, WIDEST_MM, THINNEST_MM = 1e4, 50.0, 0.01  # ours: no head scan holds more, no vessel is as wide or thin
PLAUSIBLE_MM = (0.04, 3.0)  # ours: a median radius beyond these is worth a word

LIKELIER, CLOSE_MM = 0.5, 2.0  # ours: how much nearer, and from which distance on, LPS is the likelier reading
ASIDE, ASIDE_MM = 0.9, 10.0  # ours: the share beyond a lone hemisphere, and how far off, of vessels of the other one
UNITS_MM = (10.0, 1000.0)
ELSEWHERE = (
    "say how they are placed (space, axes, scale, offset), register them to this subject's scanner space, or give the "
    "vessels that belong to this case"
)
SMALL_MM = 15.0  # ours: a tree of a brain spans more; read in metres or centimetres it does not


def require_sound(points: FloatArray, radius: FloatArray, segments: int, source: str | Path) -> None:
    """Raise for what is not a vessel tree, in whatever units.

    Parameters
    ----------
    points : (N, 3) float64
    radius : (N,) float64
    segments : int
    source : str or Path
        The file, for the message.

    Raises
    ------
    InputError
        No segments, a coordinate or radius that is not finite, or a radius that is not positive.
    """
    if segments == 0:
        raise InputError("has no vessel segments", source=source, remedy="give centrelines of two points or more")
    if not (np.isfinite(points).all() and np.isfinite(radius).all()):
        row = int(np.flatnonzero(~np.isfinite(np.column_stack([points, radius])).all(axis=1))[0])
        raise InputError(
            f"point {row + 1} has a coordinate or radius that is not finite", source=source, remedy="export it again"
        )
    if not (radius > 0.0).all():
        row = int(np.flatnonzero(radius <= 0.0)[0])
        raise InputError(
            f"point {row + 1} has radius {radius[row]:g}", source=source, remedy="radii must be positive, in mm"
        )


def require_sizes(points_mm: FloatArray, radius_mm: FloatArray, source: str | Path) -> str:
    """Raise `InputError` for placed vessels of a size that no head holds, most likely in other units than mm.

    Returns
    -------
    str
        What is odd in their radii, though not impossible.
    """
    if not np.abs(points_mm).max() <= FARTHEST_MM:
        raise InputError(
            f"has coordinates of up to {np.abs(points_mm).max():.3g} mm", source=source, remedy="give its scale in mm"
        )
    if not radius_mm.size:
        return ""
    widest, median = float(radius_mm.max()), float(np.median(radius_mm))
    if not THINNEST_MM <= widest <= WIDEST_MM:
        raise InputError(
            f"has radii of up to {widest:.3g} mm, which no vessel has", source=source, remedy="give its scale in mm"
        )
    odd = not PLAUSIBLE_MM[0] <= median <= PLAUSIBLE_MM[1]
    return f"a median radius of {median:.2g} mm is unusual: check that radii are radii, and in mm" if odd else ""


def _named_side(file_name: str) -> HemisphereName | None:
    """The one side that a file's name names by ``lh``, ``left``, ``rh`` or ``right``."""
    words = words_of(file_name)
    left, right = (bool(words & {name, side}) for name, side in (("lh", "left"), ("rh", "right")))
    return None if left == right else "lh" if left else "rh"


def check_has_side(vessel: Vessel, file_name: str, pials: PialIndex) -> None:
    """Refuse vessels whose file names the side that a case of one hemisphere lacks.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    file_name : str
        Its words ``lh``, ``left``, ``rh`` and ``right`` count.
    pials : PialIndex

    Raises
    ------
    InputError
    """
    named = _named_side(file_name)
    if named and named not in pials.names:
        raise InputError(
            f"its name says {named}, but the case has only {' and '.join(pials.names)}: these are vessels of the side "
            "that this case lacks",
            source=vessel.source,
            remedy=f"leave them out, add the {named} surfaces to the case, or name the file for the side it is of",
        )


def check_side(vessel: Vessel, file_name: str, pials: PialIndex) -> bool:
    """Refuse vessels whose file names one side and that lie on the other.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    file_name : str
        Its words ``lh``, ``left``, ``rh`` and ``right`` count.
    pials : PialIndex

    Returns
    -------
    bool
        Whether the name could say anything.

    Raises
    ------
    InputError
    """
    named = _named_side(file_name)
    if named is None or len(pials.names) < 2:
        return False
    distance = pials.distances(sample_of(vessel))
    on_right = float(np.mean(distance["rh"] < distance["lh"]))
    share = on_right if named == "lh" else 1.0 - on_right
    if share > 0.5:
        raise InputError(
            f"its name says {named}, but {100 * share:.0f} % of its vessels lie nearer to the other hemisphere",
            source=vessel.source,
            remedy="check whether x was negated, or name the file for the side it is of",
        )
    return True


def check_near(vessel: Vessel, pials: PialIndex, limit_mm: float = 25.0) -> None:
    """Refuse vessels that most likely lie in another space than the cortex, or are in other units.

    Ours: the median point must be within the limit. Vessels in another frame may still brush the cortex by chance, so
    the nearest point says nothing; and real ones may run far off, in the neck for instance. Read in metres or
    centimetres a tree shrinks to the middle of the head, deep inside the cortex and still within the limit. LPS is
    suggested only where that reading lies on the cortex: that it is less far off than RAS says nothing of vessels that
    belong to neither place, such as those of the hemisphere that a case lacks.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    pials : PialIndex
    limit_mm : float

    Raises
    ------
    InputError
    """
    points_mm = sample_of(vessel)
    typical = float(np.median(pials.distance(points_mm)))
    span_mm = float(np.linalg.norm(np.ptp(points_mm, axis=0)))
    if span_mm < SMALL_MM and (
        typical > CLOSE_MM
        or any(np.median(pials.distance(points_mm * scale)) < LIKELIER * typical for scale in UNITS_MM)
    ):
        raise InputError(
            f"the vessels span only {span_mm:.2g} mm and lie {typical:.1f} mm from the cortex, so they seem to be in "
            "other units than mm",
            source=vessel.source,
            remedy="give their scale, the mm of one of their units (10 for cm, 1000 for m)",
        )
    if typical <= CLOSE_MM:
        return
    turned = float(np.median(pials.distance(points_mm * (-1.0, -1.0, 1.0))))
    if turned < LIKELIER * typical and turned <= ON_CORTEX_MM:
        raise InputError(
            f"the vessels fit the cortex better read as LPS ({turned:.1f} mm from it) than as RAS ({typical:.1f} mm)",
            source=vessel.source,
            remedy="say that their space is LPS, or write them in scanner RAS",
        )
    if typical > ASIDE_MM and (lacking := _beyond(points_mm, pials)):
        raise InputError(
            f"the vessels lie {typical:.0f} mm from the cortex (median) and beyond its midline, so they seem to be "
            f"vessels of the side that this case lacks ({lacking})",
            source=vessel.source,
            remedy=f"leave them out or add the {lacking} surfaces to the case; if they are of the side that it has, "
            "say how they are placed (space, axes, scale, offset)",
        )
    if turned < LIKELIER * typical:
        raise InputError(
            f"the vessels lie on the cortex neither as they are ({typical:.1f} mm from it) nor read as LPS "
            f"({turned:.1f} mm), so they seem to be in another space",
            source=vessel.source,
            remedy=ELSEWHERE,
        )
    if typical > limit_mm:
        raise InputError(
            f"the vessels lie {typical:.0f} mm from the cortex (median; at most {limit_mm:g} mm is accepted), "
            "so they seem to be in another space",
            source=vessel.source,
            remedy=ELSEWHERE,
        )


def _beyond(points_mm: FloatArray, pials: PialIndex) -> HemisphereName | None:
    """The hemisphere that a case lacks, if vessels lie beyond the midline from the one that it has."""
    if len(pials.names) != 1:
        return None
    ((name, (least, most)),) = pials.widths.items()
    x = points_mm[:, 0]
    share = float(np.mean(x < least if name == "rh" else x > most))
    if share < ASIDE:
        return None
    return "lh" if name == "rh" else "rh"
