"""Four panes as one likes to have them: all of them, one alone, some; and how much room each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.settings import Panes, Shares
from app.slicing import SliceName
from app.views.brain_view import BrainView
from app.views.pane_splitter import PaneSplitter
from app.views.slice_pane import COLOURS, SlicePane, TitleBar

Layout = Literal["four-up", "3D", "3D and a slice", "slices"]
LAYOUTS: Final[tuple[Layout, ...]] = ("four-up", "3D", "3D and a slice", "slices")
ROOMY: Final = (900, 520)  # what four panes need; with less there are two, until the user says otherwise
_SHARES: Final[dict[Layout, Shares]] = {"3D and a slice": ((1.0,), (0.4, 0.6))}  # at first; else equal ones


class PaneGrid(QWidget):
    """The three slices and the 3D view with their titles; borders between them can be dragged.

    Attributes
    ----------
    foot : QHBoxLayout
        The line below them.

    Signals
    -------
    arranged()
        Another layout, another pane with all the room, or other shares of it.
    """

    arranged = Signal()

    def __init__(self, panes: Mapping[SliceName, SlicePane], brain: BrainView) -> None:
        super().__init__()
        self.panes, self.brain = panes, brain
        self.solid = QWidget()
        self.solid_title = TitleBar(COLOURS["3D"])
        self.solid_title.add(QLabel("3D"), 1)
        self.solid_title.finish("3D")
        self.solid_title.maximise.clicked.connect(lambda: self.maximise("3D"))
        self._layout: Layout | None = None
        self._large = ""
        self._slice: SliceName = "axial"
        self._shares: dict[Layout, Shares] = {}  # that the user has dragged
        solid = QVBoxLayout(self.solid)
        solid.addWidget(self.solid_title)
        solid.addWidget(brain, 1)
        strip = QHBoxLayout()
        strip.addWidget(brain.bar, 1)
        self.splitter = PaneSplitter(self.solid)
        self.splitter.dragged.connect(self._keep_shares)
        column = QVBoxLayout(self)
        column.addLayout(strip)
        column.addWidget(self.splitter, 1)
        self.foot = QHBoxLayout()
        column.addLayout(self.foot)
        for box in (solid, strip, self.foot, column):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        self.splitter.arrange([[panes["axial"], self.solid], [panes["coronal"], panes["sagittal"]]])
        self._arrange()

    @property
    def layout_name(self) -> Layout:
        """The layout: what the user chose, else what there is room for."""
        if self._layout is not None:
            return self._layout
        return "four-up" if self.width() >= ROOMY[0] and self.height() >= ROOMY[1] else "3D and a slice"

    @property
    def arrangement(self) -> Panes:
        """How the panes are arranged, to be kept."""
        return Panes(self._layout or "", self._large, {str(layout): its for layout, its in self._shares.items()})

    def restore(self, kept: Panes) -> None:
        """Arrange the panes as they were kept; what is none of their names counts as never set."""
        self._layout = next((layout for layout in LAYOUTS if layout == kept.layout), None)
        self._large = kept.large if kept.large in (*self.panes, "3D") else ""
        self._slice = next((its for its in self.panes if its == self._large), "axial")
        self._shares = {layout: kept.shares[layout] for layout in LAYOUTS if layout in kept.shares}
        self._arrange()

    def choose(self, layout: Layout) -> None:
        """Arrange the panes in another way; none has all the room any more."""
        self._layout, self._large = layout, ""
        self._arrange()

    def arrange_anew(self) -> None:
        """Have the panes as they are at first, in the layout that suits the room there is."""
        self.restore(Panes())

    def maximise(self, name: str) -> None:
        """Give one pane (a slice's name or ``3D``) all the room, or take it back; four come in the layout ``3D``."""
        if name == "3D" and self._layout == "3D" and self._large in ("", "3D"):
            self.choose("four-up")
            return
        self._large = "" if self._large == name else name
        self._slice = next((its for its in self.panes if its == name), self._slice)
        self._arrange()

    def maximise_focused(self) -> None:
        """The same of the pane that has the focus: else of the 3D view."""
        held = next((name for name, pane in self.panes.items() if pane.isAncestorOf(self.focusWidget() or self)), "3D")
        self.maximise(self._large or held)

    def _arrange(self) -> None:
        layout = self.layout_name
        widgets: dict[str, QWidget] = {"3D": self.solid}
        widgets.update(self.panes.items())
        rows: Sequence[Sequence[str]] = [("axial", "3D"), ("coronal", "sagittal")]
        if self._large or layout == "3D":
            rows = [(self._large or "3D",)]
        elif layout == "3D and a slice":
            rows = [(self._slice, "3D")]
        elif layout == "slices":
            rows = [tuple(self.panes)]
        shares = None if self._large else self._shares.get(layout) or _SHARES.get(layout)
        self.splitter.arrange([[widgets[name] for name in row] for row in rows], shares)
        for name, pane in self.panes.items():
            pane.title.show_large(self._large == name)
        self.solid_title.show_large(layout == "3D" or self._large == "3D")
        self._arranged_as = layout
        self.arranged.emit()

    def _keep_shares(self) -> None:
        if not self._large:
            self._shares[self.layout_name] = self.splitter.shares()
            self.arranged.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the layout that there is room for, unless the user has chosen one."""
        if self.layout_name != self._arranged_as:
            self._arrange()
