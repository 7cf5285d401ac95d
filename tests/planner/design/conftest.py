"""Devices that the design's tests plan with."""

from __future__ import annotations

import pytest

from planner.implant.device import Device, load_device


@pytest.fixture(scope="session")
def long_thread() -> Device:
    return load_device("long-thread")
