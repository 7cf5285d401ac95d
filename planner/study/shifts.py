"""What a plan meets where the vessels are not where they were thought to be: rigid shifts of a known length.

All vessels move together against the brain, as when navigation is off or the brain has sunk. What a plan was told to
expect is its limit; what happens is the shift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.vessels.kinds import KINDS
from planner.anatomy.vessels.tree import VesselKind
from planner.anatomy.vessels.wall import Vessel
from planner.design.exact_vessels import ExactVessels
from planner.design.limits import ROUNDING_MM, Limits
from planner.frames import FloatArray
from planner.geometry.exact_search import portions
from planner.implant.thread import Implant
from planner.study.cells import shift_columns

SHIFTS: Final = 200
"""Ours: shifts of each length. The same ones for every plan, so that plans differ by what they are and not by luck."""
_SEED: Final = 0

Grown = Mapping[VesselKind, FloatArray]
"""How far each shaft's axis ``(S,)`` has to be from vessels of a kind, mm."""


def shift_shares(
    implant: Implant, vessels: Sequence[Vessel], limits: Limits, actual_mm: Sequence[float]
) -> dict[str, float | None]:
    """How many of a plan's threads touch a vessel, or come nearer than the clearance, where the vessels have moved.

    Parameters
    ----------
    implant : Implant
    vessels : sequence of Vessel
        Where they were when it was planned, scanner RAS. Their own errors count in full besides.
    limits : Limits
        Whose clearances are asked for; the localisation error that was planned for is not.
    actual_mm : sequence of float
        Lengths of the shifts.

    Returns
    -------
    mapping of str to float
        By `shift_columns`, the share of threads in 0…1, mean over `SHIFTS` shifts in directions drawn evenly. None
        where there are no vessels, or no thread goes into anything.
    """
    shafts = implant.shafts()
    devices = [implant.device_of(thread) for thread in implant.threads]
    into = np.array([device.penetrates for device in devices], dtype=bool)
    if not (vessels and actual_mm and into.any()):
        return dict.fromkeys(shift_columns(actual_mm))
    rows = np.flatnonzero(into[shafts.thread])
    start, tip, thread = shafts.start_mm[rows], shafts.tip_mm[rows], shafts.thread[rows]
    plain = replace(limits, localisation_mm=0.0)
    radius = np.array([device.shaft_radius_mm for device in devices])[thread]
    cleared = {kind: np.array([plain.required_mm(device, kind) for device in devices])[thread] for kind in KINDS}
    asked: dict[str, Grown] = {"touching": dict.fromkeys(KINDS, radius), "too_near": cleared}
    shares: dict[str, float | None] = {}
    for what, grown in asked.items():
        broken = _broken(vessels, start, tip, grown, actual_mm)
        threads = np.zeros((len(devices), len(actual_mm), SHIFTS), dtype=bool)
        np.logical_or.at(threads, thread, broken)
        found = threads[into].mean(axis=(0, 2))
        shares |= dict(zip(shift_columns(actual_mm, (what,)), map(float, found), strict=True))
    return shares


def _broken(
    vessels: Sequence[Vessel], start_mm: FloatArray, tip_mm: FloatArray, asked: Grown, actual_mm: Sequence[float]
) -> NDArray[np.bool_]:
    """Which shafts ``(S, A, SHIFTS)`` have less room than asked for, for each length and direction of a shift.

    A margin changes by no more than the shift is long: only where it is no more than that is there anything to compute.
    """
    length_mm, direction = np.array(actual_mm, dtype=np.float64), _directions()
    broken = np.zeros((len(start_mm), len(length_mm), SHIFTS), dtype=bool)
    for vessel in vessels:
        exact = ExactVessels((vessel,))
        spare_mm = exact.near(start_mm, tip_mm, asked, float(length_mm.max(initial=0.0)))[:, None]
        broken |= (spare_mm < -np.maximum(length_mm, ROUNDING_MM))[:, :, None]
        unsure = ((spare_mm >= -length_mm) & (spare_mm < length_mm))[:, :, None] & ~broken
        shaft, size, way = np.nonzero(unsure)
        for part in portions(len(shaft)):
            s, a, d = shaft[part], size[part], way[part]
            shift_mm = length_mm[a, None] * direction[d]
            grown = {kind: far_mm[s] for kind, far_mm in asked.items()}
            broken[s, a, d] = exact.near(start_mm[s] + shift_mm, tip_mm[s] + shift_mm, grown, 0.0) < -ROUNDING_MM
    return broken


def _directions() -> FloatArray:
    """`SHIFTS` unit vectors ``(SHIFTS, 3)``, drawn evenly over the sphere; always the same."""
    drawn = np.random.default_rng(_SEED).standard_normal((SHIFTS, 3))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))
