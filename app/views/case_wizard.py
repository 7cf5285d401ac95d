"""A new case: anatomy, what was found of it, vessels, retinotopy, device and limits, before anything is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.files import BUDGET, DEVICE, NewCase
from app.settings import Errand, Settings
from app.views.case_report import FindingsTable
from app.views.field_manners import teach
from app.views.vessel_dialog import FILES, VesselDialog
from app.words import sentence
from planner.anatomy.looking import Look
from planner.anatomy.named import FSAVERAGE
from planner.anatomy.request import DEMO, PENETRATING, CaseRequest, VesselFile
from planner.design.profiles import load_profile, profile_names
from planner.errors import InputError, PlannerError
from planner.implant.catalogue import device_names, load_device

FOLDER: Final = ""
ANATOMIES: Final = {
    "A subject's folder (FreeSurfer or GIFTI)": FOLDER,
    "Demo: template with synthetic vessels": DEMO,
    "Demo with vessels in gray matter": PENETRATING,
    "Template fsaverage": FSAVERAGE,
}
LEAST_VARIANCE: Final = CaseRequest().least_variance
PAUSE_MS: Final = 300  # ours: a path that is being typed is looked at once it rests
Looker = Callable[[str, str, Callable[[Look | PlannerError], None]], None]
"""Looks at a case beside all else: its source and retinotopy folder, and who is told what was found."""


class CaseWizard(QDialog):
    """All questions of a new case on one page; `look` answers what there is while one fills it in.

    What was filled in stays when it is closed, and is there when it is opened again.
    """

    def __init__(self, parent: QWidget, settings: Settings, look: Looker) -> None:
        super().__init__(parent)
        self.setObjectName("new case")
        self.setWindowTitle("New case")
        self.resize(980, 660)
        self._settings, self._look = settings, look
        self._vessels: list[VesselFile] = []
        self._asked: list[VesselDialog] = []  # how each of them is to be read
        self._waiting: list[Path] = []  # vessel files still to be asked about
        self.anatomy = QComboBox()
        for words, source in ANATOMIES.items():
            self.anatomy.addItem(words, source)
        self.folder = QLineEdit(placeholderText="the folder that holds surf/ and mri/")
        self.retinotopy = QLineEdit(placeholderText="the best that the case has")
        self.retinotopy.setToolTip(
            "A folder of measured or inferred maps (eccentricity and polar angle) to use instead"
        )
        self.variance = QDoubleSpinBox(minimum=0.0, maximum=1.0, singleStep=0.05, decimals=2, value=LEAST_VARIANCE)
        self.variance.setToolTip("Least share of variance explained: vertices of pRF maps below it are filled in")
        self.vessels = QListWidget()
        self.vessels.setMaximumHeight(84)
        self.device, self.profile = QComboBox(), QComboBox()
        _offer(self.device, device_names(), lambda name: load_device(name).title, DEVICE)
        self.profile.addItem("The device's own limits", "")
        _offer(self.profile, profile_names(), lambda name: load_profile(name).title, "")
        self.budget = QSpinBox(minimum=1, maximum=256, value=BUDGET)
        self.budget.setToolTip("Insertion budget: how many threads the plan may have")
        self.found, self.space = FindingsTable(), QLabel(wordWrap=True)
        self.space.setProperty("role", "muted")
        self.trouble = QLabel(wordWrap=True)
        self.trouble.setStyleSheet(f"color: {theme.UNSAFE};")
        self.trouble.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.load = buttons.addButton("Load", QDialogButtonBox.ButtonRole.AcceptRole)
        self.load.setProperty("primary", True)
        self.load.setDefault(True)
        anew = buttons.addButton("Start anew", QDialogButtonBox.ButtonRole.ResetRole)
        anew.setToolTip("Forget all that is filled in here")
        anew.clicked.connect(self.start_anew)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)
        self._rest = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._rest.timeout.connect(self._ask)
        for changed in (self.folder.textChanged, self.retinotopy.textChanged, self.anatomy.currentIndexChanged):
            changed.connect(self._changed)
        self._changed()

    def wanted(self) -> NewCase:
        """What is asked for."""
        request = CaseRequest(
            self._source(), tuple(self._vessels), self.retinotopy.text().strip(), round(self.variance.value(), 2)
        )
        return NewCase(request, self.device.currentData(), self.budget.value(), self.profile.currentData())

    def choose_source(self, source: str) -> None:
        """Begin with this anatomy: a name or a folder."""
        place = self.anatomy.findData(source)
        self.anatomy.setCurrentIndex(max(place, 0))
        if place < 0:
            self.folder.setText(source)

    def start_anew(self) -> None:
        """Forget what was filled in."""
        self.anatomy.setCurrentIndex(0)
        for field in (self.folder, self.retinotopy):
            field.clear()
        self.variance.setValue(LEAST_VARIANCE)
        self.vessels.clear()
        self._vessels.clear()
        self._asked.clear()
        self.device.setCurrentIndex(max(self.device.findData(DEVICE), 0))
        self.profile.setCurrentIndex(0)
        self.budget.setValue(BUDGET)
        self._changed()

    def open(self) -> None:
        """Open with what was filled in before; the folder is looked at again, since it may have changed."""
        self.trouble.hide()
        super().open()
        self._rest.start()

    def complain(self, sentence: str) -> None:
        """Open again with all that was filled in, and say why it could not be loaded."""
        self.open()
        self.trouble.setText(sentence)
        self.trouble.show()

    # --- building --------------------------------------------------------------------------------

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        self._browse = QPushButton("Choose…")
        self._browse.clicked.connect(lambda: self._choose("subject", self.folder, "Subject folder"))
        maps = QPushButton("Choose…")
        maps.clicked.connect(lambda: self._choose("retinotopy", self.retinotopy, "Folder of retinotopic maps"))
        add, change, remove = (QPushButton(words) for words in ("Add…", "Change…", "Remove"))
        add.clicked.connect(self._choose_vessels)
        change.clicked.connect(self._change_vessels)
        remove.clicked.connect(self._remove_vessels)
        self.vessels.itemDoubleClicked.connect(self._change_vessels)
        beside = QVBoxLayout()
        beside.setSpacing(4)
        for its in (add, change, remove):
            beside.addWidget(its)
        for its in (change, remove):
            its.setEnabled(False)
            self.vessels.itemSelectionChanged.connect(partial(self._allow, its))
        beside.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(7)
        lines: tuple[tuple[str, QWidget, QPushButton | None], ...] = (
            ("&Anatomy", self.anatomy, None),
            ("&Folder", self.folder, self._browse),
            ("&Retinotopy", self.retinotopy, maps),
            ("Least &variance", self.variance, None),
            ("V&essels", self.vessels, None),
            ("&Device", self.device, None),
            ("&Limits", self.profile, None),
            ("&Threads", self.budget, None),
        )
        for number, (words, field, button) in enumerate(lines):
            label = QLabel(words)
            label.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
            tall = field is self.vessels
            grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop if tall else Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, number, 1)
            if button is not None:
                grid.addWidget(button, number, 2)
        grid.addLayout(beside, 4, 2)
        grid.setColumnStretch(1, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.trouble, 1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setSpacing(9)
        column.addLayout(grid)
        column.addWidget(self.space)
        column.addWidget(self.found, 1)
        column.addLayout(foot)

    def _choose(self, errand: Errand, field: QLineEdit, title: str) -> None:
        chosen = QFileDialog.getExistingDirectory(self, title, field.text() or str(self._settings.folder(errand)))
        if chosen:
            self._settings.keep_folder(errand, Path(chosen).parent)
            field.setText(chosen)

    def _choose_vessels(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add vessels", str(self._settings.folder("vessels")), FILES)
        if chosen:
            self._settings.keep_folder("vessels", Path(chosen[0]).parent)
            self._ask_about([Path(file) for file in chosen])

    def _ask_about(self, files: list[Path]) -> None:
        """How each of the files is to be read, one after the other."""
        dialog = VesselDialog(self, files[0], planned=False)
        teach(dialog)
        dialog.accepted.connect(lambda: self._take(dialog))
        dialog.finished.connect(lambda _: self._ask_about(self._waiting) if self._waiting else None)
        self._waiting = files[1:]
        dialog.open()

    def _take(self, dialog: VesselDialog) -> None:
        """Put a vessel file on the list, or read one that is there as it is said now."""
        wanted = dialog.wanted()
        if dialog not in self._asked:
            self._asked.append(dialog)
            self._vessels.append(wanted)
            self.vessels.addItem("")
        place = self._asked.index(dialog)
        self._vessels[place] = wanted
        kind = f", {wanted.kind}" if wanted.kind else ""
        self.vessels.item(place).setText(f"{wanted.name or Path(wanted.file).name}{kind}")
        self.vessels.item(place).setToolTip(wanted.file)

    def _change_vessels(self) -> None:
        self._asked[self.vessels.currentRow()].open()

    def _remove_vessels(self) -> None:
        place = self.vessels.currentRow()
        self.vessels.takeItem(place)
        del self._vessels[place], self._asked[place]

    def _allow(self, button: QPushButton) -> None:
        button.setEnabled(bool(self.vessels.selectedItems()))

    # --- looking ---------------------------------------------------------------------------------

    def _source(self) -> str:
        source: str = self.anatomy.currentData()
        return source or self.folder.text().strip()

    def _changed(self) -> None:
        own = self.anatomy.currentData() == FOLDER
        self.folder.setEnabled(own)
        self._browse.setEnabled(own)
        self.trouble.hide()
        self.load.setEnabled(False)
        self._rest.start()

    def _ask(self) -> None:
        source, maps = self._source(), self.retinotopy.text().strip()
        if not source:
            self._show("Choose the subject's folder to see what is in it.", None)
            return
        self._show("Looking…", None)

        def hear(found: Look | PlannerError) -> None:
            if (source, maps) != (self._source(), self.retinotopy.text().strip()):
                return  # something else is asked by now
            if isinstance(found, PlannerError):
                self._show(f"▲ {sentence(found)}", None, alarm=True)
            else:
                self._show(f"{found.name} · coordinates are {found.space}", found)

        self._look(source, maps, hear)

    def _show(self, words: str, look: Look | None, alarm: bool = False) -> None:
        self.space.setText(words)
        self.space.setStyleSheet(f"color: {theme.WARNING};" if alarm else "")
        self.found.show_findings(look.findings if look is not None else ())
        self.load.setEnabled(look is not None)


def _offer(box: QComboBox, names: tuple[str, ...], title: Callable[[str], str], chosen: str) -> None:
    """What the catalogue has, by its title; what cannot be read is left out here, the menu says why."""
    for name in names:
        try:
            box.addItem(title(name), name)
        except InputError:
            continue
    box.setCurrentIndex(max(box.findData(chosen), 0))
