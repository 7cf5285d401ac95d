"""How well a plan's percepts serve: letters read right, and the acuity that its symbols speak of."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from planner.design.assess import see
from planner.design.site import Site
from planner.implant.thread import Implant
from planner.percept.field import VisualField
from planner.percept.settings import Seeing
from planner.tasks.acuity import matched, threshold
from planner.tasks.make import make_task
from planner.tasks.reading import FIELD
from planner.tasks.recognition import held_out_letters, recognition
from planner.tasks.record import TaskRecord

READABLE = (0.3, 0.7)  # heights, as shares of the picture, at which clean held-out letters are read to 99 %
USUAL = 9 / 16  # share of the picture that letters have in the usual task


def scores(
    record: TaskRecord, site: Site, implant: Implant, seeing: Seeing, percepts: NDArray[np.float32]
) -> dict[str, float]:
    """Scores of a task, by name; none where the task has none.

    Reading, light on dark: ``recognition``, the share of held-out letters (fonts that the recogniser never saw, at the
    task's first height) that are read right, with its 95 % interval ``recognition_low`` and ``recognition_high``.

    Symbols: ``acuity_logmar`` where the threshold lies among the sizes shown, ``acuity_logmar_at_most`` where it is met
    by all of them, ``acuity_logmar_above`` where by none.

    Parameters
    ----------
    record : TaskRecord
    site : Site
    implant : Implant
    seeing : Seeing
    percepts : (B, H, W)
        Of the task's own pictures.
    """
    if record.name == "reading" and record.polarity == "light":
        shown = held_out_letters(_around(record), record.height_deg)
        found = recognition(see(site, implant, shown, seeing).images, shown.labels)
        return {"recognition": found.accuracy, "recognition_low": found.low, "recognition_high": found.high}
    if record.name == "symbols":
        return _acuity(record, percepts)
    return {}


def _around(record: TaskRecord) -> VisualField:
    """The field that letters are scored in: the task's, or where they are far smaller or larger, one in proportion.

    The recogniser was trained on letters of a third to two thirds of the picture, and sees it on a coarse grid.
    """
    share = record.height_deg / record.extent_deg
    if READABLE[0] <= share <= READABLE[1]:
        return VisualField(record.extent_deg, record.pixels)
    return VisualField(record.height_deg / USUAL, FIELD.pixels)


def _acuity(record: TaskRecord, percepts: NDArray[np.float32]) -> dict[str, float]:
    kinds = record.orientations
    correct = [
        int((matched(images, shown) == torch.arange(kinds)).sum())
        for images, shown in zip(
            torch.split(torch.from_numpy(percepts), kinds), torch.split(make_task(record).targets, kinds), strict=True
        )
    ]
    found = threshold(record.heights_deg, correct, [kinds] * len(correct), 1 / kinds)
    suffix = {"=": "", "<=": "_at_most", ">": "_above"}[found.relation]
    return {f"acuity_logmar{suffix}": found.logmar}
