"""Long tool tips on several lines: Qt breaks none but those that are rich text."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtWidgets import QWidget

LONG: Final = 80  # ours: letters that a line may have


def wrap_tooltips(window: QWidget) -> None:
    """Have those of a window's views broken into lines where they are long."""
    for one in window.findChildren(QWidget):
        words = one.toolTip()
        if words != wrapped(words):
            one.setToolTip(wrapped(words))


def wrapped(words: str) -> str:
    """A tip broken into lines where it is long; once is enough."""
    if len(words) <= LONG or words.startswith("<p>"):
        return words
    return f"<p>{escape(words, quote=False)}</p>".replace("\n", "<br>")
