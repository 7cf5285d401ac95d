"""Long tool tips are broken into lines."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QWidget

from app.views.tooltips import LONG, wrap_tooltips


def test_long_tool_tips_are_broken_and_say_the_same(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    long, short = QWidget(window), QWidget(window)
    said = "less < than & more > than " * 6
    long.setToolTip(said)
    short.setToolTip("Short")
    for _ in range(2):  # done twice it changes nothing more
        wrap_tooltips(window)
    document = QTextDocument()
    document.setHtml(long.toolTip())
    assert " ".join(document.toPlainText().split()) == " ".join(said.split())
    assert len(said) > LONG
    assert long.toolTip().startswith("<p>")
    assert short.toolTip() == "Short"
