from __future__ import annotations

import numpy as np

from planner.anatomy.label_grays import legible
from planner.anatomy.volumes import GRAY, WHITE, Volume


def volume(name: str, *labels: int) -> Volume:
    return Volume(name, np.array(labels, dtype=np.int32).reshape(-1, 1, 1), np.eye(4), "made")


def test_left_and_right_look_alike_and_cortex_and_white_matter_are_those_of_a_schematic_volume() -> None:
    shown = legible(volume("ribbon", 0, 2, 3, 41, 42)).values.ravel()
    assert shown.tolist() == [0, WHITE, GRAY, WHITE, GRAY]


def test_structures_can_be_told_apart_and_what_has_no_label_is_black() -> None:
    labels = (0, 2, 3, 4, 10, 16, 17, 24, 85)
    shown = legible(volume("aseg", *labels, 43, 49, 53)).values.ravel()
    assert len(set(shown[: len(labels)].tolist())) == len(labels)
    assert shown[0] == 0
    assert shown[-3:].tolist() == [shown[3], shown[4], shown[6]]


def test_a_scan_stays_as_it_is() -> None:
    scan = volume("T1", 0, 42, 110)
    assert legible(scan) is scan
