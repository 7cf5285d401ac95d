"""Contacts around the middle of the gray matter: closed forms on flat cortex, and limits kept on the demo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.baselines import baseline
from planner.design.centring import centred, off_middle
from planner.design.limits import Limits
from planner.design.site import Site, prepare_site
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.parameters import to_tensors
from planner.implant.thread import Implant, Thread

ENTRY_MM, GRAY_MM = (-40.0, -20.0, -5.0), 3.0


@pytest.fixture(scope="module")
def block(blocks: Anatomy) -> Site:
    return prepare_site(blocks)


@pytest.fixture(scope="module")
def short(long_thread: Device) -> Device:
    """Four contacts over 0.9 mm."""
    return replace(long_thread, contacts=4, pitch_mm=0.3, tip_mm=0.1)


def limits_of(device: Device) -> Limits:
    return Limits(8, device.clearance_mm, device.spacing_mm, device.max_depth_mm)


def off(site: Site, device: Device, thread: Thread) -> float:
    return float(off_middle(site, to_tensors((thread,), (device,)), (device,))[0])


def test_depth_alone_brings_contacts_around_the_middle(block: Site, short: Device) -> None:
    thread = Thread("T01", "lh", ENTRY_MM, (0.0, 1.0, 0.0), 1.2, group="left")
    found = centred(block, (short,), limits_of(short), thread)
    middle = found.depth_mm - short.tip_mm - short.span_mm / 2
    assert middle == pytest.approx(GRAY_MM / 2, abs=0.05)
    assert replace(found, depth_mm=thread.depth_mm) == thread
    spread = np.arange(4) * 0.3
    assert off(block, short, found) == pytest.approx(np.sqrt((spread - spread.mean()).var() + (middle - 1.5) ** 2))
    assert centred(block, (short,), limits_of(short), found) == found


def test_it_is_turned_only_where_no_depth_will_do_and_only_if_it_may_be(block: Site, long_thread: Device) -> None:
    assert long_thread.span_mm + long_thread.tip_mm + 0.1 > GRAY_MM  # straight in, its row is longer than gray is thick
    thread = Thread("T01", "lh", ENTRY_MM, (0.0, 1.0, 0.0), long_thread.span_mm + long_thread.tip_mm)
    limits = limits_of(long_thread)
    assert centred(block, (long_thread,), limits, thread, turning=False) == thread
    found = centred(block, (long_thread,), limits, thread)
    assert found.entry_mm == thread.entry_mm
    assert found.direction != thread.direction
    assert verify(block.anatomy, Implant((long_thread,), (found,)), limits).feasible
    assert off(block, long_thread, found) < off(block, long_thread, thread)


def test_nothing_moves_that_lies_on_the_surface(block: Site) -> None:
    disc = load_device("orion")
    thread = Thread("T01", "lh", ENTRY_MM, (0.0, 1.0, 0.0), 0.0, across=(1.0, 0.0, 0.0))
    assert centred(block, (disc,), limits_of(disc), thread) is thread


def test_on_the_demo_threads_come_nearer_to_the_middle_and_stay_feasible(site: Site, long_thread: Device) -> None:
    limits = limits_of(long_thread)
    threads = baseline("coverage", site, (long_thread,), limits, 0, 16.0)
    nearer = 0.0
    for number, thread in enumerate(threads[:4]):
        others = threads[:number] + threads[number + 1 :]
        found = centred(site, (long_thread,), limits, thread, others)
        assert verify(site.anatomy, Implant((long_thread,), (found, *others)), limits).feasible
        gain = off(site, long_thread, thread) - off(site, long_thread, found)
        assert gain >= 0
        nearer += gain
    assert nearer > 0.05
