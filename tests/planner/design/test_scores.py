from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.assess import assess
from planner.design.baselines import baseline
from planner.design.limits import Limits
from planner.design.scores import _around, scores
from planner.design.site import Site
from planner.implant.device import Device
from planner.implant.thread import Implant
from planner.percept.field import VisualField
from planner.percept.settings import Seeing, Variation
from planner.tasks.make import make_task
from planner.tasks.recognition import held_out_letters, recognition
from planner.tasks.record import TaskRecord

READING = TaskRecord(pixels=32)
SYMBOLS = TaskRecord("symbols", pixels=48, height_deg=12.0, further_heights_deg=(6.0, 3.0))


@pytest.fixture(scope="module")
def implant(site: Site, long_thread: Device) -> Implant:
    limits = Limits(4, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    return Implant((long_thread,), baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0))


def score(record: TaskRecord, site: Site, implant: Implant, percepts: np.ndarray | None = None) -> dict[str, float]:
    if percepts is None:
        percepts = assess(site, implant, make_task(record)).percept_images
    return scores(record, site, implant, Seeing(), percepts)


def test_recognition_is_a_share_within_its_interval(site: Site, implant: Implant) -> None:
    found = score(READING, site, implant)
    assert set(found) == {"recognition", "recognition_low", "recognition_high"}
    assert 0 < found["recognition_low"] < found["recognition"] < found["recognition_high"] < 1


def test_an_implant_that_shows_nothing_is_read_by_chance(site: Site, implant: Implant) -> None:
    blind = Implant(implant.devices, ())
    assert score(READING, site, blind)["recognition"] == pytest.approx(1 / 26, abs=0.01)


def test_letters_far_smaller_than_the_picture_are_read_in_a_field_in_proportion(site: Site, implant: Implant) -> None:
    """What decides is what is seen, not the recogniser's grid: by clean letters small ones are read as well."""
    small = TaskRecord(height_deg=2.0)
    shown = held_out_letters(_around(small), small.height_deg)
    assert shown.visual_field.extent_deg == pytest.approx(2.0 * 16 / 9)
    assert recognition(shown.targets, shown.labels).accuracy > 0.97
    assert _around(TaskRecord()) == VisualField(16.0, 64)


def test_what_varies_over_patients_is_reported(site: Site, implant: Implant) -> None:
    seeing = Seeing(variation=Variation(threshold_sd=1.0, drop_out=0.3, draws=4))
    found = assess(site, implant, make_task(READING), seeing).measures
    assert 0.999 * found["mse"] < found["mse_mean"] < found["mse_worst"] < 0.17
    assert "mse_mean" not in assess(site, implant, make_task(READING), Seeing()).measures


def test_perfect_percepts_have_the_acuity_of_the_smallest_symbol(site: Site, implant: Implant) -> None:
    targets = make_task(SYMBOLS).targets.numpy()
    found = score(SYMBOLS, site, implant, targets)
    assert found == {"acuity_logmar_at_most": pytest.approx(np.log10(3.0 * 60 / 5))}


def test_acuity_is_between_the_sizes_that_can_and_cannot_be_told_apart(site: Site, implant: Implant) -> None:
    percepts = make_task(SYMBOLS).targets.clone()
    percepts[4:] = 0.0  # of 12°, 6° and 3° only the largest is seen
    found = score(SYMBOLS, site, implant, percepts.numpy())
    assert np.log10(6 * 12) < found["acuity_logmar"] < np.log10(12 * 12)
    assert set(score(SYMBOLS, site, implant, torch.zeros_like(percepts).numpy())) == {"acuity_logmar_above"}


def test_tasks_without_a_score_have_none(site: Site, implant: Implant) -> None:
    assert score(replace(READING, polarity="dark"), site, implant) == {}
    assert score(TaskRecord("images", pixels=32, pictures=("coins",)), site, implant) == {}
