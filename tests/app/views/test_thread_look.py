"""What is drawn of mixed implants: counted in the meshes, and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app import actions, editing, looking
from app.case import Case
from app.preview import Preview, resolve
from app.session import Session
from app.views.brain_threads import ThreadActors
from app.views.status import STATES
from app.views.thread_look import CONTACT_MM, samples_of, thread_look
from app.window import MainWindow
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread
from planner.plan.edits import set_aside
from planner.plan.make import device_limits
from planner.plan.plan import Plan


def mixed(plan: Plan, name: str) -> Plan:
    """The plan's first three threads, and an array in the middle of the left cap, perhaps not a safe one."""
    device = load_device(name)
    devices = (plan.device, device)
    depth = min(1.0, device.max_depth_mm) if device.penetrates else 0.0
    array = Thread("T09", "lh", (-45.0, -40.0, 0.0), (0.0, 1.0, 0.0), depth, device=name, across=(1.0, 0.0, 0.0))
    limits = replace(device_limits(devices, (7, 1)), clearance_mm=plan.limits.clearance_mm)
    return replace(plan, devices=devices, limits=limits, threads=(*plan.threads[:3], array))


def meshes(actors: ThreadActors) -> list[tuple[int, int, int]]:
    """Lines, contacts and entries of each of the actors' bodies."""
    actors.follow(0.01)  # as from near: from afar contacts are not seen
    bodies = (actors._calm, actors._selected, actors._alarm, actors._chosen_alarm)
    return [(b._meshes[0].n_lines, b._meshes[1].n_points, b._meshes[2].n_points) for b in bodies]


@pytest.mark.parametrize(
    ("name", "shanks", "contacts"), [("utah", 96, 96), ("icvp", 16, 16), ("vimplant-grid", 100, 1000)]
)
def test_every_shank_and_contact_of_an_array_is_drawn_beside_the_threads(
    window: MainWindow, plan: Plan, settled: Callable[[], None], name: str, shanks: int, contacts: int
) -> None:
    session = window.session
    session.edit("Mix", mixed(plan, name))
    settled()
    found = np.array(meshes(window.brain.stage.threads))
    assert found.sum(axis=0).tolist() == [3 + shanks + 1, 3 * 16 + contacts, 4]  # one line more: the rim of its base
    session.select("T09")
    found = np.array(meshes(window.brain.stage.threads))
    assert (found[1] + found[3]).tolist() == [shanks + 1, contacts, 1]


def test_shanks_are_drawn_where_they_are_and_stay_apart(session: Session, plan: Plan) -> None:
    look = thread_look(mixed(plan, "utah"), None, "")
    mine = look.lines.thread == 3
    ends = look.lines.points_mm[mine][: 2 * 96].reshape(96, 2, 3)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    np.testing.assert_allclose(length, 1.5)
    assert np.linalg.norm(ends[1:, 1] - ends[0, 1], axis=1).min() == pytest.approx(0.4)
    contacts = look.dots.thread == 3
    np.testing.assert_allclose(look.dots.points_mm[contacts], ends[:, 1])  # at the tips
    assert (2 * look.dots.radius_mm[contacts] < 0.4).all()
    assert (look.dots.radius_mm[~contacts] == CONTACT_MM).all()
    rim = look.lines.points_mm[mine][2 * 96 :]
    np.testing.assert_allclose(rim[0], rim[-1])
    np.testing.assert_allclose(rim[:, 1], ends[0, 0, 1])  # in the plane of the base


def test_discs_of_a_surface_device_lie_flat_at_their_true_size(window: MainWindow, plan: Plan, settled) -> None:
    window.session.edit("Mix", mixed(plan, "orion"))
    settled()
    look = window.brain._look(window.session.plan)
    flat = look.dots.flat
    assert flat.sum() == 60
    assert (look.dots.radius_mm[flat] == 1.0).all()
    np.testing.assert_array_equal(look.dots.axis[flat], np.tile([0.0, 1.0, 0.0], (60, 1)))
    assert np.array(meshes(window.brain.stage.threads)).sum(axis=0).tolist() == [3 + 1, 3 * 16 + 60, 4]


def test_on_the_inflated_surface_threads_are_linked_to_their_entry_and_arrays_along_their_shanks(
    window: MainWindow, plan: Plan, settled
) -> None:
    window.brain.bar.choose(surface="inflated")
    for name, links in (("utah", 0), ("vimplant-grid", 100)):
        window.session.edit("Mix", mixed(plan, name))
        settled()
        look = window.brain._look(window.session.plan)
        counts = np.bincount(look.lines.line)
        assert counts.tolist() == [17] * 3 + [10] * links
        np.testing.assert_array_equal(look.lines.points_mm[0], look.entry_mm[0])
        np.testing.assert_array_equal(look.lines.points_mm[1:17], look.dots.points_mm[:16][::-1])
        assert window.brain.thread_at(window.brain.entry_position("T09")) == "T09"


def test_some_of_the_threads_keep_their_own_lines_and_contacts(plan: Plan) -> None:
    look = thread_look(mixed(plan, "icvp"), None, "")
    some = look.of(np.array([False, True, False, True]))
    assert np.unique(some.lines.thread).tolist() == [0, 1]
    assert np.unique(some.lines.line).tolist() == list(range(1 + 16 + 1))
    np.testing.assert_array_equal(
        some.dots.points_mm[some.dots.thread == 1], look.dots.points_mm[look.dots.thread == 3]
    )
    points, owner = samples_of(some)
    gap = np.linalg.norm(points[owner == 0][:, None] - look.dots.points_mm[look.dots.thread == 1], axis=2)
    assert gap.min(axis=0).max() < 1e-9


def test_a_row_says_what_device_it_is_where_there_are_several(window: MainWindow, plan: Plan, settled) -> None:
    table, session = window.threads, window.session
    assert table.isColumnHidden(12)
    session.edit("Mix", mixed(plan, "orion"))
    settled()
    assert not table.isColumnHidden(12)
    row = table.row_of("T09")
    assert row.sibling(row.row(), 12).data() == "orion"
    assert row.sibling(row.row(), 4).data() == "–"
    actions.set_depth(session, "T09", 3.0)
    assert session.plan.threads[3].depth_mm == 0.0
    assert "long-thread + orion" in window.status.case.text()


def test_threads_that_are_not_used_are_drawn_last_thin_and_dotted(session: Session, plan: Plan) -> None:
    spare = plan.threads[0]
    look = thread_look(set_aside(plan, {spare.name}), None, "")
    last = len(plan.threads) - 1
    assert [STATES[state] for state in look.states].count("aside") == 1
    assert STATES[look.states[last]] == "aside"
    np.testing.assert_allclose(look.entry_mm[last], spare.entry_mm)
    pieces = look.lines.points_mm[look.lines.thread == last].reshape(-1, 2, 3)
    drawn = np.linalg.norm(pieces[:, 1] - pieces[:, 0], axis=1).sum()
    assert len(pieces) > 4
    assert drawn < 0.4 * spare.depth_mm  # dashes, of shafts that are unknown, fill more than half of it
    np.testing.assert_allclose(pieces[[0, -1], [0, 1]], [spare.entry_mm, spare.tip_mm], atol=1e-9)
    assert look.lines.radius_mm[look.lines.thread == last].max() < look.lines.radius_mm[look.lines.thread == 0].min()
    assert (look.lines.thread[look.lines.thread < last].size, len(look.dots.points_mm)) == (2 * last, 16 * (last + 1))


def test_all_that_are_selected_look_selected_and_the_current_one_more_so(window: MainWindow) -> None:
    session = window.session
    names = [t.name for t in session.plan.threads]
    session.select(names[2], names[:3])
    look = window.brain._look(session.plan)
    assert look.selected.tolist() == [True, True, True, False, False, False]
    assert look.current.tolist() == [False, False, True, False, False, False]
    bodies = window.brain.stage.threads
    edged = sum(b._meshes[2].n_points for b in (bodies._selected, bodies._chosen_alarm))
    assert edged == 3
    assert len(set(np.round(_thick_of(bodies), 3))) == 2
    session.select(names[2], names)  # the current one is the same
    edged = sum(b._meshes[2].n_points for b in (bodies._selected, bodies._chosen_alarm))
    assert edged == 6


def _thick_of(bodies: ThreadActors) -> list[float]:
    drawn = (bodies._selected, bodies._chosen_alarm)
    return [size for b in drawn if b._meshes[2].n_points for size in b._meshes[2].point_data["size"]]


def test_an_unused_thread_is_selected_by_a_click_and_never_dragged(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session = window.session
    spare = session.plan.threads[0]
    editing.set_use(session, (spare.name,), False)
    settled()
    window.brain.look_from("occipital")
    assert window.brain.thread_at(window.brain.entry_position(spare.name)) == spare.name
    assert spare.name not in window.brain.tools.movable
    row = len(session.plan.implant.contacts_mm()) + 3
    looking.at_contact(session, row)
    assert session.selection == spare.name
    assert session.cross_mm == tuple(session.plan.everyone.contacts_mm()[row])


def test_while_one_thread_is_dragged_the_others_keep_what_is_known_and_it_is_never_safe_before_it_is_known(
    case: Case, plan: Plan
) -> None:
    preview = resolve(case.site, plan)

    def states(shown: Plan, known: Preview) -> list[str]:
        return [STATES[state] for state in thread_look(shown, known, "").states]

    assert states(plan, preview) == ["safe"] * 6
    moved = replace(plan.threads[0], depth_mm=plan.threads[0].depth_mm - 0.3)
    draft = replace(plan, threads=(moved, *plan.threads[1:]))
    assert states(draft, preview) == ["unknown"] + ["safe"] * 5
    strict = replace(plan, limits=replace(plan.limits, clearance_mm=6.0))
    assert states(strict, preview) == ["unknown"] * 6  # what it has to keep to is another now
    alarmed = resolve(case.site, strict)
    assert states(strict, alarmed) == ["unsafe"] * 6
    assert states(replace(strict, threads=draft.threads), alarmed) == ["unsafe"] * 6
    new = replace(plan.threads[0], name="T99")
    assert states(replace(plan, threads=(*plan.threads, new)), preview) == ["safe"] * 6 + ["unknown"]
