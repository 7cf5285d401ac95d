"""Live against pulse2percept 0.11 (BSD-3), which shares no code with this project."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage

from planner.anatomy.sheet import Sheet
from planner.percept.field import VisualField
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos, Scoreboard
from planner.percept.phosphenes import Phosphenes

pytestmark = pytest.mark.filterwarnings("ignore")  # the peer's own

FIELD = VisualField(12.0, 120)
STEP = 0.025  # deg, of the peer's grid: a quarter of a pixel
PLACES = np.array([[2.0, 0.5], [3.6, -1.7], [1.2, 2.2]])


def peers_map():
    from pulse2percept.topography.cortex import Polimeni2006Map

    return Polimeni2006Map(a=0.75, k=17.3, b=120, alpha1=0.95)


def to_cortex(field_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """The peer's flat cortex, mm."""
    x_um, y_um = peers_map().from_dva()["v1"](field_deg[:, 0], field_deg[:, 1])
    return np.column_stack([x_um, y_um, np.zeros(len(field_deg))]) / 1000.0


def implant(position_mm: NDArray[np.float64]):
    from pulse2percept.implants import ElectrodeArray, Implant, PointSource

    points = {f"E{i}": PointSource(1000.0 * x, 1000.0 * y, 0) for i, (x, y, _) in enumerate(position_mm)}
    return Implant(ElectrodeArray(points))


def in_pixels(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """The peer's points, x from 0 to 6° and y from −6° upwards, as our pixels see them: rows from the top."""
    aperture = FIELD.aperture_pixels * FIELD.pixel_deg / STEP
    seen = ndimage.gaussian_filter(picture.astype(np.float64), aperture, mode="nearest")
    side = round(FIELD.pixel_deg / STEP)
    return seen.reshape(120, side, 60, side).mean(axis=(1, 3))


GRID = {"xrange": (STEP / 2, 6 - STEP / 2), "yrange": (-6 + STEP / 2, 6 - STEP / 2), "step": STEP}


def test_flat_scoreboard_is_the_peers() -> None:
    from pulse2percept.models.cortex import ScoreboardModel

    rho_mm = 0.8
    position = to_cortex(PLACES)
    peer = ScoreboardModel(implant(position), rho=1000 * rho_mm, visual_field_map=peers_map(), **GRID)
    peer.build()
    expected = in_pixels(peer.predict_percept({"E0": 1.0, "E1": 0.5, "E2": 0.8}).data[..., 0])

    side = np.arange(0.01, 6.5, 0.02)
    field = np.stack(np.meshgrid(side, np.concatenate([-side, side])), axis=-1).reshape(-1, 2)
    area = np.full(len(field), 0.02**2)
    sheet = Sheet(to_cortex(field), np.zeros(len(field), dtype=bool), field, area, area)
    view = view_of(Scoreboard(rho_mm), FIELD, 100.0, lambda _: sheet, torch.float64)
    contacts = Phosphenes(*(torch.from_numpy(x) for x in (PLACES, np.ones(3), position, np.zeros(3, dtype=bool))))
    light = view.brightness(torch.tensor([[100.0, 50.0, 80.0]], dtype=torch.float64), "exact", 1)
    image = view.footprints(contacts, 100.0).spread(light)[0].numpy()
    assert not image[:, :60].any()
    np.testing.assert_allclose(image[:, 60:], expected, atol=0.01 * expected.max())


def test_a_dynaphos_image_is_the_peers() -> None:
    from pulse2percept.models.cortex import DynaphosModel
    from pulse2percept.stimuli import BiphasicPulseTrain

    peer = DynaphosModel(implant(to_cortex(PLACES)), dt=1000 / 35, visual_field_map=peers_map(), **GRID)
    peer.build()
    train = BiphasicPulseTrain(300, 80, 0.17, stim_dur=1000)
    percept = peer.predict_percept({f"E{i}": train for i in range(3)})
    brightest = int(percept.data.max(axis=(0, 1)).argmax())
    expected = in_pixels(percept.data[..., brightest])

    view = view_of(Dynaphos(), FIELD, 80.0)
    contacts = Phosphenes(torch.from_numpy(PLACES), torch.ones(3, dtype=torch.float64))
    light = view.brightness(torch.full((1, 3), 80.0, dtype=torch.float64), "exact", 1)
    image = view.footprints(contacts, 80.0).spread(light)[0].numpy()
    np.testing.assert_allclose(image[:, 60:], expected, atol=0.02 * expected.max())
    np.testing.assert_allclose(image[:, 60:].sum(), expected.sum(), rtol=0.01)
