"""Size and brightness of a phosphene from the current of its contact, after dynaphos.

Van der Grinten, de Ruyter van Steveninck, Lozano et al. 2024, *Towards biologically plausible phosphene simulation for
the differentiable optimization of visual cortical prostheses*, eLife 13:e85812; the numbers are those of its program,
version 0.1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log, pi, sqrt
from typing import Final, Literal

import torch
from torch import Tensor

from planner.errors import InputError
from planner.percept import magnification as map_of_v1
from planner.percept.magnification import magnification
from planner.percept.parameters import check_parameters

Gate = Literal["soft", "exact"]
Moment = Literal["peak", "steady"] | int

THRESHOLD_SD: Final = 6.715877869833961e-08
KNOWN: Final = 0.2
_HALVINGS: Final = 30  # of 100 µA: to a ten-millionth of a µA

_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "current_spread_ua_mm2": (1e-6, inf),
    "sigma_per_diameter": (1e-6, inf),
    "k_mm": (1e-6, inf),
    "a_deg": (1e-6, inf),
    "b_deg": (1e-6, inf),
    "rheobase_ua": (0.0, inf),
    "frequency_hz": (1e-6, inf),
    "pulse_width_us": (1e-6, 1e6),
    "frames_per_second": (20.0, inf),
    "activation_decay": (1e-8, 0.99),
    "trace_decay": (1e-8, 1.0),
    "trace_increase": (0.0, inf),
    "brightness_slope": (0.0, inf),
    "activation_half": (0.0, inf),
    "activation_threshold": (0.0, inf),
    "gate_width": (1e-12, inf),
    "window_frames": (1, 100_000),
}


@dataclass(frozen=True)
class Dynaphos:
    """Parameters of dynaphos. Activation and memory trace are in ampere of charge per second, as in its paper.

    Attributes
    ----------
    current_spread_ua_mm2 : float
        K > 0: a current I excites cortex within ``sqrt(I / K)`` mm (Tehovnik & Slocum 2007).
    sigma_per_diameter : float
        Standard deviation drawn, as a share of the diameter P > 0. 1/4 in dynaphos 0.1.3 and pulse2percept 0.11; 1/2 in
        pulse2percept 0.9 to 0.10.
    k_mm, a_deg, b_deg : float
        The wedge-dipole map, > 0, a < b; see `planner.percept.magnification`.
    rheobase_ua : float
        I0 ≥ 0, the current that leaks away without effect.
    frequency_hz, pulse_width_us : float
        f and Pw of the pulse train, > 0; their product at most 1 (pulses do not overlap).
    frames_per_second : float
        Steps of the simulation, ≥ 20: explicit Euler would overshoot with fewer.
    activation_decay, trace_decay : float
        Share of the activation, and of the trace, that is left after one second, in (0, 0.99] and (0, 1].
    trace_increase : float
        κ ≥ 0, how fast the trace grows with the effective current.
    brightness_slope, activation_half : float
        λ ≥ 0 per ampere, and A50 ≥ 0 in ampere, of the brightness sigmoid.
    activation_threshold : float
        A_thr ≥ 0, ampere; a phosphene is seen where the activation reaches it. The median electrode's.
    gate_width : float
        Scale > 0 of the soft gate's logistic, ampere (ours). By default the logistic has the standard deviation that
        dynaphos gives thresholds over electrodes (6.72e-8), so that a soft gate is the share of such electrodes that
        would show the phosphene.
    moment : "peak", "steady" or int
        Which moment of a constant stimulus the percept is: the brightest within the window, the limit after a long
        time (nearly nothing, by the model's habituation), or after that many frames from the start (≥ 1).
    window_frames : int
        Length ≥ 1 of the window in frames, for the peak.

    Raises
    ------
    InputError
        Naming the parameter that is out of bounds.
    """

    current_spread_ua_mm2: float = 675.0
    sigma_per_diameter: float = 0.25
    k_mm: float = map_of_v1.K_MM
    a_deg: float = map_of_v1.A_DEG
    b_deg: float = map_of_v1.B_DEG
    rheobase_ua: float = 23.9
    frequency_hz: float = 300.0
    pulse_width_us: float = 170.0
    frames_per_second: float = 35.0
    activation_decay: float = 0.00012340980408667956
    trace_decay: float = 0.99949191
    trace_increase: float = 13.95528162
    brightness_slope: float = 19152642.500946816
    activation_half: float = 1.057631326853325e-07
    activation_threshold: float = 9.141886000943878e-08
    gate_width: float = THRESHOLD_SD * sqrt(3) / pi
    moment: Moment = "peak"
    window_frames: int = 35

    def __post_init__(self) -> None:
        check_parameters("dynaphos", self, _BOUNDS)
        if self.a_deg >= self.b_deg:
            raise InputError("dynaphos: a_deg is not below b_deg", remedy="give the foveal pole first")
        if self.duty > 1:
            raise InputError("dynaphos: the pulses overlap", remedy="give a lower frequency or a shorter pulse")
        if self.moment not in ("peak", "steady") and not (isinstance(self.moment, int) and self.moment >= 1):
            raise InputError(
                f"dynaphos: {self.moment!r} is no moment of the percept", remedy='give "peak", "steady" or a frame ≥ 1'
            )

    @property
    def duty(self) -> float:
        """Share of the time that current flows, ``f · Pw``."""
        return self.frequency_hz * self.pulse_width_us * 1e-6


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
def current_of(bright: Tensor, params: Dynaphos, most_ua: float, groups: int = 1) -> Tensor:
    """The currents in 0…`most_ua` whose brightness by the soft gate this is, or nearest to it; any shape.

    The soft brightness rises with the current, so it is halved down to.
    """
    low, high = torch.zeros_like(bright), torch.full_like(bright, most_ua)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = brightness(middle, params, "soft", groups) < bright
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    dark = bright <= brightness(torch.zeros_like(bright), params, "soft", groups)
    return torch.where(dark, 0.0, (low + high) / 2)
