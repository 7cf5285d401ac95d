"""Typed positions, as actions on the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app import actions, editing, positions
from app.session import Session
from planner.design.centring import off_middle
from planner.errors import InputError
from planner.implant.parameters import to_tensors

Settled = Callable[[], None]


def heard(session: Session) -> list[str]:
    """What is refused or said from now on."""
    words: list[str] = []
    session.refused.connect(words.append)
    session.said.connect(words.append)
    return words


def typed(point: tuple[float, ...]) -> str:
    return " ".join(f"{value:.6f}" for value in point)


@pytest.mark.parametrize("text", ["-12.5 90 4", "-12.5, 90, 4", "(-12.5; 90; 4)", "  −12.5\t90.0   4e0 "])
def test_points_are_read_however_they_are_set_out(text: str) -> None:
    assert positions.point_of(text) == (-12.5, 90.0, 4.0)


@pytest.mark.parametrize("text", ["", "1 2", "1 2 3 4", "a b c", "1 2 x", "1 2 nan", "1 2 inf", "1 2 4000"])
def test_what_is_no_point_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"is no point|outside any head"):
        positions.point_of(text)


def test_a_typed_entry_goes_onto_pial_and_the_tip_stays(session: Session) -> None:
    words = heard(session)
    thread = session.plan.threads[0]
    inward = np.array(thread.entry_mm) - (-45.0 if thread.hemisphere == "lh" else 45.0, 0.0, 0.0)
    off = tuple(np.array(thread.entry_mm) + 0.05 * inward / 40.0 + 0.3 * np.cross(inward / 40.0, thread.direction))
    positions.type_entry(session, thread.name, typed(off))
    moved = session.plan.threads[0]
    surface = session.case.site.sides[thread.hemisphere].pial
    assert moved.entry_mm == pytest.approx(surface.closest(np.array([off]))[0][0], abs=1e-5)
    assert moved.tip_mm == pytest.approx(thread.tip_mm, abs=1e-6)
    assert session.history.undoText() == f"Entry of {thread.name}"
    assert "the entry was put onto pial, 0." in words[-1]
    session.history.undo()
    assert session.plan.threads[0] == thread


def test_all_of_a_thread_moves_where_its_tip_cannot_stay(session: Session) -> None:
    words = heard(session)
    thread = session.plan.threads[0]
    side = session.case.site.sides[thread.hemisphere]
    away = next(
        tuple(point)
        for point in side.hemisphere.pial_mm
        if 25.0 < np.linalg.norm(point - np.array(thread.entry_mm)) < 28.0
    )
    positions.type_entry(session, thread.name, typed(away))
    moved = session.plan.threads[0]
    assert (moved.direction, moved.depth_mm) == (thread.direction, thread.depth_mm)
    assert "all of it moved" in words[-1]


def test_a_typed_tip_turns_the_thread(session: Session) -> None:
    thread = session.plan.threads[0]
    tip = tuple(np.add(thread.tip_mm, (0.2, -0.1, 0.15)))
    positions.type_tip(session, thread.name, typed(tip))
    moved = session.plan.threads[0]
    assert moved.entry_mm == thread.entry_mm
    assert moved.tip_mm == pytest.approx(tip, abs=1e-5)
    assert session.history.undoText() == f"Tip of {thread.name}"


def test_values_that_cannot_be_change_nothing_and_say_why(session: Session) -> None:
    words = heard(session)
    plan, thread = session.plan, session.plan.threads[0]
    for ask, text, why in [
        (positions.type_entry, "12 blue 3", "'12 blue 3' is no point"),
        (positions.type_entry, "0 200 0", "mm from pial; an entry lies on it"),
        (positions.type_tip, typed(thread.entry_mm), "mm from the entry; long-thread goes"),
        (positions.type_tip, "0 0 900", "mm from the entry; long-thread goes"),
    ]:
        ask(session, thread.name, text)
        assert why in words[-1]
    assert session.plan is plan


def test_locked_and_unused_threads_are_not_moved_and_say_so(session: Session, settled: Settled) -> None:
    words = heard(session)
    first, second = session.plan.threads[:2]
    actions.set_lock(session, first.name, True)
    editing.set_use(session, (second.name,), False)
    before = session.plan
    for ask in (positions.type_entry, positions.type_tip):
        ask(session, first.name, typed(first.tip_mm))
        assert words[-1] == f"{first.name} is locked; unlock it to move it"
        ask(session, second.name, typed(second.tip_mm))
        assert words[-1] == f"{second.name} is not used; use it again to move it"
    positions.centre(session, first.name)
    settled()
    assert session.plan is before


def test_centring_is_one_step_that_brings_contacts_nearer_to_the_middle(session: Session, settled: Settled) -> None:
    words = heard(session)
    site, devices = session.case.site, session.plan.devices
    thread = session.plan.threads[0]
    deeper = replace(thread, depth_mm=thread.depth_mm + 0.6)
    actions.set_depth(session, thread.name, deeper.depth_mm)
    positions.centre(session, thread.name)
    settled()
    found = session.plan.threads[0]

    def off(its: object) -> float:
        return float(off_middle(site, to_tensors((its,), devices), devices)[0])

    assert off(found) < off(deeper)
    assert session.history.undoText() == f"Centre {thread.name}"
    assert f"{off(found):.2f} mm from the middle of the gray matter" in words[-1]
    positions.centre(session, thread.name)
    settled()
    assert "stays" in words[-1]
    assert session.plan.threads[0] == found
