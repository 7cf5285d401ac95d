"""How a vessel file is to be read, asked before it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from planner.anatomy.request import VesselFile

FILES: Final = (
    "Vessels (*.swc *.vtp *.vtk *.vtu *.stl *.ply *.obj *.nii *.nii.gz *.mgz *.mgh);;"
    "Centrelines (*.swc *.vtp *.vtk *.vtu);;Walls (*.stl *.ply *.obj *.vtp *.vtk *.vtu);;"
    "Segmentations and probability maps (*.nii *.nii.gz *.mgz *.mgh);;All files (*)"
)
STAYING: Final = " Threads stay where they are; adding vessels ends the plan's verification and its undo history."
VOLUMES: Final = (".nii", ".nii.gz", ".mgz", ".mgh")


class VesselDialog(QDialog):
    """The questions that a file's format leaves open: kind, space, frame, localisation error, imaged region."""

    def __init__(self, parent: QWidget, file: Path, *, planned: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("vessels")
        self.setWindowTitle("Add vessels")
        self._file = file
        volume = file.name.lower().endswith(VOLUMES)
        self.name = QLineEdit(placeholderText=file.name)
        self.kind = _choices(
            ("What the file says", None), ("Artery", "artery"), ("Vein", "vein"), ("Vessel, not known which", "vessel")
        )
        self.space = _choices(
            ("What the file says, or else scanner RAS", None),
            ("Scanner RAS", "scanner_ras"),
            ("LPS (3D Slicer, ITK)", "lps"),
            ("FreeSurfer's surface space (tkRAS)", "tkras"),
        )
        self.error = QDoubleSpinBox(minimum=0.0, maximum=20.0, singleStep=0.05, decimals=2, suffix=" mm")
        self.error.setToolTip("How far vessels may lie from where the file has them; added to the clearance, mm")
        self.axes = QLineEdit("x,y,z")
        self.axes.setToolTip("Which of the file's axes, with its sign, gives x, y and z; e.g. -x,z,y")
        self.scale = QDoubleSpinBox(minimum=1e-6, maximum=1e6, decimals=6, value=1.0, suffix=" mm")
        self.scale.setToolTip("Millimetres for one of the file's units")
        self.offset = [QDoubleSpinBox(minimum=-1e4, maximum=1e4, decimals=3, suffix=" mm") for _ in range(3)]
        self.threshold = QDoubleSpinBox(minimum=0.001, maximum=1.0, decimals=3, singleStep=0.05, value=0.5)
        self.threshold.setToolTip(
            "A probability map is vessel where the image's value, 0 to 1, is this or more; of a segmentation every "
            "label is vessel, whatever this is"
        )
        self.labels = QLineEdit(placeholderText="every label is of the kind above")
        self.labels.setToolTip("What the labels of a segmentation are, e.g. 1=artery,2=vein")
        self.imaged = QLineEdit(placeholderText="this file" if volume else "not known")
        self.imaged.setToolTip(
            "A volume whose field of view is where these vessels were imaged; outside it none is known"
        )
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._choose_imaged)

        form = QFormLayout()
        form.setVerticalSpacing(7)
        form.addRow("File", QLabel(str(file), wordWrap=True))
        form.addRow("Name", self.name)
        form.addRow("Kind", self.kind)
        if volume:
            form.addRow("Least probability", self.threshold)
            form.addRow("Labels", self.labels)
        else:
            form.addRow("Space", self.space)
            form.addRow("Axes", self.axes)
            form.addRow("Scale", self.scale)
            form.addRow("Offset x, y, z", _row(*self.offset))
        form.addRow("Localisation error", self.error)
        form.addRow("Imaged region", _row(self.imaged, browse))
        about = QLabel(
            "Shafts outside the imaged region have unknown clearance. MR angiography shows vessels down to about "
            "0.3 to 0.5 mm across; thinner ones are there all the same." + (STAYING if planned else ""),
            wordWrap=True,
        )
        about.setProperty("role", "muted")
        self.trouble = QLabel(wordWrap=True)
        self.trouble.setStyleSheet(f"color: {theme.UNSAFE};")
        self.trouble.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        add = buttons.addButton("Add vessels", QDialogButtonBox.ButtonRole.AcceptRole)
        add.setProperty("primary", True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(about)
        column.addWidget(self.trouble)
        column.addWidget(buttons)
        self.setMinimumWidth(520)

    def complain(self, sentence: str) -> None:
        """Open again with all that was typed, and say why the file could not be used so."""
        self.trouble.setText(sentence)
        self.trouble.show()
        self.open()

    def wanted(self) -> VesselFile:
        """The file, and how to read it."""
        x, y, z = (box.value() for box in self.offset)
        return VesselFile(
            str(self._file),
            name=self.name.text().strip(),
            kind=self.kind.currentData(),
            space=self.space.currentData(),
            axes=self.axes.text().strip() or "x,y,z",
            scale=self.scale.value(),
            offset_mm=(x, y, z),
            threshold=self.threshold.value(),
            labels=self.labels.text().strip(),
            error_mm=self.error.value(),
            imaged=self.imaged.text().strip(),
        )

    def _choose_imaged(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Imaged region", str(self._file.parent), "Volumes (*.nii *.nii.gz *.mgz *.mgh);;All files (*)"
        )
        if chosen:
            self.imaged.setText(chosen)


def _choices(*items: tuple[str, str | None]) -> QComboBox:
    box = QComboBox()
    for text, value in items:
        box.addItem(text, value)
    return box


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget)
    return row
