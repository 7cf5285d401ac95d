from __future__ import annotations

from dataclasses import replace

from app.case import Case
from app.views.brain_words import picture_notes


def test_the_picture_says_what_is_synthetic_and_which_kind_is_missing(case: Case) -> None:
    anatomy = case.anatomy
    artery, other = anatomy.vessels
    real, vein = replace(artery, synthetic=False), replace(other, kind="vein")
    assert picture_notes(anatomy, anatomy.vessels) == "Synthetic vessels\nVeins unknown"
    assert picture_notes(replace(anatomy, vessels=(artery, vein)), (artery, vein)) == "Synthetic vessels"
    assert picture_notes(replace(anatomy, vessels=(real, vein)), (real, vein)) == "Some vessels are synthetic"
    assert picture_notes(replace(anatomy, vessels=(real, vein)), (real,)) == ""
    assert picture_notes(replace(anatomy, vessels=()), ()) == "No vessels known: clearance unknown"
