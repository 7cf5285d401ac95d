"""Made-up cells and rows, whose table can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.study.cells import Asked, StudyCase

MakeRow = Callable[..., dict[str, Any]]


@pytest.fixture
def asked() -> Asked:
    return Asked((StudyCase("demo", "c0ffee"),))


@pytest.fixture
def make_row() -> MakeRow:
    """A row of a feasible plan of 8 threads; any of its values may be given."""

    def make(**values: Any) -> dict[str, Any]:
        usual = {
            "mse": 0.1,
            "ssim": 0.5,
            "psnr": 10.0,
            "recognition": 0.25,
            "coverage": 0.125,
            "usable_contacts": 1.0,
            "vessel_mm": 0.0625,
            "violations": 0,
            "violations_vessel": 0,
            "threads_violating": 0,
            "feasible": True,
            "threads": 8,
            "status": "placed",
            "message": "",
            "seconds": 1.0,
            "seconds_check": 0.5,
            "plan": "0123abcd",
            "synthetic": True,
        }
        return usual | values

    return make
