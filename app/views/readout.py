"""The line under the four panes: where the crosshair is, in every space, and what is there."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy

from app import theme
from app.reading import read, words
from app.session import Session

PACE_MS = 40  # a crosshair that is dragged is read no more often


class Readout(QLabel):
    """Follows the crosshair."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContentsMargins(8, 3, 8, 3)
        self.setFixedHeight(24)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip(
            "The crosshair: scanner RAS (x right, y anterior, z superior), FreeSurfer's surface space and voxel, the "
            "tissue, and what V1 sees there: eccentricity, and polar angle from the upper vertical meridian"
        )
        self._soon = QTimer(self, singleShot=True, interval=PACE_MS)
        self._soon.timeout.connect(self._read)
        session.cross_changed.connect(lambda: None if self._soon.isActive() else self._soon.start())
        session.case_changed.connect(self._read)

    def _read(self) -> None:
        case, point = self._session.case, self._session.cross_mm
        if case is None or point is None:
            self.clear()
            return
        first, *rest = words(read(case.site, point))
        gap = "&nbsp;" * 4
        kept = (part.replace("  ", "&nbsp;&nbsp;") for part in rest)
        self.setText(
            f"<span style='color:{theme.TEXT}'>{first.replace('  ', '&nbsp;&nbsp;')}</span>"
            + "".join(f"{gap}<span style='color:{theme.MUTED}'>{part}</span>" for part in kept)
        )
