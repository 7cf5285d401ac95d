"""Over which hemispheres vessels run: what is traced on one side says nothing of the other."""

from __future__ import annotations

from planner.anatomy.vessels.pial_index import PialIndex, sample_of
from planner.anatomy.vessels.wall import Vessel
from planner.frames import HemisphereName

LEAST_SHARE = 0.05  # ours: of its points nearest to a hemisphere; fewer only cross over


def sides_of(vessel: Vessel, pials: PialIndex) -> tuple[HemisphereName, ...]:
    """The hemispheres over which a vessel runs."""
    away = pials.distances(sample_of(vessel))
    nearest = {name: [d <= other for n, other in away.items() if n != name] for name, d in away.items()}
    return tuple(name for name, wins in nearest.items() if all(win.mean() >= LEAST_SHARE for win in wins))
