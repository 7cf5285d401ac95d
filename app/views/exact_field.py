"""Fields for numbers of the plan: they show what it has, whatever they let one type."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from app.views.field_manners import half_typed

MOST_DECIMALS: Final = 6  # ours: a millionth of a mm is nobody's limit


class ExactField(QDoubleSpinBox):
    """Decimals and range are for what is typed; a number of the plan has as many decimals, and is as large, as it is.

    What was typed is told once it is entered, as one number.
    """

    def __init__(
        self, least: float, most: float, step: float, decimals: int, prefix: str = "", suffix: str = ""
    ) -> None:
        super().__init__(decimals=decimals, minimum=least, maximum=most, singleStep=step, prefix=prefix, suffix=suffix)
        self._least, self._most, self._decimals = least, most, decimals
        self.setKeyboardTracking(False)

    def show_value(self, value: float) -> None:
        """Show a number of the plan, unless one is half typed; it is not told as if it were typed."""
        if half_typed(self):
            return
        with QSignalBlocker(self):
            self.setDecimals(max(self._decimals, decimals_of(value)))
            self.setRange(min(self._least, value), max(self._most, value))
            self.setValue(value)


class ExactCount(QSpinBox):
    """The same for whole numbers."""

    def __init__(self, least: int, most: int, value: int) -> None:
        super().__init__(minimum=least, maximum=most, value=value)
        self._most = most
        self.setKeyboardTracking(False)

    def show_value(self, value: int) -> None:
        """Show a number of the plan, unless one is half typed; it is not told as if it were typed."""
        if half_typed(self):
            return
        with QSignalBlocker(self):
            self.setMaximum(max(self._most, value))
            self.setValue(value)


def decimals_of(value: float) -> int:
    """How many decimals a number has, as far as anybody would look at them."""
    exponent = Decimal(repr(round(value, MOST_DECIMALS))).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
