from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

import numpy as np
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor

from app import actions, aims, editing, theme
from app.settings import Settings
from app.views.status import STATES
from app.views.thread_columns import COLUMNS, INDEX
from app.views.thread_model import LOCK, STATUS, USE
from app.views.thread_rows import rows_of
from app.window import MainWindow
from planner.plan.edits import with_threads
from planner.plan.plan import Plan


def cell(window: MainWindow, name: str, column: int) -> QModelIndex:
    return window.threads.row_of(name).siblingAtColumn(column)


def click(qtbot, window: MainWindow, index: QModelIndex) -> None:
    place = window.threads.visualRect(index).center()
    qtbot.mouseClick(window.threads.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_rows_say_what_the_margins_say(window: MainWindow) -> None:
    session = window.session
    for row in rows_of(session.plan, session.preview):
        assert row.margins == session.preview.margins[row.thread.name]
        assert row.state == "safe"
        assert row.words == "safe so far"


def test_a_broken_limit_is_named(plan: Plan, window: MainWindow, settled: Callable[[], None]) -> None:
    aims.set_limit(window.session, "clearance_mm", 5.0)
    settled()
    words = [row.words for row in window.threads.threads.rows if row.state == "unsafe"]
    assert words
    assert all("vessel" in word for word in words)


def test_unknown_margins_are_neither_numbers_nor_safe(plan: Plan) -> None:
    (row, *_) = rows_of(plan, None)
    assert row.margin("vessel") is None
    assert (row.words, row.state) == ("…", "unknown")


def test_after_an_edit_no_old_number_is_shown_until_the_new_ones_are_known(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    thread = window.session.plan.threads[0]
    actions.set_depth(window.session, thread.name, thread.depth_mm + 0.5)
    texts = {cell(window, thread.name, column).data() for column in (5, 7, 8, 9, 10, 11)}
    assert texts == {"…"}
    settled()
    assert "…" not in {cell(window, thread.name, column).data() for column in (5, 7, 8, 9, 10, 11)}


def test_a_thread_around_which_no_vessel_is_known_is_not_called_safe(window: MainWindow) -> None:
    session = window.session
    name = session.plan.threads[0].name
    found = session.preview.margins[name]
    free = replace(found, margins={**found.margins, "vessel": inf})
    session.set_preview(replace(session.preview, margins={**session.preview.margins, name: free}))
    assert cell(window, name, 11).data() == "vessels unknown"
    assert cell(window, name, 11).data(Qt.ItemDataRole.ForegroundRole) == QColor(theme.WARNING)
    row = next(row for row in window.threads.threads.rows if row.thread.name == name)
    assert row.state == "unknown"


def test_a_click_selects_in_the_session_and_the_other_way_round(qtbot, window: MainWindow) -> None:
    name = window.session.plan.threads[2].name
    click(qtbot, window, cell(window, name, 1))
    assert window.session.selection == name
    other = window.session.plan.threads[4].name
    window.session.select(other)
    assert window.threads.currentIndex().row() == window.threads.row_of(other).row()


def test_delete_deletes_and_undo_brings_back(qtbot, window: MainWindow) -> None:
    session = window.session
    before, name = session.plan, session.plan.threads[1].name
    click(qtbot, window, cell(window, name, 1))
    qtbot.keyClick(window.threads, Qt.Key.Key_Delete)
    assert name not in {t.name for t in session.plan.threads}
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.plan == before
    assert session.selection == name
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert name not in {t.name for t in session.plan.threads}


def test_a_click_on_the_lock_locks(qtbot, window: MainWindow) -> None:
    name = window.session.plan.threads[0].name
    click(qtbot, window, cell(window, name, 2))
    assert window.session.plan.threads[0].locked
    assert not window.threads.model().flags(cell(window, name, 4)) & Qt.ItemFlag.ItemIsEditable


def test_a_typed_depth_is_an_edit(window: MainWindow) -> None:
    thread = window.session.plan.threads[0]
    window.threads.model().setData(cell(window, thread.name, 4), 6.25)
    assert window.session.plan.threads[0] == replace(thread, depth_mm=6.25)


def test_contacts_that_leave_the_map_have_no_eccentricity(window: MainWindow, settled: Callable[[], None]) -> None:
    session = window.session
    thread = session.plan.threads[0]
    assert cell(window, thread.name, 10).data().endswith("°")
    side = -45.0 if thread.hemisphere == "lh" else 45.0
    outside = replace(thread, entry_mm=(side, 0.0, 40.0), direction=(0.0, 0.0, -1.0))
    session.edit("Move", with_threads(session.plan, (outside, *session.plan.threads[1:])))
    settled()
    assert cell(window, thread.name, 10).data() == "outside V1"


def test_the_eccentricity_is_of_the_contacts_in_v1_alone(window: MainWindow) -> None:
    preview = window.session.preview
    name = preview.plan.threads[0].name
    values = preview.eccentricity_deg.copy()
    values[:4], values[4:16] = 95.0, 7.0
    window.session.set_preview(replace(preview, eccentricity_deg=values))
    assert cell(window, name, 10).data() == "7.0° · 4 out"


def test_no_eccentricity_beyond_90_degrees_is_printed(window: MainWindow) -> None:
    session = window.session
    far = np.full_like(session.preview.eccentricity_deg, 104.0)
    session.set_preview(replace(session.preview, eccentricity_deg=far))
    assert {cell(window, t.name, 10).data() for t in session.plan.threads} == {"outside V1"}


def test_a_selected_row_keeps_the_red_of_what_is_broken(window: MainWindow, settled: Callable[[], None]) -> None:
    aims.set_limit(window.session, "clearance_mm", 5.0)
    settled()
    name = next(row.thread.name for row in window.threads.threads.rows if row.state == "unsafe")
    window.session.select(name)
    image = window.threads.viewport().grab(window.threads.visualRect(cell(window, name, 5))).toImage()
    colours = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    assert any(c.red() > 200 and c.green() < 150 for c in colours)
    assert not any(min(c.red(), c.green(), c.blue()) > 200 for c in colours)


def test_what_was_verified_is_called_so_no_more_where_the_anatomy_has_changed(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session = window.session
    actions.verify_plan(session)
    settled()
    name = session.plan.threads[0].name
    assert cell(window, name, 11).data() == "verified"
    session.forbid("lh.pial is not the file that the plan was made on")
    assert cell(window, name, 11).data() == "verified before"
    assert cell(window, name, 11).data(Qt.ItemDataRole.ForegroundRole) == QColor(theme.WARNING)
    assert {row.state for row in window.threads.threads.rows} == {"unknown"}
    assert set(window.brain._look(session.plan).states) == {STATES.index("unknown")}
    found = session.plan.verdict.margins[name]
    free = replace(found, margins={**found.margins, "vessel": inf})
    verdict = replace(session.plan.verdict, margins={**session.plan.verdict.margins, name: free})
    row = next(r for r in rows_of(replace(session.plan, verdict=verdict), None, True) if r.thread.name == name)
    assert row.words == "vessels unknown"  # as it was before
    session.forbid("")
    assert cell(window, name, 11).data() == "verified"


def test_a_table_without_rows_says_why(window: MainWindow) -> None:
    table = window.threads
    assert table.nothing == ""
    table.search("no thread is called this")
    assert table.nothing == "No thread has this in it"
    table.search("")
    window.session.edit("Delete all", with_threads(window.session.plan, ()))
    assert table.nothing == "No threads yet"
    image = table.viewport().grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor(theme.MUTED).name() in colours


def test_sorting_by_margin_is_by_number(window: MainWindow) -> None:
    window.threads.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    texts = [window.threads.model().index(row, 5).data() for row in range(window.threads.model().rowCount())]
    assert texts == [f"{v:+.2f}" for v in np.sort([float(t) for t in texts])]


def test_a_thread_that_sees_little_is_marked_in_words_and_colour_and_is_not_called_safe(window: MainWindow) -> None:
    preview = window.session.preview
    name = preview.plan.threads[0].name
    usable = preview.usable.copy()
    usable[:9] = False
    window.session.set_preview(replace(preview, usable=usable))
    row = next(row for row in window.threads.threads.rows if row.thread.name == name)
    assert row.state == "blind"
    assert cell(window, name, 11).data() == "9 of 16 outside V1, safe so far"
    assert cell(window, name, 11).data(Qt.ItemDataRole.ForegroundRole) == QColor(theme.WARNING)
    usable[8] = True  # half of them
    window.session.set_preview(replace(preview, usable=usable))
    assert cell(window, name, 11).data() == "safe so far"


def test_the_focus_alone_selects_nothing(qtbot, window: MainWindow) -> None:
    window.brain.plotter.setFocus()
    window.threads.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(window.threads.hasFocus)
    assert window.session.selection == ""
    qtbot.keyClick(window.threads, Qt.Key.Key_Down)
    assert window.session.selection


def test_a_depth_is_typed_as_it_is_meant_and_what_the_device_allows_is_taken(qtbot, window: MainWindow) -> None:
    plan = window.session.plan
    index = cell(window, plan.threads[0].name, 4)
    editor = window.threads.itemDelegateForColumn(4).createEditor(window.threads.viewport(), None, index)
    heard: list[str] = []
    window.session.refused.connect(heard.append)
    editor.selectAll()
    qtbot.keyClicks(editor, "99")
    assert editor.text() == "99"  # not 9, with the rest swallowed
    window.threads.itemDelegateForColumn(4).setModelData(editor, window.threads.model(), index)
    assert window.session.plan.threads[0].depth_mm == plan.limits.max_depth_mm
    assert "99.00 mm became" in heard[-1]
    editor.deleteLater()


def test_a_depth_that_is_only_looked_at_is_not_rounded(window: MainWindow) -> None:
    session, table = window.session, window.threads
    first = session.plan.threads[0]
    exact = replace(first, depth_mm=5.4321)
    session.edit("Odd", replace(session.plan, threads=(exact, *session.plan.threads[1:])))
    index, delegate = cell(window, first.name, 4), table.itemDelegateForColumn(4)
    for typed, depth in ((5.43, 5.4321), (5.5, 5.5)):
        editor = delegate.createEditor(table.viewport(), None, index)
        delegate.setEditorData(editor, index)
        assert editor.text() == "5.43"
        editor.setValue(typed)
        delegate.setModelData(editor, table.model(), index)
        editor.deleteLater()
        assert session.plan.threads[0].depth_mm == depth


def test_titles_stand_over_their_numbers(window: MainWindow) -> None:
    model, role = window.threads.model(), Qt.ItemDataRole.TextAlignmentRole
    name = window.session.plan.threads[0].name
    numbers = [c for c in range(12) if cell(window, name, c).data(role)]
    assert numbers == [c for c in range(12) if model.headerData(c, Qt.Orientation.Horizontal, role)] != []


def test_columns_of_icons_have_one_over_them(window: MainWindow) -> None:
    header = window.threads.horizontalHeader()
    for column in (LOCK, USE):
        image = header.viewport().grab().toImage()
        place = header.sectionViewportPosition(column)
        middle = image.height() // 2
        shades = [
            image.pixelColor(x, y).lightness()
            for x in range(place + 4, place + header.sectionSize(column) - 4)
            for y in range(middle - 6, middle + 6)
        ]
        assert max(shades) - min(shades) > 60


def test_every_number_is_read_whole_and_titles_carry_units(window: MainWindow) -> None:
    table, session = window.threads, window.session
    name = session.preview.plan.threads[0].name
    usable = session.preview.usable.copy()
    usable[:3] = False
    session.set_preview(replace(session.preview, usable=usable))
    assert cell(window, name, 10).data().endswith("3 out")
    for action in table.column_actions:
        if not action.isChecked():
            action.trigger()
    for column in range(1, table.model().columnCount()):
        if column not in (LOCK, USE, STATUS):  # icons, and the last one
            assert table.columnWidth(column) >= table.sizeHintForColumn(column)
    titles = [table.model().headerData(column, Qt.Orientation.Horizontal) for column in range(12)]
    assert all("mm" in titles[column] for column in (4, 5, 7, 8, 9))
    assert all("margin" in titles[column] for column in (5, 7, 8, 9))
    assert "°" in titles[10]


def test_it_says_how_each_thread_goes_in_what_is_nearest_and_what_it_reaches(window: MainWindow) -> None:
    session, preview = window.session, window.session.preview
    for row, thread in enumerate(session.plan.threads):
        its = preview.owner == row
        found = preview.margins[thread.name]
        x, y = np.median(preview.field_deg[its & preview.usable], axis=0)
        side = "left" if x < 0 else "right"
        polar = np.degrees(np.arccos(y / np.hypot(x, y)))
        gap = found.margins["spacing"] + session.plan.limits.spacing_mm
        said = {
            key: cell(window, thread.name, INDEX[key]).data() for key in ("angle", "gray_share", "near_thread", "polar")
        }
        assert said == {
            "angle": f"{preview.angle_deg[row]:.0f}",
            "gray_share": f"{100 * (~preview.faults.outside[its]).mean():.0f}",
            "near_thread": f"{found.nearest_thread} {gap:.2f}",
            "polar": f"{polar:.0f}° {side}",
        }


def test_every_column_sorts_by_what_it_means(window: MainWindow) -> None:
    table = window.threads
    for column, what in enumerate(COLUMNS):
        table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        by_name = {row.thread.name: row for row in table.threads.rows}
        values = [what.sorted_by(by_name[name]) for name in table.names_shown()]
        assert values == sorted(values)


def test_a_click_on_the_tick_sets_aside_and_brings_back(qtbot, window: MainWindow, settled: Callable[[], None]) -> None:
    name = window.session.plan.threads[0].name
    click(qtbot, window, cell(window, name, USE))
    assert [t.name for t in window.session.plan.aside] == [name]
    settled()
    assert cell(window, name, STATUS).data() == "not used"
    assert {cell(window, name, INDEX[key]).data() for key in ("vessel", "angle", "polar", "near_thread")} == {"–"}
    assert not window.threads.model().flags(cell(window, name, 4)) & Qt.ItemFlag.ItemIsEditable
    click(qtbot, window, cell(window, name, USE))
    assert window.session.plan.aside == ()


def test_enter_and_a_double_click_bring_all_views_to_a_thread(qtbot, window: MainWindow) -> None:
    session, name = window.session, window.session.plan.threads[3].name
    click(qtbot, window, cell(window, name, 3))
    there = session.cross_mm
    session.look_at((0.0, 0.0, 0.0))
    qtbot.keyClick(window.threads, Qt.Key.Key_Return)
    assert session.cross_mm == there
    session.look_at((0.0, 0.0, 0.0))
    place = window.threads.visualRect(cell(window, name, 3)).center()
    qtbot.mouseDClick(window.threads.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.cross_mm == there


def test_columns_that_are_chosen_are_kept(window: MainWindow) -> None:
    table = window.threads
    assert table.isColumnHidden(INDEX["group"])
    assert table.isColumnHidden(INDEX["device"])
    window.session.select(window.session.plan.threads[0].name)
    editing.set_group(window.session, "foveal")
    assert not table.isColumnHidden(INDEX["group"])  # it has something to say now
    actions_by_name = {action.text(): action for action in table.column_actions}
    actions_by_name["Side"].trigger()
    assert table.isColumnHidden(INDEX["side"])
    assert not table.isColumnHidden(INDEX["vessel"])
    assert "side" in (Settings().hidden_columns or ())
    actions_by_name["Side"].trigger()
    assert not table.isColumnHidden(INDEX["side"])
    assert "Thread" not in {COLUMNS[INDEX[key]].title for key in Settings().hidden_columns or ()}
