"""The encoder *fit*: the currents whose percept comes nearest to the target, within the device's limits.

Percepts are linear in brightness, so the best brightnesses at a given gain solve a convex quadratic program: least
squares between 0 and the brightest a contact can be, and with the total current limited. It is solved for all pictures
at once by an accelerated projected gradient (Beck & Teboulle 2009, *A fast iterative shrinkage-thresholding algorithm*;
restarted where it overshoots, O'Donoghue & Candès 2015) on the footprints' inner products.

Brightness has no unit, so a gain must say what is white. It is the best gain of the *sample* encoder (ours), one for
all pictures, so that the currents of one depend on the others. Were it free as well, the best would be to let it grow
without end: a phosphene smaller than a pixel would outshine all others, and most would fall below their thresholds.
An error taken at this gain, with the currents as constants, has the exact gradient in position: by the envelope
theorem an optimum's own movement counts for nothing. It is near, and no more, where the currents are no optimum of
that error: under a limit on the total with dynaphos (see below), and for patients whose thresholds or maps the fit
does not know.

Where brightness is not linear in the current (dynaphos), the limit on the total counts brightness along the chord from
dark to brightest; the currents are scaled down where they then still exceed it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from planner.percept.footprints import Footprints
from planner.percept.model import View

STEPS = 500  # of the projected gradient at most
PRECISE = 1e-5  # of the brightest: a step smaller than this ends the search
POWER_STEPS = 20
HALVINGS = 40


def sampled_gain(
    targets: Tensor, weight: Tensor, footprints: Footprints, view: View, most_ua: float | Tensor, groups: int
) -> Tensor:
    """The best gain of the *sample* encoder, a scalar; differentiable in the phosphenes."""
    sampled = weight * view.brightness(most_ua * footprints.gather(targets), "soft", groups)
    images = footprints.spread(sampled)
    power = images.square().sum()
    return (images * targets).sum() / power.clamp(min=torch.finfo(power.dtype).tiny)


@torch.no_grad()
def fit(
    targets: Tensor,
    weight: Tensor,
    gain: Tensor,
    footprints: Footprints,
    view: View,
    most_ua: float | Tensor,
    total_ua: float | None,
    groups: int,
    start_ua: Tensor | None = None,
) -> Tensor:
    """Currents ``(B, N)`` for targets ``(B, H, W)``; see the module.

    Parameters
    ----------
    weight : (N,)
        Share of each contact's brightness that is seen.
    gain : scalar
        By `sampled_gain`.
    total_ua : float or None
        Most current of a group of contacts together.
    start_ua : (B, N), optional
    """
    if len(weight) == 0:
        return targets.new_zeros((len(targets), 0))
    products = torch.outer(weight, weight) * footprints.products()
    match = footprints.match(targets) * weight
    most = torch.as_tensor(most_ua, dtype=targets.dtype, device=targets.device).expand(len(weight))
    brightest = view.brightness(most[None], "soft", groups)[0]
    group = torch.arange(len(weight), device=weight.device) % groups
    if gain <= 0:
        return torch.zeros_like(match)
    start_ua = most_ua * footprints.gather(targets) if start_ua is None else start_ua
    bright = view.brightness(start_ua, "soft", groups)
    budget = None if total_ua is None else total_ua * float((brightest / most).max())
    bright = _descend(
        torch.minimum(bright, brightest), products, match / gain, _steepest(products), brightest, budget, group, groups
    )
    return view.current_ua(bright, most_ua, groups)


def _descend(
    bright: Tensor,
    products: Tensor,
    match: Tensor,
    steepest: Tensor,
    brightest: Tensor,
    budget: float | None,
    group: Tensor,
    groups: int,
) -> Tensor:
    """Minimise ``b G b / 2 − m b`` for each row b of a batch, within 0…`brightest` and the budget of each group."""
    ahead, momentum = bright, 1.0
    precise = PRECISE * float(brightest.max())
    for _ in range(STEPS):
        moved = ahead - (ahead @ products - match) / steepest
        moved = torch.minimum(moved.clamp(min=0.0), brightest)
        if budget is not None:
            moved = _within(ahead - (ahead @ products - match) / steepest, moved, brightest, budget, group, groups)
        change = moved - bright
        if float(change.abs().max()) < precise:
            return moved
        if float(((ahead - moved) * change).sum()) > 0:
            momentum = 1.0
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead, bright = moved + (momentum - 1) / following * change, moved
        momentum = following
    return bright


def _within(free: Tensor, clamped: Tensor, brightest: Tensor, budget: float, group: Tensor, groups: int) -> Tensor:
    """The nearest point to `free` in the box whose groups' sums are within the budget: the same taken off each."""

    def sums(values: Tensor) -> Tensor:
        return values.new_zeros((len(values), groups)).index_add(1, group, values)

    over = sums(clamped) > budget
    if not bool(over.any()):
        return clamped
    low = free.new_zeros((len(free), groups))
    high = free.amax(dim=1, keepdim=True).clamp(min=0.0).expand_as(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        more = sums(torch.minimum((free - middle.index_select(1, group)).clamp(min=0.0), brightest)) > budget
        low, high = torch.where(more, middle, low), torch.where(more, high, middle)
    off = torch.where(over, high, 0.0)
    return torch.minimum((free - off.index_select(1, group)).clamp(min=0.0), brightest)


def _steepest(products: Tensor) -> Tensor:
    """A bound of the greatest eigenvalue, a little above what power iteration finds."""
    vector = products.new_ones(len(products))
    for _ in range(POWER_STEPS):
        vector = products @ vector
        vector = vector / vector.norm().clamp(min=torch.finfo(vector.dtype).tiny)
    greatest: Tensor = (products @ vector).norm()
    return 1.05 * greatest.clamp(min=torch.finfo(vector.dtype).tiny)
