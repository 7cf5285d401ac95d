"""The strip across the window that says why the plan may only be looked at."""

from __future__ import annotations

from html import escape

import qtawesome as qta
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QWidget

from app import theme
from app.files import REMEDY
from app.session import Session


class Banner(QToolBar):
    """Shown while the session is read-only."""

    def __init__(self, session: Session) -> None:
        super().__init__("Read only")
        self.setObjectName("Read only")
        self.setMovable(False)
        self._session = session
        self.mark, self.words = QLabel(), QLabel()
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # it makes no window wider
        self.mark.setPixmap(qta.icon("mdi6.lock-alert-outline", color=theme.WARNING).pixmap(18, 18))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(6, 3, 6, 3)
        line.addWidget(self.mark)
        line.addWidget(self.words, 1)
        self.addWidget(row)
        self.setProperty("role", "warning")
        session.document_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Say why, or be gone."""
        why = self._session.read_only
        first = f"Read only: {why}."
        allowed = f"Nothing can be edited or exported; the plan can be saved as it is. To go on, {REMEDY}."
        self.words.setText(f"<b>{escape(first)}</b><br>{allowed}")
        self.words.setToolTip(first)  # where the window is too narrow for a long path
        self.words.setAccessibleName(first)
        self.setVisible(bool(why))
