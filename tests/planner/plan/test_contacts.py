from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.plan.contacts import contacts_of
from planner.plan.make import Examined


def test_contacts_come_thread_by_thread_the_deepest_first_with_their_own_numbers(examined: Examined) -> None:
    contacts = contacts_of(examined)
    assert [c.label for c in contacts] == [f"T0{t}-{c}" for t in (1, 2) for c in (1, 2, 3, 4)]
    assert contacts[0].position_mm == (-12.0, -90.0, 2.0 - 1.4)
    assert [c.position_mm[2] for c in contacts[:4]] == sorted(c.position_mm[2] for c in contacts[:4])
    assert {c.hemisphere for c in contacts[4:]} == {"rh"}
    for n, contact in enumerate(contacts):
        assert contact.size_deg == examined.assessment.diameter_deg[n]
        assert contact.depth == examined.assessment.depth[n]
        np.testing.assert_array_equal(contact.field_deg, examined.assessment.phosphenes.field_deg[n])
    assert contacts[7].margins.margins["vessel"] == -0.125


def test_contacts_in_a_filled_gap_of_the_map_say_so(examined: Examined) -> None:
    assert {c.retinotopy_filled for c in contacts_of(examined)} == {0.0}
    lh = examined.anatomy.hemispheres["lh"]
    gap = lh.white_mm[:, 0] < -12.0
    filled = replace(lh, retinotopy=replace(lh.retinotopy, filled=gap))
    anatomy = replace(examined.anatomy, hemispheres={**examined.anatomy.hemispheres, "lh": filled})
    shares = [c.retinotopy_filled for c in contacts_of(replace(examined, anatomy=anatomy))]
    # x = -12 lies a quarter of the way from the vertices at -13 to those at -9.
    np.testing.assert_allclose(shares, [0.75] * 4 + [0.0] * 4, atol=1e-12)
