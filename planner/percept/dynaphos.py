"""Size and brightness of a phosphene from the current of its contact, after dynaphos.

Van der Grinten, de Ruyter van Steveninck, Lozano et al. 2024, *Towards biologically plausible phosphene simulation for
the differentiable optimization of visual cortical prostheses*, eLife 13:e85812; the numbers are those of its program,
version 0.1.3.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import Final, Literal

import torch
from torch import Tensor

from planner.percept.magnification import magnification
from planner.percept.parameters import THRESHOLD_SD, Dynaphos

Gate = Literal["soft", "exact"]

KNOWN: Final = 0.2
_HALVINGS: Final = 30  # of 100 µA: to a ten-millionth of a µA


def sigma_deg(eccentricity_deg: Tensor, current_ua: Tensor | float, params: Dynaphos) -> Tensor:
    """Standard deviation of the Gaussian phosphenes, degrees: ``σ = (σ/P) · 2 sqrt(I / K) / M(e)``.

    Parameters
    ----------
    eccentricity_deg : Tensor
        Any shape.
    current_ua : Tensor or float
        Of a shape that broadcasts with the eccentricities. At zero current the size is zero and its one-sided,
        infinite derivative is taken as zero.
    params : Dynaphos
    """
    current = torch.as_tensor(current_ua, dtype=eccentricity_deg.dtype, device=eccentricity_deg.device)
    on = current > 0
    radius_mm = torch.where(on, (torch.where(on, current, 1.0) / params.current_spread_ua_mm2).sqrt(), 0.0)
    diameter_deg = 2 * radius_mm / magnification(eccentricity_deg, params.k_mm, params.a_deg, params.b_deg)
    return params.sigma_per_diameter * diameter_deg


@lru_cache(maxsize=64)
def unit_response(params: Dynaphos, groups: int = 1) -> float:
    """Activation (ampere) at the record's moment, per ampere of constant current above the rheobase.

    dynaphos steps ``I_eff = max(0, (I − I0 − Q) f Pw)``, ``A += dt (ln(d_A) A + I_eff)`` and
    ``Q += dt (ln(d_Q) Q + κ I_eff)`` from rest, with dt a frame. From I > I0 on, every line of it is homogeneous in
    ``I − I0``, the rectifier included. So the activation is ``(I − I0)`` times the response to one ampere, and a whole
    batch of stimuli costs one run of a single contact in plain numbers: exact, and differentiable in the current.

    Parameters
    ----------
    params : Dynaphos
    groups : int
        Where contacts take turns in so many groups, one has current every so many frames only. The steady state is
        then that of its mean current.
    """
    if params.moment == "steady":
        duty = params.duty / groups
        trace = params.trace_increase * duty
        trace = trace / (trace - log(params.trace_decay)) if trace > 0 else 0.0
        return duty * (1 - trace) / -log(params.activation_decay)
    frames = params.window_frames if params.moment == "peak" else int(params.moment)
    activations = _unit_course(params, frames, groups)
    return max(activations) if params.moment == "peak" else activations[-1]


def _unit_course(params: Dynaphos, frames: int, groups: int) -> list[float]:
    """The activation after each frame, from rest, under one ampere above the rheobase in every `groups`-th frame."""
    step_s = 1 / params.frames_per_second
    activation = trace = 0.0
    course = []
    for frame in range(frames):
        effective = max(0.0, (1.0 - trace) * params.duty) if frame % groups == 0 else 0.0
        activation += step_s * (log(params.activation_decay) * activation + effective)
        trace += step_s * (log(params.trace_decay) * trace + params.trace_increase * effective)
        course.append(activation)
    return course


def brightness(
    current_ua: Tensor,
    params: Dynaphos,
    gate: Gate = "soft",
    groups: int = 1,
    threshold: Tensor | None = None,
) -> Tensor:
    """Brightness of phosphenes in 0…1 from the currents of their contacts; any shape, the same comes back.

    ``1 / (1 + exp(−λ (A − A50)))``, shown where ``A ≥ A_thr``.

    Parameters
    ----------
    current_ua : Tensor
        Amplitudes ≥ 0, µA.
    params : Dynaphos
    gate : "soft" or "exact"
        "exact" is dynaphos: nothing is shown below the threshold. "soft" multiplies by a logistic of the distance from
        the threshold instead and lets the activation go below zero under the rheobase, so that dark contacts keep a
        gradient (ours): 6e-5 of full brightness is left at zero current.
    groups : int
        See `unit_response`.
    threshold : Tensor, optional
        By how many standard deviations over electrodes each threshold differs from the median electrode's; such
        electrodes are known one by one, so their soft gate is `KNOWN` times as wide.
    """
    drive_a = (current_ua - params.rheobase_ua) * 1e-6
    if gate == "exact":
        drive_a = drive_a.clamp(min=0)
    activation = unit_response(params, groups) * drive_a
    level = torch.sigmoid(params.brightness_slope * (activation - params.activation_half))
    above, width = activation - params.activation_threshold, params.gate_width
    if threshold is not None:
        above, width = above - THRESHOLD_SD * threshold, KNOWN * width
    shown = torch.sigmoid(above / width) if gate == "soft" else (above >= 0).to(level.dtype)
    return level * shown


@torch.no_grad()
def current_of(bright: Tensor, params: Dynaphos, most_ua: float | Tensor, groups: int = 1) -> Tensor:
    """The currents in 0…`most_ua` whose brightness by the soft gate this is, or nearest to it; any shape.

    The soft brightness rises with the current, so it is halved down to.
    """
    low = torch.zeros_like(bright)
    high = low + most_ua
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = brightness(middle, params, "soft", groups) < bright
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    dark = bright <= brightness(torch.zeros_like(bright), params, "soft", groups)
    return torch.where(dark, 0.0, (low + high) / 2)
