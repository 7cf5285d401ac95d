"""What is said of a plan's worth, against counting and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from planner.design.assess import FINE, assess
from planner.design.baselines import baseline
from planner.design.limits import Limits
from planner.design.site import Site
from planner.implant.device import Device
from planner.implant.thread import Implant
from planner.percept.settings import Seeing, Variation
from planner.tasks.reading import reading_task

TASK = reading_task()


@pytest.fixture(scope="module")
def implant(site: Site, long_thread: Device) -> Implant:
    limits = Limits(12, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    return Implant((long_thread,), baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0))


def test_measures_are_those_of_the_pictures_shown(site: Site, implant: Implant) -> None:
    found = assess(site, implant, TASK)
    targets, shown = TASK.targets.numpy(), found.percept_images.clip(0.0, 1.0)  # similarity is of pictures in 0…1
    assert found.measures["mse"] == pytest.approx(((found.percept_images - targets) ** 2).mean(), rel=1e-5)
    similarities = [
        structural_similarity(
            target, image, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for target, image in zip(targets, shown, strict=True)
    ]
    assert found.measures["ssim"] == pytest.approx(np.mean(similarities), abs=1e-4)


def test_no_other_gain_brings_the_pictures_closer(site: Site, implant: Implant) -> None:
    found = assess(site, implant, TASK)
    targets = TASK.targets.numpy()
    for factor in (0.98, 1.02):
        assert ((factor * found.percept_images - targets) ** 2).mean() > found.measures["mse"]


def test_coverage_is_the_union_of_the_phosphenes_discs(site: Site, implant: Implant) -> None:
    found = assess(site, implant, TASK)
    side, extent = FINE, TASK.visual_field.extent_deg  # whatever the pixels
    middles = (np.arange(side) + 0.5) / side * extent - extent / 2
    covered = np.zeros((side, side), dtype=bool)
    for centre, diameter, weight in zip(
        found.phosphenes.field_deg.numpy(), found.diameter_deg, found.phosphenes.weight.numpy(), strict=True
    ):
        if weight >= 0.5:
            covered |= (middles[None] - centre[0]) ** 2 + (middles[:, None] - centre[1]) ** 2 <= (diameter / 2) ** 2
    assert found.measures["coverage"] == pytest.approx(covered.mean())


def test_an_implant_without_threads_shows_nothing(site: Site, long_thread: Device) -> None:
    found = assess(site, Implant((long_thread,), ()), TASK)
    assert not found.percept_images.any()
    assert found.measures["mse"] == pytest.approx(float((TASK.targets**2).mean()))
    assert found.measures["coverage"] == found.measures["usable_contacts"] == 0.0


def test_every_picture_and_patient_is_told_of_and_what_the_telling_raises_ends_it(site: Site, implant: Implant) -> None:
    told: list[tuple[str, int, int]] = []
    seeing = Seeing(variation=Variation(draws=3, threshold_sd=0.2))
    assess(site, implant, TASK, seeing, lambda *what: told.append(what))
    count = len(TASK.targets)
    assert [what[1:] for what in told] == [*((place, count) for place in range(count)), (0, 3), (1, 3), (2, 3)]

    def give_up(what: str, done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        assess(site, implant, TASK, progress=give_up)
