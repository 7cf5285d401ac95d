"""How all slices are shown: what belongs to no plan and to no single pane."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class SliceState(QObject):
    """Shared by the panes.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._radiological = True
        self._levels: tuple[float, float] | None = None

    @property
    def radiological(self) -> bool:
        """Whether the patient's left is at the right of the screen."""
        return self._radiological

    def set_radiological(self, on: bool) -> None:
        """Look from the feet and from the front, or the other way."""
        if on != self._radiological:
            self._radiological = on
            self.changed.emit()

    @property
    def levels(self) -> tuple[float, float] | None:
        """The values shown black and white; None for those that suit the volume."""
        return self._levels

    def set_levels(self, levels: tuple[float, float] | None) -> None:
        """Show other values black and white."""
        if levels is not None:
            low, high = levels
            levels = low, max(high, low + 1e-3)
        if levels != self._levels:
            self._levels = levels
            self.changed.emit()
