from __future__ import annotations

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
