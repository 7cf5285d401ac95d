"""The exact gate's currents: what contacts are driven with against what their device and the stimulator allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.design.limits import Violation
from planner.implant.thread import Implant

ROUNDING_UA = 1e-3  # currents are of single precision


@dataclass(frozen=True, eq=False)
class Driven:
    """What an implant's contacts are driven with.

    Attributes
    ----------
    current_ua : (B, N)
        Of each contact, thread by thread, for each picture.
    total_ua : float or None
        Most of all contacts that have current at the same time; None for no limit.
    groups : int
        In how many groups contacts take turns, as `planner.percept.settings.Stimulus.groups` has it.
    """

    current_ua: NDArray[np.float32]
    total_ua: float | None = None
    groups: int = 1


def current_margins(implant: Implant, driven: Driven | None) -> dict[str, float]:
    """Of each thread its device's largest current less the largest of its contacts, µA, by name."""
    if driven is None or len(driven.current_ua) == 0 or driven.current_ua.shape[1] == 0:
        return {}
    peak = np.abs(np.asarray(driven.current_ua, dtype=np.float64)).max(axis=0)
    owner = implant.contact_owners()
    found = {}
    for row, thread in enumerate(implant.threads):
        margin = implant.device_of(thread).max_current_ua - peak[owner == row].max()
        kept = margin >= -ROUNDING_UA
        found[thread.name] = max(float(margin), 0.0) if kept else float(margin) if np.isfinite(margin) else -np.inf
    return found


def over_total(driven: Driven | None) -> list[Violation]:
    """The violation of the limit of all contacts together, where some picture breaks it."""
    if driven is None or driven.total_ua is None or driven.current_ua.size == 0:
        return []
    current = np.abs(np.asarray(driven.current_ua, dtype=np.float64))
    group = np.arange(current.shape[1]) % driven.groups
    sums = np.stack([current[:, group == g].sum(axis=1) for g in range(driven.groups)])
    margin = driven.total_ua - float(sums.max())
    if margin >= -ROUNDING_UA * current.shape[1]:
        return []
    margin = margin if np.isfinite(margin) else -np.inf
    text = f"All contacts together are driven with {sums.max():.1f} µA, more than the {driven.total_ua:g} µA allowed."
    return [Violation("", "current", margin, text)]
