"""How fine a detail can be seen: the size at which pictures begin to be told apart.

An estimate from simulated answers, in three steps: pictures of a sign in several orientations (or of letters) are told
apart at several sizes, by `matched` or by the letter recogniser; `threshold` finds the size at which half of what
guessing leaves is won; `Threshold.logmar` states it as acuity. Taking these together as a plan's acuity is ours, and it
is that of an ideal reader who compares pictures: what a patient reaches is another matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, log10
from typing import Final, Literal

import numpy as np
import torch
from scipy.optimize import isotonic_regression
from torch import Tensor

Relation = Literal["=", "<=", ">"]

DETAILS: Final = 5
"""A Landolt C and a tumbling E are five times as high as their gap or stroke (ISO 8596; Bailey & Lovie 1976)."""


@dataclass(frozen=True)
class Threshold:
    """The size at which a criterion is met.

    Attributes
    ----------
    size_deg : float
        Height of the sign, degrees.
    relation : "=", "<=" or ">"
        Whether the threshold is that size; or is met already at the smallest size shown, which this is; or is not met
        even at the largest size shown, which this is.
    criterion : float
        The share of right answers that was asked for.
    """

    size_deg: float
    relation: Relation
    criterion: float

    @property
    def mar_arcmin(self) -> float:
        """Minimum angle of resolution, minutes of arc: the sign's gap or stroke, a fifth of its height."""
        return self.size_deg * 60 / DETAILS

    @property
    def logmar(self) -> float:
        """``log10`` of the angle of resolution in arc minutes (Bailey & Lovie 1976): 0 is 20/20, 1 is 20/200."""
        return log10(self.mar_arcmin)


def threshold(sizes_deg: Sequence[float], n_correct: Sequence[int], n_total: Sequence[int], chance: float) -> Threshold:
    """The size at which the share of right answers is midway between chance and 1.

    That is the middle of a psychometric function that rises from the rate of guessing to 1 (Wichmann & Hill 2001,
    Perception & Psychophysics 63:1293–1313, F = 0.5 without lapses). No shape is assumed of it but that larger signs
    are seen no worse: shares are made to rise by weighted isotonic regression, the maximum-likelihood estimate (Ayer,
    Brunk, Ewing, Reid & Silverman 1955, Annals of Mathematical Statistics 26:641–647), and joined by straight lines
    over the logarithm of size.

    Parameters
    ----------
    sizes_deg : (S,)
        Heights of the signs shown, > 0, each once, in any order.
    n_correct, n_total : (S,)
        Right answers, and all answers, at each size.
    chance : float
        Share that guessing gets right, in [0, 1): 1/4 with four orientations, 1/8 with eight, 1/26 with letters.

    Returns
    -------
    threshold : Threshold
        Where the criterion is met over a stretch of sizes, the smallest of them.
    """
    sizes, correct, total = (np.asarray(values, dtype=np.float64) for values in (sizes_deg, n_correct, n_total))
    if not (sizes.ndim == 1 and 0 < len(sizes) == len(correct) == len(total) == len(np.unique(sizes))):
        raise ValueError("each size needs one number of right answers and one of all answers")
    if not (np.isfinite(sizes).all() and (sizes > 0).all() and (total > 0).all()):
        raise ValueError("sizes and numbers of answers must be above zero")
    if not ((correct >= 0) & (correct <= total)).all() or not (isfinite(chance) and 0 <= chance < 1):
        raise ValueError("shares of right answers, and chance, must lie in 0…1, and chance below 1")
    order = np.argsort(sizes)
    sizes = sizes[order]
    shares = isotonic_regression((correct / total)[order], weights=total[order]).x
    criterion = (1 + chance) / 2
    reached = np.flatnonzero(shares >= criterion - 1e-12)  # a mean of shares may miss the criterion by rounding
    if len(reached) == 0:
        return Threshold(float(sizes[-1]), ">", criterion)
    first = int(reached[0])
    if first == 0:
        return Threshold(float(sizes[0]), "<=", criterion)
    below, above = shares[first - 1], shares[first]
    part = min(1.0, float((criterion - below) / (above - below)))
    size = exp((1 - part) * log(sizes[first - 1]) + part * log(sizes[first]))
    return Threshold(size, "=", criterion)


@torch.no_grad()
def matched(images: Tensor, templates: Tensor) -> Tensor:
    """Which of the templates each picture resembles most: index ``(B,)``.

    The answer is the template with the largest correlation over pixels. For templates of equal energy in white noise
    that is the ideal observer (Green & Swets 1966, *Signal Detection Theory and Psychophysics*, ch. 6; Tjan, Braje,
    Legge & Kersten 1995, Vision Research 35:3053–3069); that a percept's distortion is taken for such noise is ours.
    Neither the unit of brightness nor a uniform background matters. A uniform picture resembles all alike and is taken
    for the first, so that it is right as often as chance if all templates are shown equally often.

    Parameters
    ----------
    images : (B, H, W)
        Percepts.
    templates : (K, H, W)
        The pictures that may have been shown, as they should be seen.
    """
    if images.shape[1:] != templates.shape[1:] or len(templates) == 0:
        raise ValueError(f"pictures of {tuple(images.shape[1:])}, but templates of {tuple(templates.shape)}")
    return (_standardised(images) @ _standardised(templates.to(images)).T).argmax(dim=1)


def _standardised(pictures: Tensor) -> Tensor:
    """Pictures as rows ``(B, H·W)`` of mean 0 and norm 1; uniform ones are 0."""
    rows = pictures.flatten(1)
    peak = rows.abs().amax(dim=1, keepdim=True)
    rows = rows / torch.where(peak == 0, torch.ones_like(peak), peak)
    varying = rows - rows.mean(dim=1, keepdim=True)
    rounding = 4 * torch.finfo(rows.dtype).eps
    varying = torch.where(varying.abs().amax(dim=1, keepdim=True) > rounding, varying, torch.zeros_like(varying))
    norm = varying.norm(dim=1, keepdim=True)
    return varying / torch.where(norm == 0, torch.ones_like(norm), norm)
