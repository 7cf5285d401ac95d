from __future__ import annotations

import numpy as np
import pytest

from planner.design.assess import phosphenes
from planner.design.field_placing import propose_at_field
from planner.design.limits import Limits
from planner.design.site import Site
from planner.design.verify import verify
from planner.errors import InputError
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread


@pytest.fixture(scope="module")
def limits(thread_device: Device) -> Limits:
    d = thread_device
    return Limits(24, d.clearance_mm, d.spacing_mm, d.max_depth_mm)


@pytest.mark.parametrize("wish", [(2.0, 1.0), (-3.0, -2.0), (5.0, 0.5), (-1.0, 2.5), (6.0, -4.0), (0.4, -0.3)])
def test_a_phosphene_appears_where_it_is_wished_for_and_every_limit_is_kept(
    site: Site, thread_device: Device, limits: Limits, wish: tuple[float, float]
) -> None:
    found = propose_at_field(site, (thread_device,), limits, wish, "N")
    implant = Implant((thread_device,), (found.thread,))
    lit = phosphenes(site, implant)
    away = np.linalg.norm(lit.field_deg.numpy()[found.contact] - wish)
    assert away == pytest.approx(found.off_deg, abs=1e-9)
    assert away < 0.15 * max(2.0, np.linalg.norm(wish))
    assert found.thread.name == "N"
    assert found.thread.hemisphere == ("lh" if wish[0] > 0 else "rh")
    assert verify(site.anatomy, implant, limits).feasible


def test_several_wishes_for_one_place_keep_apart(site: Site, thread_device: Device, limits: Limits) -> None:
    taken: list[Thread] = []
    for number in range(3):
        found = propose_at_field(site, (thread_device,), limits, (3.0, 1.0), f"N{number}", taken)
        taken.append(found.thread)
    assert verify(site.anatomy, Implant((thread_device,), tuple(taken)), limits).feasible
    assert taken[0].entry_mm != taken[1].entry_mm


def test_the_same_wish_gives_the_same_thread(site: Site, thread_device: Device, limits: Limits) -> None:
    first, second = (propose_at_field(site, (thread_device,), limits, (4.0, -1.0), "N") for _ in range(2))
    assert first == second


def test_what_the_map_does_not_reach_is_refused_in_a_sentence(
    site: Site, thread_device: Device, limits: Limits
) -> None:
    with pytest.raises(InputError, match=r"no V1 of this case sees \+300\.0°, \+0\.0°.*choose another place"):
        propose_at_field(site, (thread_device,), limits, (300.0, 0.0), "N")
