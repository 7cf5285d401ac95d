from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from planner.errors import InputError
from planner.percept.dynaphos import brightness
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Variation
from planner.percept.variation import at_risk, patients

ALL = Variation(0.5, 0.2, 0.3, 0.15, 5.0, 0.4, draws=400, seed=3)


def test_draws_have_the_moments_asked_for() -> None:
    drawn = patients(ALL, np.full(5, 8))
    threshold = torch.stack([p.threshold for p in drawn])
    size = torch.stack([p.size for p in drawn]).log()
    works = torch.stack([p.works for p in drawn])
    shift = torch.stack([p.shift_mm for p in drawn])
    assert float(threshold.std()) == pytest.approx(0.5, rel=0.03)
    assert float(size.std()) == pytest.approx(0.2, rel=0.03)
    assert float(works.mean()) == pytest.approx(0.7, abs=0.01)
    assert float(shift.std()) == pytest.approx(0.4, rel=0.05)
    assert np.std([np.log(p.stretch) for p in drawn]) == pytest.approx(0.15, rel=0.1)
    assert np.rad2deg(np.std([p.turn_rad for p in drawn])) == pytest.approx(5.0, rel=0.1)


def test_the_same_seed_draws_the_same_and_more_draws_change_none() -> None:
    few, many = (
        patients(Variation(size_sd=0.1, draws=2), np.full(3, 4)),
        patients(Variation(size_sd=0.1, draws=5), np.full(3, 4)),
    )
    for a, b in zip(few, many[:2], strict=True):
        assert torch.equal(a.size, b.size)
    assert not torch.equal(many[2].size, many[3].size)


def test_without_variation_every_patient_is_the_model() -> None:
    assert not Variation().varies
    (patient,) = patients(Variation(draws=1), np.full(2, 3))
    images = torch.rand(2, 9, 9)
    assert torch.equal(patient.seen(images), images)
    lit = patient.electrodes(Phosphenes(torch.zeros(6, 2), torch.ones(6)))
    assert (lit.weight == 1).all()
    assert (lit.size == 1).all()
    assert (lit.threshold == 0).all()


def test_a_map_that_is_turned_and_stretched_shows_the_picture_so() -> None:
    """A blob at 4° on the horizontal meridian is seen at 6°, a quarter turn anticlockwise: above fixation."""
    (patient,) = patients(Variation(eccentricity_sd=0.1, draws=1), np.full(1, 1))
    patient = type(patient)(patient.threshold, patient.size, patient.works, 1.5, np.pi / 2, patient.shift_mm)
    images = torch.zeros(1, 41, 41, dtype=torch.float64)  # 20.5° wide, 0.5° a pixel
    images[0, 20, 28] = 1.0
    row, column = ndimage.center_of_mass(patient.seen(images)[0].numpy())
    assert (row, column) == pytest.approx((20 - 12, 20), abs=0.1)


def test_risk_is_the_mean_of_the_worst() -> None:
    errors = torch.tensor([1.0, 4.0, 2.0, 3.0], dtype=torch.float64)
    assert float(at_risk(errors, 1.0)) == pytest.approx(2.5)
    assert float(at_risk(errors, 0.5)) == pytest.approx(3.5)
    assert float(at_risk(errors, 0.25)) == pytest.approx(4.0)
    assert float(at_risk(errors, 0.375)) == pytest.approx((4.0 + 0.5 * 3.0) / 1.5)
    assert torch.autograd.gradcheck(lambda e: at_risk(e, 0.6), errors.requires_grad_())


def test_an_electrode_with_a_higher_threshold_is_dimmer() -> None:
    current = torch.tensor([60.0, 60.0, 60.0])
    low, same, high = brightness(current, Dynaphos(), threshold=torch.tensor([-1.0, 0.0, 3.0])).tolist()
    assert low > same > high
    exact = brightness(current, Dynaphos(), gate="exact", threshold=torch.tensor([0.0, 0.0, 30.0]))
    assert exact[2] == 0 < exact[0]


@pytest.mark.parametrize("wrong", [{"drop_out": 1.0}, {"draws": 0}, {"worst": 0.0}, {"size_sd": float("nan")}])
def test_settings_out_of_bounds_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Variation(**wrong)
