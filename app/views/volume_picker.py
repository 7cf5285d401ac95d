"""Which of the case's volumes is behind the slices."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox

from app.session import Session
from app.volume import VolumeStore
from planner.anatomy.volumes import SCHEMATIC

_TIPS: Final = {
    "T1": "The T1-weighted scan, as FreeSurfer has evened it out",
    "brain": "The same without the skull",
    "orig": "The scan as it was conformed",
    "ribbon": "Gray and white matter as FreeSurfer labels them",
    "aseg": "Structures as FreeSurfer labels them",
    SCHEMATIC: "Rendered from the surfaces; nothing that was imaged",
}


class VolumePicker(QComboBox):
    """Offers the case's volumes, and shows which one is there."""

    def __init__(self, session: Session, store: VolumeStore) -> None:
        super().__init__()
        self._session, self._store = session, store
        self.setAccessibleName("Volume behind the slices")
        self.setToolTip("Which of the case's volumes is behind the slices")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(lambda place: store.choose(self.itemData(place)))
        session.case_changed.connect(self._offer)
        store.changed.connect(self._show)
        self._offer()

    def _offer(self) -> None:
        case = self._session.case
        names = [*case.anatomy.volumes, SCHEMATIC] if case is not None else []
        with QSignalBlocker(self):
            self.clear()
            for place, name in enumerate(names):
                self.addItem(name.capitalize() if name == SCHEMATIC else name, name)
                self.setItemData(place, _TIPS.get(name, ""), Qt.ItemDataRole.ToolTipRole)
        self.setEnabled(len(names) > 1)
        self._show()

    def _show(self) -> None:
        matter = self._store.matter
        if matter is not None:
            self.setCurrentIndex(self.findData(matter.volume.name))
