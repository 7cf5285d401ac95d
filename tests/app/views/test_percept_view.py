from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from time import sleep

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt

from app import actions, optimising, theme
from app.preview import Preview, _read, glimpse, resolve, task_for
from app.session import Run
from app.views.field_picture import FieldPicture, to_gray
from app.views.letter_strip import LetterStrip
from app.window import MainWindow
from planner.design.progress import Progress
from planner.design.site import Site
from planner.percept.parameters import Scoreboard
from planner.percept.settings import Seeing
from planner.plan.plan import Plan, TaskRecord

LEFT = Qt.MouseButton.LeftButton


def test_a_picture_keeps_its_rows_columns_and_values() -> None:
    values = np.array([[0.0, 0.25, 1.0], [0.5, 2.0, -1.0]], dtype=np.float32)
    _, image = to_gray(values)
    seen = [[image.pixelColor(x, y).red() for x in range(3)] for y in range(2)]
    assert seen == [[0, 64, 255], [128, 255, 0]]


def test_widths_that_are_no_multiple_of_four_are_not_sheared() -> None:
    values = np.eye(5, 7, dtype=np.float32)
    _, image = to_gray(values)
    assert [image.pixelColor(i, i).red() for i in range(5)] == [255] * 5


def test_a_click_on_a_letter_shows_it_beside_its_target(qtbot, window) -> None:
    view, session = window.percept, window.session
    qtbot.mouseClick(view.letters, Qt.MouseButton.LeftButton, pos=view.letters.cell(11).center().toPoint())
    assert "L" in view.target.title
    shown = view.target._pixels
    np.testing.assert_array_equal(shown, to_gray(session.preview.targets[11])[0])
    qtbot.keyClick(view.letters, Qt.Key.Key_Right)
    assert view.letters.current == 12


def test_the_selected_threads_phosphenes_are_ringed(window) -> None:
    session, view = window.session, window.percept
    assert len(view.percept._rings[0]) == 0
    session.select(session.plan.threads[2].name)
    np.testing.assert_array_equal(view.percept._rings[0], session.preview.field_deg[session.preview.owner == 2])
    np.testing.assert_array_equal(view.percept._rings[1], session.preview.diameter_deg[session.preview.owner == 2] / 2)


def test_letters_that_are_read_right_or_wrong_are_marked(qtbot, window, settled) -> None:
    session, strip = window.session, window.percept.letters
    targets = session.preview.targets
    perfect = _read(session.plan.task, targets)
    assert sum(a == b for a, b in zip(perfect, session.preview.labels, strict=True)) >= 24  # as the recogniser should
    wrong = ("R", *perfect[1:])
    session.set_preview(replace(session.preview, percepts=targets, read=wrong))
    assert strip._name(0) == ("A→R", theme.WARNING)
    assert strip._name(11) == ("L ✓", theme.SAFE)
    assert "read" in window.percept.measures.text()
    assert _read(replace(session.plan.task, name="words", height_deg=4.0), targets) == ()
    assert _read(replace(session.plan.task, polarity="dark"), targets) == ()


def test_marks_are_painted_in_their_colours(qtbot) -> None:
    strip = LetterStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 160)
    black = np.zeros((2, 4, 4), dtype=np.float32)
    strip.show_all(("A", "B"), black)
    assert _tinted(strip) == (0, 0)
    strip.show_all(("A", "B"), black, ("A", "R"))
    greenish, yellowish = _tinted(strip)
    assert greenish > 10
    assert yellowish > 10


def _tinted(widget) -> tuple[int, int]:
    """How many pixels are green, and how many yellow, as marks are; the frame of the chosen one is blue."""
    image = widget.grab().toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    green = sum(p.green() > p.red() + 30 and p.green() > p.blue() + 15 for p in pixels)
    return green, sum(p.red() > p.blue() + 40 and p.green() > p.blue() + 20 for p in pixels)


def test_before_and_after_an_optimisation_are_a_click_apart(qtbot, window, settled) -> None:
    session, view = window.session, window.percept
    assert not view.bar.before.isEnabled()
    old = session.preview
    session.set_run(Run(session.plan, session.plan))
    result = replace(session.plan, threads=session.plan.threads[:2])
    session.set_run(replace(session.run, candidate=result, state="ended"))
    optimising.accept(session)
    settled()
    after = view.percept._pixels.copy()
    qtbot.mouseClick(view.bar.before, LEFT)
    assert "before" in view.percept.title
    np.testing.assert_array_equal(view.percept._pixels, to_gray(old.percepts[0])[0])
    assert (view.percept._pixels != after).any()
    qtbot.mouseClick(view.bar.before, LEFT)
    np.testing.assert_array_equal(view.percept._pixels, after)
    qtbot.mouseClick(view.bar.before, LEFT)
    session.edit("Model", replace(session.plan, seeing=Seeing(Scoreboard())))
    settled()
    assert not view.bar.before.isEnabled()
    assert "before" not in view.percept.title


def test_a_percept_of_another_plan_is_dimmed_and_its_measures_are_withdrawn(window, settled) -> None:
    session, view = window.session, window.percept
    thread = session.plan.threads[2]
    session.select(thread.name)
    actions.set_depth(session, thread.name, thread.depth_mm + 0.5)
    assert view.percept.dimmed
    assert view.letters.dimmed
    assert not view.target.dimmed
    assert view.measures.text() == "updating…"
    assert len(view.percept._rings[0]) == 0
    settled()
    assert not view.percept.dimmed
    assert "MSE" in view.measures.text()
    assert len(view.percept._rings[0]) > 0


def test_a_thread_without_a_phosphene_in_the_picture_is_said_to_be_outside_it(qtbot) -> None:
    picture = FieldPicture("Percept")
    qtbot.addWidget(picture)
    picture.show_image(np.zeros((8, 8), dtype=np.float32), 16.0)
    picture.show_rings(np.zeros((0, 2)), np.zeros(0))
    assert not picture.rings_outside
    picture.show_rings(np.array([[11.0, 0.0], [0.0, -30.0]]), np.array([1.0, 2.0]))
    assert picture.rings_outside
    picture.grab()
    picture.show_rings(np.array([[11.0, 0.0], [0.0, -9.0]]), np.array([1.0, 1.5]))  # this one's edge is inside
    assert not picture.rings_outside


def test_the_strips_pictures_grow_with_the_room(qtbot) -> None:
    strip = LetterStrip()
    qtbot.addWidget(strip)
    labels = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    strip.show_all(labels, np.zeros((26, 4, 4), dtype=np.float32))
    strip.resize(400, 104)
    small = strip.cell(0)
    strip.resize(400, 200)
    assert strip.cell(0).width() > 1.3 * small.width()
    inside = QRectF(strip.rect()).adjusted(0, 0, 0.1, 0.1)
    assert all(inside.contains(strip.cell(index)) for index in range(26))


@pytest.mark.parametrize("count", [1, 4, 16, 256])
def test_any_number_of_pictures_with_long_names_fits_into_the_strip(qtbot, count: int) -> None:
    strip = LetterStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 160)
    strip.show_all(tuple(f"C lower right {n / 10}°" for n in range(count)), np.zeros((count, 4, 4), dtype=np.float32))
    inside = QRectF(strip.rect()).adjusted(0, 0, 0.1, 0.1)
    assert all(inside.contains(strip.cell(index)) for index in range(count))
    assert strip.cell(0).width() > 12
    strip.choose(count - 1)
    assert strip.current == count - 1
    strip.grab()
    strip.show_all(("one",), np.zeros((1, 4, 4), dtype=np.float32))
    assert strip.current == 0


def test_a_window_shows_words_and_symbols_as_it_shows_letters(qtbot, window) -> None:
    session = window.session
    for task in (TaskRecord("words", pixels=32, height_deg=4.0), TaskRecord("symbols", pixels=32)):
        plan = replace(session.plan, task=task)
        session.set_preview(glimpse(plan, np.zeros((len(task_for(plan).labels), 32, 32), dtype=np.float32)))
        assert window.percept.target.title == f"Target · {task_for(plan).labels[0]}"
        window.percept.grab()


def test_overlapping_rings_leave_what_is_within_in_sight(qtbot) -> None:
    picture = FieldPicture("Percept")
    qtbot.addWidget(picture)
    picture.resize(230, 250)
    picture.show_image(np.ones((8, 8), dtype=np.float32), 16.0)
    centres = np.column_stack([np.linspace(-2.0, 2.0, 30), np.full(30, 4.0)])
    picture.show_rings(centres, np.full(30, 1.5))
    image = picture.grab().toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    tinted = sum(pixel.blue() - pixel.red() > 30 for pixel in pixels)
    assert 0 < tinted < 900  # the outline, of the 3000 pixels that the rings cover together


def test_without_a_preview_nothing_is_shown(qtbot, window) -> None:
    session, view = window.session, window.percept
    session.select(session.plan.threads[0].name)
    session.set_preview(None)
    assert view.percept.image is None
    assert len(view.percept._rings[0]) == 0
    view.grab()


def test_the_strip_is_reached_by_tab_and_stepped_through_by_arrows(qtbot, window) -> None:
    letters = window.percept.letters
    window.threads.setFocus()
    for _ in range(60):
        if letters.hasFocus():
            break
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert letters.hasFocus()
    before = letters.grab().toImage()
    across = letters._grid()[1]
    for key, here in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 1 + across), (Qt.Key.Key_Up, 1), (Qt.Key.Key_Up, 1)):
        qtbot.keyClick(letters, key)
        assert letters.current == here
    assert letters.grab().toImage() != before


def test_what_takes_long_to_see_can_be_cancelled_and_asked_for_again(
    qtbot, window: MainWindow, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(site: Site, plan: Plan, progress: Progress) -> Preview:
        while not may_end.is_set():
            progress("Measuring percepts", 2, 26)
            sleep(0.005)
        return resolve(site, plan)

    may_end, session, view = Event(), window.session, window.percept
    settled()
    before = session.preview
    monkeypatch.setattr("app.actions.resolve", slow)
    name, depth_mm = session.plan.threads[0].name, session.plan.threads[0].depth_mm + 0.5
    actions.set_depth(session, name, depth_mm)
    assert session.worker.current is None  # it seldom takes long
    assert "updating" in view.measures.text()
    qtbot.waitUntil(window.status.progress.isVisible)
    assert session.worker.current.title == "Computing what is seen"
    assert (window.status.progress.bar.done, window.status.progress.bar.of) == (2, 26)
    qtbot.mouseClick(window.status.progress.cancel, Qt.MouseButton.LeftButton)
    settled()
    assert session.preview is before
    assert view.percept.dimmed
    assert "not computed" in view.percept.title
    assert "Compute it" in view.measures.text()
    actions.set_lock(session, name, True)  # by which nothing else is seen
    assert not session.worker.busy
    may_end.set()
    view.measures.setFocus()
    qtbot.keyClick(view.measures, Qt.Key.Key_Tab)  # to the link, and into it
    qtbot.keyClick(view.measures, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Compute it" not in view.measures.text())
    settled()
    assert session.preview.plan.threads[0].depth_mm == depth_mm
    assert not view.percept.dimmed
    assert "MSE" in view.measures.text()
    assert view.measures.focusPolicy() == Qt.FocusPolicy.NoFocus  # there is no link to come to
    session.give_up_preview(session.plan)
    session.open(session.case, session.plan)
    assert session.unseen is None  # whoever opens a plan wants to see it
