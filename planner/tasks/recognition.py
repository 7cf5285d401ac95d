"""How many letters are read right: the letters to score with, and the score with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import Final

import torch
from torch import Tensor

from planner.percept.field import VisualField
from planner.tasks.reading import FIELD, FONT, letters
from planner.tasks.recogniser import LETTERS, classes, read
from planner.tasks.task import Task

CHANCE: Final = 1 / len(LETTERS)

HELD_OUT: Final = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
)
"""Fonts that letters are scored with (of those shipped with matplotlib): a family that the recogniser never saw."""

SIZES: Final = (1.0, 0.9)
"""Heights that letters are scored at, as shares of the task's (ours)."""

_FIELDS = 3  # letters are drawn on a field three times as wide, of which the middle is kept


@dataclass(frozen=True)
class Recognition:
    """A share of letters read right.

    Attributes
    ----------
    accuracy : float
        In 0…1; 1/26 is chance.
    low, high : float
        Its confidence interval.
    n : int
        How many letters were shown.
    """

    accuracy: float
    low: float
    high: float
    n: int


@lru_cache(maxsize=4)
def held_out_letters(visual_field: VisualField = FIELD, height_deg: float = 9.0) -> Task:
    """The letters that a plan's recognition is scored with: 26 capitals in each held-out font at each of `SIZES`.

    Shown as the reading task shows its own: light on dark, centred on fixation. Ink that reaches out of the field is
    cut off, because the widest of these fonts may be wider than the task's own. For sizes far from the task's own, as
    for an acuity, give a field in proportion (as wide as 16/9 of the height): the recogniser sees a picture of 32 × 32.

    Parameters
    ----------
    visual_field : VisualField
    height_deg : float
        The task's height of capitals, degrees.

    Raises
    ------
    InputError
        As `planner.tasks.reading.letters`, for letters far larger than the field.
    """
    side = visual_field.pixels
    wide = VisualField(_FIELDS, _FIELDS * side)  # its unit is the width of the task's field
    height = height_deg / visual_field.extent_deg
    middle = slice(side, 2 * side)
    pictures = [
        letters(LETTERS, wide, share * height, FONT.with_name(f"{name}.ttf"))[:, middle, middle]
        for name in HELD_OUT
        for share in SIZES
    ]
    labels = tuple(LETTERS) * len(pictures)
    return Task("held-out letters", labels, torch.cat(pictures), visual_field)


def recognition(images: Tensor, labels: Sequence[str], confidence: float = 0.95) -> Recognition:
    """How many pictures ``(B, H, W)`` of letters the recogniser reads right.

    The interval is that of `wilson`, as if every picture were an independent trial; the same letter in several fonts
    is less than that, so that the interval is rather too narrow than too wide.

    Raises
    ------
    InputError
        Where a label is no capital from A to Z.
    """
    classes(labels)
    if len(images) != len(labels) or len(labels) == 0:
        raise ValueError(f"{len(images)} pictures, but {len(labels)} labels")
    correct = sum(seen == shown for seen, shown in zip(read(images), labels, strict=True))
    low, high = wilson(correct, len(labels), confidence)
    return Recognition(correct / len(labels), low, high, len(labels))


def wilson(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Confidence interval of a share, ``correct`` of ``n``, by its score test.

    ``(p + z²/2n ± z sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n)``: Wilson 1927, *Probable inference, the law of
    succession, and statistical inference*, Journal of the American Statistical Association 22:209–212. It stays within
    0…1 and has a width at 0 and at n.

    Parameters
    ----------
    correct, n : int
        0 ≤ correct ≤ n, n > 0.
    confidence : float
        Above 0 and below 1.
    """
    if not (0 <= correct <= n and n > 0):
        raise ValueError(f"{correct} of {n} is no share")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = correct / n
    middle = share + z**2 / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, (middle - reach) / (1 + z**2 / n)), min(1.0, (middle + reach) / (1 + z**2 / n))
