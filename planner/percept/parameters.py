"""The forward models' parameters: frozen records with their units, bounds and sources, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, pi, sqrt
from typing import Final, Literal

from planner.errors import InputError

K_MM: Final = 17.3
A_DEG: Final = 0.75
B_DEG: Final = 120.0
"""The wedge-dipole map of van der Grinten et al. 2024, with Horton & Hoyt's (1991) k and a."""

Moment = Literal["peak", "steady"] | int

LARGEST: Final = 1e100  # of any parameter, whatever its unit
LAST_FRAME: Final = 100_000

THRESHOLD_SD: Final = 6.715877869833961e-08

SCOREBOARD_REACH: Final = 5.0  # of ρ, beyond which activation is less than 4e-6 and left out
SCOREBOARD_PATCH: Final = 1.0  # size of a patch, in ρ (ours)
SHEET_PATCH: Final = 1.2  # size of a patch, in half-widths of the spread (ours)


def check_parameters(model: str, record: object, bounds: Mapping[str, tuple[float, float]]) -> None:
    """Raise `InputError` naming a parameter that is no finite number within its bounds; whole where these are."""
    for name, (least, most) in bounds.items():
        value = getattr(record, name)
        whole = isinstance(least, int) and isinstance(most, int)
        kind = int if whole else (int, float)
        number = isinstance(value, kind) and not isinstance(value, bool)
        if not (number and abs(value) <= LARGEST and least <= value <= most):
            bounds_words = f"of at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
            words = f"a {'whole ' if whole else ''}number {bounds_words}"
            raise InputError(f"{model}: {name} is {value!r}", remedy=f"give {words}")


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
    "brightness_slope": (0.0, 1e12),
    "activation_half": (0.0, inf),
    "activation_threshold": (0.0, inf),
    "gate_width": (1e-12, inf),
    "window_frames": (1, LAST_FRAME),
}


@dataclass(frozen=True)
class Dynaphos:
    """Parameters of dynaphos (van der Grinten et al. 2024; the numbers are its program's, version 0.1.3).

    Activation and memory trace are in ampere of charge per second, as in the paper.

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
    k_mm: float = K_MM
    a_deg: float = A_DEG
    b_deg: float = B_DEG
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
        whole = isinstance(self.moment, int) and not isinstance(self.moment, bool)
        if self.moment not in ("peak", "steady") and not (whole and 1 <= int(self.moment) <= LAST_FRAME):
            raise InputError(
                f"dynaphos: {self.moment!r} is no moment of the percept",
                remedy=f'give "peak", "steady" or a frame from 1 to {LAST_FRAME}',
            )

    @property
    def duty(self) -> float:
        """Share of the time that current flows, ``f · Pw``."""
        return self.frequency_hz * self.pulse_width_us * 1e-6


@dataclass(frozen=True)
class Scoreboard:
    """Parameters of the scoreboard model.

    Attributes
    ----------
    rho_mm : float
        ρ > 0, how far current spreads. 0.2 mm, the default of pulse2percept's cortical model.

    Raises
    ------
    InputError
        Naming the parameter that is out of bounds.
    """

    rho_mm: float = 0.2

    def __post_init__(self) -> None:
        check_parameters("scoreboard", self, {"rho_mm": (0.01, 10.0)})

    @property
    def reach_mm(self) -> float:
        """Patches farther than this are not activated."""
        return SCOREBOARD_REACH * self.rho_mm

    @property
    def spacing_mm(self) -> float:
        """Size of the patches that the sheet is cut into."""
        return SCOREBOARD_PATCH * self.rho_mm


@dataclass(frozen=True)
class CorticalSheet:
    """Parameters of the cortical sheet.

    Attributes
    ----------
    spread_per_mm2 : float
        6.75 per mm²: activation is half where ``spread_per_mm2 · d² = 1``.
    reach_mm : float
        Beyond this distance nothing is activated (ours): the spread's tail would reach over all of V1. Its tangent
        there, as a function of d², is subtracted, so that it ends without jump or kink; 0.97 is left at d = 0.
    edge_mm : float
        Radius of a contact ≥ 0; d is measured from there.
    field_intercept_deg, field_slope : float
        Receptive field's standard deviation ``intercept + slope · eccentricity``: Benson's 0.0218° + 0.16883.

    Raises
    ------
    InputError
        Naming the parameter that is out of bounds.
    """

    spread_per_mm2: float = 6.75
    reach_mm: float = 3.0
    edge_mm: float = 0.0
    field_intercept_deg: float = 0.0218
    field_slope: float = 0.16883

    def __post_init__(self) -> None:
        check_parameters(
            "sheet",
            self,
            {
                "spread_per_mm2": (1e-3, 1e4),
                "reach_mm": (0.1, 20.0),
                "edge_mm": (0.0, 5.0),
                "field_intercept_deg": (0.0, 10.0),
                "field_slope": (0.0, 2.0),
            },
        )

    @property
    def spacing_mm(self) -> float:
        """Size of the patches that the sheet is cut into."""
        return SHEET_PATCH / sqrt(self.spread_per_mm2)


Model = Dynaphos | Scoreboard | CorticalSheet

MODELS: Final[dict[str, type[Model]]] = {"dynaphos": Dynaphos, "scoreboard": Scoreboard, "sheet": CorticalSheet}
"""Models by the names that files and commands use."""


def model_name(model: Model) -> str:
    """The name of a model."""
    return next(name for name, kind in MODELS.items() if isinstance(model, kind))
