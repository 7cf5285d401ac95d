"""What is not known before the operation: how this patient's electrodes, map and threads will differ from the model's.

Draws come from a seed. Van der Grinten et al. 2024 draw thresholds and drop-outs of electrodes; sizes, the map's error
and the threads' are ours. The map's error is that of the map as a whole (templates are off in scale and in angle, a
median 5° and 15 % for a wedge-dipole), not noise from contact to contact: what is seen is turned and stretched about
fixation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from planner.frames import FloatArray, IntArray
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Variation


@dataclass(frozen=True, eq=False)
class Patient:
    """One draw, for T threads with N contacts in all.

    Attributes
    ----------
    threshold : (N,) float64
        Shift of each electrode's threshold, in dynaphos' standard deviations.
    size : (N,) float64
        Factor of each phosphene's size.
    works : (N,) float64
        0 where an electrode shows nothing, 1 elsewhere.
    stretch, turn_rad : float
        By which eccentricities are larger, and the field is turned anticlockwise.
    shift_mm : (T, 3) float64
        How far each thread comes to lie from where it was meant to.
    """

    threshold: Tensor
    size: Tensor
    works: Tensor
    stretch: float
    turn_rad: float
    shift_mm: Tensor

    def electrodes(self, phosphenes: Phosphenes) -> Phosphenes:
        """The phosphenes with this patient's sizes, thresholds and drop-outs."""
        like = phosphenes.field_deg
        works, size, threshold = (values.to(like) for values in (self.works, self.size, self.threshold))
        return replace(phosphenes, weight=phosphenes.weight * works, size=size, threshold=threshold)

    def seen(self, images: Tensor) -> Tensor:
        """Pictures ``(B, H, W)`` as this patient's map has them: turned and stretched about fixation."""
        if self.stretch == 1.0 and self.turn_rad == 0.0:
            return images
        # Where each pixel of the picture seen is found in the one given; rows count downwards.
        cos, sin = np.cos(self.turn_rad) / self.stretch, np.sin(self.turn_rad) / self.stretch
        turn = images.new_tensor([[cos, -sin, 0.0], [sin, cos, 0.0]])
        grid = torch.nn.functional.affine_grid(turn[None], [1, 1, *images.shape[1:]], align_corners=False)
        found = torch.nn.functional.grid_sample(
            images[None], grid.to(images), mode="bilinear", padding_mode="zeros", align_corners=False
        )
        return found[0]


def patients(variation: Variation, contacts: IntArray) -> Sequence[Patient]:
    """Draw patients for threads of so many contacts each ``(T,)``; the first draws do not depend on their number."""
    found = []
    for number in range(variation.draws):
        generator = np.random.default_rng([variation.seed, number])
        electrodes = int(contacts.sum())
        found.append(
            Patient(
                threshold=_tensor(variation.threshold_sd * generator.standard_normal(electrodes)),
                size=_tensor(np.exp(variation.size_sd * generator.standard_normal(electrodes))),
                works=_tensor((generator.random(electrodes) >= variation.drop_out).astype(np.float64)),
                stretch=float(np.exp(variation.eccentricity_sd * generator.standard_normal())),
                turn_rad=float(np.deg2rad(variation.angle_sd_deg) * generator.standard_normal()),
                shift_mm=_tensor(variation.placement_mm * generator.standard_normal((len(contacts), 3))),
            )
        )
    return found


def at_risk(errors: Tensor, worst: float) -> Tensor:
    """Mean of the largest errors, a share `worst` of them ``(D,)``; the last one counts by the part that is needed.

    Conditional value at risk of equally likely draws (Rockafellar & Uryasev 2000, *Optimization of conditional
    value-at-risk*).
    """
    wanted = worst * len(errors)
    weight = (wanted - torch.arange(len(errors), dtype=errors.dtype, device=errors.device)).clamp(0.0, 1.0)
    largest: Tensor = errors.sort(descending=True).values
    return (largest * weight).sum() / wanted


def _tensor(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))
