"""Devices that the design's tests plan with."""

from __future__ import annotations

import pytest

from planner.implant.catalogue import load_device
from planner.implant.device import Device


@pytest.fixture(scope="session")
def long_thread() -> Device:
    return load_device("long-thread")
