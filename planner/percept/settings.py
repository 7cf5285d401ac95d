"""How a plan is seen: the model, how pictures become currents, and what is not known of the patient; without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final, Literal, get_args

from planner.errors import InputError
from planner.percept.parameters import Dynaphos, Model, check_parameters

Encoder = Literal["sample", "fit", "fixed"]
ENCODERS: Final[tuple[Encoder, ...]] = get_args(Encoder)


@dataclass(frozen=True)
class Stimulus:
    """How a picture becomes currents.

    Attributes
    ----------
    encoder : "sample", "fit" or "fixed"
        *sample*: each contact's current follows the target under its own phosphene, white driving the maximum (linear,
        as dynaphos' own stimulus scale). *fit*: the currents whose percept is nearest to the target, see
        `planner.percept.fit`. *fixed*: every contact at the device's working current, whatever the picture.
    total_ua : float or None
        Most current of all contacts together, at any time; None for no limit.
    at_once : int or None
        Raster groups: at most so many contacts have current at the same time, and groups take turns from frame to
        frame; None for all at once. Neighbours on a thread are of different groups.
    apart : float
        Of phosphenes nearer to each other than this share of their mean diameter only one is used, the most usable; 0
        uses all.

    Raises
    ------
    InputError
        For limits that leave nothing to stimulate with.
    """

    encoder: Encoder = "sample"
    total_ua: float | None = None
    at_once: int | None = None
    apart: float = 0.0

    def __post_init__(self) -> None:
        if self.encoder not in ENCODERS:
            raise InputError(f"the encoder {self.encoder!r} is not known", remedy=f"use one of {', '.join(ENCODERS)}")
        if self.total_ua is not None and not 0 < self.total_ua < inf:
            raise InputError(f"a total current of {self.total_ua:g} µA shows nothing", remedy="give more than 0 µA")
        if self.at_once is not None and self.at_once < 1:
            raise InputError("no contact would have current at any time", remedy="allow at least 1 at once")
        if not 0 <= self.apart <= 10:
            raise InputError(f"phosphenes cannot be kept {self.apart:g} diameters apart", remedy="give 0 to 10")

    def groups(self, contacts: int) -> int:
        """In how many groups so many contacts take turns."""
        return 1 if self.at_once is None else max(ceil(contacts / self.at_once), 1)


@dataclass(frozen=True)
class Variation:
    """How much is not known. All zero: nothing varies.

    Attributes
    ----------
    threshold_sd : float
        Spread of electrodes' thresholds, in units of dynaphos' own (6.72e-8 A); linear models have no threshold.
    size_sd : float
        Standard deviation of the logarithm of phosphenes' sizes.
    drop_out : float
        Share of electrodes that show nothing.
    eccentricity_sd : float
        Standard deviation of the logarithm by which the map's eccentricities are off.
    angle_sd_deg : float
        Standard deviation of the angle by which the map is turned about fixation, degrees.
    placement_mm : float
        Standard deviation of a thread's place along each axis: the localisation error of its insertion.
    draws : int
        How many patients are drawn.
    seed : int
        Same seed, same patients.
    worst : float
        The objective is the mean over this share of the draws, those with the largest error (conditional value at
        risk); 1 is the mean over all.

    Raises
    ------
    InputError
        Naming the setting that is out of bounds.
    """

    threshold_sd: float = 0.0
    size_sd: float = 0.0
    drop_out: float = 0.0
    eccentricity_sd: float = 0.0
    angle_sd_deg: float = 0.0
    placement_mm: float = 0.0
    draws: int = 8
    seed: int = 0
    worst: float = 1.0

    def __post_init__(self) -> None:
        check_parameters(
            "variation",
            self,
            {
                "threshold_sd": (0.0, 10.0),
                "size_sd": (0.0, 2.0),
                "drop_out": (0.0, 0.99),
                "eccentricity_sd": (0.0, 2.0),
                "angle_sd_deg": (0.0, 90.0),
                "placement_mm": (0.0, 20.0),
                "draws": (1, 1000),
                "seed": (0, 2**63 - 1),
                "worst": (1e-3, 1.0),
            },
        )

    @property
    def varies(self) -> bool:
        """Whether anything does."""
        sizes = (self.threshold_sd, self.size_sd, self.drop_out, self.eccentricity_sd, self.angle_sd_deg)
        return any((*sizes, self.placement_mm))


@dataclass(frozen=True)
class Seeing:
    """Everything between the contacts and what is seen.

    Attributes
    ----------
    model : Dynaphos, Scoreboard or CorticalSheet
    stimulus : Stimulus
    variation : Variation
    """

    model: Model = field(default_factory=Dynaphos)
    stimulus: Stimulus = field(default_factory=Stimulus)
    variation: Variation = field(default_factory=Variation)
