"""The checks: the worst margin of each limit while editing, and the exact verdict when asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from math import inf, isfinite, isinf
from typing import Final

import qtawesome as qta
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.session import Session
from app.views.status import begun, known_kinds, margins_of, standing, unchecked_line
from app.views.violations import GAP_PX, ROW_PX, SIDE_PX, THREAD_PX, Violations
from app.words import CONSTRAINT_WORDS, amount
from planner.anatomy.vessels.kinds import PLURAL, missing_kind, missing_words
from planner.design.limits import CONSTRAINTS, ConstraintName, ThreadMargins
from planner.plan.plan import Plan

_TIPS: Final[Mapping[ConstraintName, str]] = {
    "vessel": "Distance from the whole shaft to the nearest vessel's wall beyond its radius and the clearance, mm",
    "gray": "Least distance of a contact from pial or white beyond the required one, mm",
    "path": "The shaft must not leave the cortex through pial again, mm",
    "spacing": "Distance between shafts beyond the device's least spacing, mm",
    "depth": "Allowed insertion less the thread's, mm",
    "hemisphere": "How much nearer the contacts are to their own hemisphere than to the other, mm",
    "angle": "The greatest angle allowed between insertion and the surface's normal less the thread's, degrees",
    "access": "How far inside the access window the straight way to the entry runs, mm",
    "approach": "The greatest angle allowed about the axis of approach less the thread's, degrees",
    "reach": "The longest way allowed from the access window to the tip less the thread's, mm",
    "region": "Distance of the whole shaft from the nearest forbidden region, mm",
    "current": "The current allowed less what is asked for, µA",
}
_AGAIN: Final = "positive is safe. Click to go to the thread with the least margin."

VERIFY_TIP: Final = "Check every limit exactly and measure the percept (about two seconds)"


class _Line(QToolButton):
    """One limit and how it is kept; a click goes to the thread that is nearest to breaking it."""

    def __init__(self, title: str, tip: str, constraint: str = "") -> None:
        super().__init__()
        self.nearest, self._constraint = "", constraint
        self.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX, 0, SIDE_PX, 0)
        row.setSpacing(GAP_PX)
        self.setFixedHeight(ROW_PX)
        self.mark, self.title = QLabel(), QLabel(title)
        self.margin, self.culprit = QLabel(), QLabel()
        self.margin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.culprit.setFixedWidth(THREAD_PX)
        self.culprit.setProperty("role", "muted")
        for label in (self.mark, self.title, self.margin, self.culprit):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(self.mark)
        row.addWidget(self.title, 1)
        row.addWidget(self.margin)
        row.addWidget(self.culprit)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Expanding)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(240, ROW_PX)

    def show_unknown(self, threads: int) -> None:
        """Show that nothing is known around some threads, which is not the same as safe."""
        self.nearest = ""
        self.culprit.setText("")
        self.mark.setPixmap(_pixmap("mdi6.help", theme.WARNING, 15))
        self.margin.setText(f"unknown for {threads}")
        self.margin.setStyleSheet(f"color: {theme.WARNING};")

    def show_off(self) -> None:
        """Show that the limit is not in force: nothing is checked."""
        self.show_margin(None, "", "not limited")

    def show_margin(self, value: float | None, thread: str, otherwise: str, lacking: bool = False) -> None:
        """Show the least margin, in the constraint's unit; None where it is not known, for which `otherwise` says why.

        What is kept is not marked as such where something is `lacking` from what the margin is of, or where that is
        the anatomy as it was.
        """
        self.nearest = thread
        self.culprit.setText(thread)
        if value is None:
            icon, colour, text = "mdi6.minus", theme.MUTED, otherwise
        elif isinf(value) and value > 0:
            icon, colour, text = "mdi6.check", theme.MUTED, "nothing near"
        elif value == -inf:
            icon, colour = "mdi6.close-thick", theme.UNSAFE
            text = "no window" if self._constraint == "access" else "impossible"
        elif value < 0:
            icon, colour, text = "mdi6.close-thick", theme.UNSAFE, amount(self._constraint, value)
        else:
            icon, colour, text = "mdi6.check", theme.SAFE, amount(self._constraint, value)
        if lacking and icon == "mdi6.check":
            self.mark.setPixmap(_pixmap("mdi6.help", theme.WARNING, 15))
        else:
            self.mark.setPixmap(_pixmap(icon, colour, 15))
        if text != self.margin.text():
            self.margin.setText(text)
            shade = theme.MUTED if value is None else colour if value < 0 else theme.TEXT
            self.margin.setStyleSheet(f"color: {shade};")
        self.title.setStyleSheet(f"color: {theme.MUTED};" if text == "not limited" else "")

    def show_count(self, placed: int, allowed: int) -> None:
        """Show how many threads there are of those allowed."""
        over = placed > allowed
        icon, colour = ("mdi6.close-thick", theme.UNSAFE) if over else ("mdi6.check", theme.SAFE)
        self.mark.setPixmap(_pixmap(icon, colour, 15))
        self.margin.setText(f"{placed} of {allowed}")
        self.margin.setStyleSheet(f"color: {theme.UNSAFE if over else theme.TEXT};")


class _Titles(QWidget):
    """What the numbers below are."""

    def __init__(self) -> None:
        super().__init__()
        row = self.row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX, 0, SIDE_PX, 0)
        row.setSpacing(GAP_PX)
        self.margin, self.thread_title = QLabel("Margin"), QLabel("Thread")
        self.thread_title.setFixedWidth(THREAD_PX)
        for label in (self.margin, self.thread_title):
            label.setProperty("role", "muted")
        self.margin.setToolTip(
            "How far the thread is from breaking the limit, negative where it does; beside a limit the worst one's"
        )
        row.addStretch(1)
        row.addWidget(self.margin)
        row.addWidget(self.thread_title)


class _Rows(QScrollArea):
    """Rows of one height, none of which is cut in half at the lower edge."""

    def __init__(self, rows: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(ROW_PX)
        self.setWidget(rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many rows as there is room for; what is left over stays free."""
        super().resizeEvent(event)
        self.setViewportMargins(0, 0, 0, self.height() % ROW_PX)


class ChecksPanel(QWidget):
    """A line a limit, and the exact verdict.

    Signals
    -------
    thread_selected(name), verify_requested()
    culprit_chosen(name, constraint)
        Where that thread is nearest to breaking that limit is to be shown; it is selected first.
    """

    thread_selected = Signal(str)
    culprit_chosen = Signal(str, str)
    verify_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        self.verdict = QLabel(wordWrap=True)  # no verdict makes the panel wider
        self.verdict_mark = QLabel()
        self.verify = QPushButton("Verify")
        self.verify.setProperty("primary", True)
        self.verify.clicked.connect(self.verify_requested)
        card = QFrame()
        card.setProperty("role", "card")
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(card)
        row.setContentsMargins(10, 6, 8, 6)
        row.addWidget(self.verdict_mark)
        row.addWidget(self.verdict, 1)
        row.addWidget(self.verify)
        column.addWidget(card)
        self.unknown = QLabel(wordWrap=True)
        self.unknown.setStyleSheet(f"font-size: 8.5pt; color: {theme.WARNING};")
        self.unknown.setContentsMargins(10, 0, 8, 0)
        column.addWidget(self.unknown)
        self.violations = Violations()  # made before what stands below it: so Tab goes, and the focus where it hides
        self.budget = _Line("Threads placed", "How many threads there are, of as many as the budget allows")
        self.budget.setCursor(Qt.CursorShape.ArrowCursor)
        self.titles = _Titles()
        column.addWidget(self.titles)
        self.lines = {name: _Line(CONSTRAINT_WORDS[name], f"{_TIPS[name]}; {_AGAIN}", name) for name in CONSTRAINTS}
        listed = QWidget()
        rows = QVBoxLayout(listed)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.violations)
        rows.addWidget(self.budget)
        for name, line in self.lines.items():
            line.clicked.connect(lambda _=False, here=line, name=name: self._accuse(here.nearest, name))
            rows.addWidget(line)
        rows.addStretch(1)
        self.rows = _Rows(listed)
        self.rows.verticalScrollBar().installEventFilter(self)  # it comes and goes with the room
        column.addWidget(self.rows, 1)
        self.violations.chosen.connect(self._accuse)
        self.violations.currentItemChanged.connect(self._follow)
        session.shown_changed.connect(self._refresh)
        session.preview_changed.connect(self._refresh)
        session.run_changed.connect(self._refresh)
        session.document_changed.connect(self._refresh)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep titles over their columns, also where the scroll bar takes some width."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            bar = self.rows.verticalScrollBar()
            room = bar.sizeHint().width() if event.type() == QEvent.Type.Show else 0
            self.titles.row.setContentsMargins(SIDE_PX, 0, SIDE_PX + room, 0)
        return super().eventFilter(watched, event)

    def _follow(self, item: QTreeWidgetItem | None) -> None:
        """Keep the violation that the keys went to in sight."""
        if item is not None:
            at = self.violations.visualItemRect(item).center() + self.violations.pos()
            self.rows.ensureVisible(at.x(), at.y(), 0, ROW_PX // 2)

    def _accuse(self, thread: str, constraint: str) -> None:
        if thread:
            self.thread_selected.emit(thread)
            if constraint in CONSTRAINTS:
                self.culprit_chosen.emit(thread, constraint)

    def _refresh(self) -> None:
        plan = self._session.shown
        margins = margins_of(plan, self._session.preview)
        names = {thread.name for thread in plan.threads} if plan else set()
        self.budget.setVisible(plan is not None)
        if plan is not None:
            self.budget.show_count(len(plan.threads), plan.limits.threads)
        kinds = known_kinds(plan) if plan else frozenset(("artery", "vein"))
        missing = missing_kind(kinds)
        otherwise = "…" if names else "no threads yet"
        if self._session.optimising:
            otherwise = "after the run"
        unknown = _unknown_around(plan, margins)
        for constraint, line in self.lines.items():
            found = {name: its.margins[constraint] for name, its in margins.items() if constraint in its.margins}
            worst = min(found, key=lambda name: found[name], default="")
            value = found[worst] if worst else None
            line.setVisible(plan is not None)
            if plan is not None and constraint not in plan.limits.in_force:
                line.show_off()
            elif constraint == "current" and (value is None or not isfinite(value)):
                line.show_margin(None, "", "when verified")  # only an exact check knows it
            elif constraint == "approach" and value == inf and _no_way_in(margins):
                line.show_margin(None, "", "no way in to look at")
            elif constraint == "vessel" and unknown and value is not None and value >= 0:
                line.show_unknown(unknown)
            else:
                lacking = (constraint == "vessel" and bool(missing)) or bool(self._session.read_only)
                line.show_margin(value, "" if value == inf else worst, otherwise, lacking)
        self.lines["vessel"].title.setText(_vessel_title(kinds))
        self.lines["vessel"].setToolTip(" ".join(filter(None, (f"{_TIPS['vessel']}; {_AGAIN}", missing))))
        words, colour = standing(self._session)
        icon = {theme.SAFE: "mdi6.shield-check", theme.UNSAFE: "mdi6.shield-alert"}.get(colour, "mdi6.shield-half-full")
        self.verdict_mark.setPixmap(_pixmap(icon, colour, 24))
        said = begun(words)
        if said != self.verdict.text():
            self.verdict.setText(said)
            self.verdict.setToolTip(said)
        self.verdict.setStyleSheet(f"color: {colour}; font-weight: 600;")
        caveat = unchecked_line(plan) if plan is not None and names else ""
        self.unknown.setText(caveat)
        self.unknown.setVisible(bool(caveat))
        self.verify.setEnabled(self._session.editable and bool(names))
        why = self._session.read_only
        self.verify.setToolTip(f"Nothing can be verified: {why}" if why else VERIFY_TIP)
        self.violations.show_broken(plan)


def _unknown_around(plan: Plan | None, margins: Mapping[str, ThreadMargins]) -> int:
    """Around how many of the threads that go in no vessel is known."""
    threads = plan.threads if plan is not None else ()
    going_in = (t.name for t in threads if plan is not None and plan.implant.device_of(t).penetrates)
    return sum(margins[name].margins["vessel"] == inf for name in going_in if name in margins)


def _no_way_in(margins: Mapping[str, ThreadMargins]) -> bool:
    """Whether some thread has no window to come in by, so that what is near its way in was not looked at."""
    return any(its.margins.get("access") == -inf for its in margins.values())


def _vessel_title(kinds: Collection[str]) -> str:
    """What the line of vessels is of: ``Vessels, arteries only`` where nothing else is known."""
    only = [PLURAL[kind] for kind in ("artery", "vein") if set(kinds) == {kind}]
    lacking = f"{only[0]} only" if only else "kind unsaid" if set(kinds) == {"vessel"} else missing_words(kinds)
    return f"Vessels, {lacking}" if kinds and lacking else CONSTRAINT_WORDS["vessel"]


@cache
def _pixmap(icon: str, colour: str, side: int) -> QPixmap:
    drawn: QPixmap = qta.icon(icon, color=colour).pixmap(side, side)
    return drawn
