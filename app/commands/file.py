"""Commands about files: cases, plans, vessels, imports and exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from app.commands.group import Group, Menus
from app.words import sentence
from planner.anatomy.request import CaseRequest
from planner.errors import InputError
from planner.plan.export import FORMATS

if TYPE_CHECKING:
    from app.window import MainWindow

_EXPORTS = {
    "csv": "Contacts as CSV…",
    "mrk.json": "3D Slicer markups…",
    "vtp": "VTK surfaces and threads…",
    "stl": "STL meshes…",
    "ply": "PLY meshes…",
    "bids": "BIDS iEEG electrodes…",
    "freeview": "FreeView point set…",
    "nii.gz": "NIfTI label map…",
    "dicom": "DICOM segmentation…",
    "pulse2percept": "pulse2percept implant (Python)…",
    "pdf": "Report (PDF and JSON)…",
}
_FIRST: Final = "csv"  # ours: the format to begin with; every program reads it


class FileCommands(Group):
    """Open, save and export."""

    about = "Program"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.demo = self.make("&Demo case", lambda: window.desk.open_case(CaseRequest()))
        self.new_case = self.make(
            "&New case…",
            window.desk.new_case,
            keys="Ctrl+N",
            tip="Choose an anatomy, see what is there, add vessels and maps, choose device and limits (Ctrl+N)",
        )
        self.open_subject = self.make(
            "Open FreeSurfer &subject…",
            window.desk.choose_subject,
            "mdi6.folder-open-outline",
            tip="Open a FreeSurfer subject folder",
        )
        self.open_plan = self.make(
            "&Open plan…", window.desk.choose_plan, "mdi6.file-document-outline", "Ctrl+O", "Open a plan (Ctrl+O)"
        )
        self.add_vessels = self.make(
            "Add &vessels…",
            window.desk.choose_vessels,
            tip="Add a vessel file: centrelines, walls or a volume",
        )
        self.import_lines = self.make(
            "&Import trajectories…",
            window.desk.choose_trajectories,
            tip="Add threads along lines of 3D Slicer (.mrk.json) or ROSA (.ros); what is moved is shown first",
        )
        self.case_report = self.make(
            "&Loading report…",
            window.desk.show_case,
            tip="What was found of the case, used and missing, and in which space",
        )
        save, save_as = (partial(window.desk.save_if_decided, how) for how in (window.desk.save, window.desk.save_as))
        self.save = self.make("&Save", save, "mdi6.content-save-outline", "Ctrl+S")
        self.save_as = self.make("Save &as…", save_as, keys="Ctrl+Shift+S")
        self.exports = {
            format: self.make(_EXPORTS.get(format, f"{format}…"), partial(self._export, format)) for format in FORMATS
        }
        self.export_again = self.make("", lambda: self._export(self._last_format), "mdi6.export-variant", keys="Ctrl+E")
        self.copy = self.make(
            "&Copy as command",
            self._copy_command,
            tip="Copy the command line that does without a window what Optimise would do now",
        )
        self.quit = self.make("&Quit", window.close, keys="Ctrl+Q")
        for action, words in ((self.open_subject, "Open subject"), (self.open_plan, "Open plan"), (self.save, "Save")):
            action.setIconText(words)
        self._name_format()

    def fill(self, menus: Menus) -> None:
        """The menu File."""
        menu = menus("&File")
        menu.addActions([self.new_case, self.demo, self.open_subject, self.open_plan])
        menu.addSeparator()
        menu.addActions([self.add_vessels, self.import_lines, self.case_report])
        menu.addSeparator()
        menu.addActions([self.save, self.save_as])
        export = QMenu("&Export", menu)
        export.addActions(list(self.exports.values()))
        menu.addMenu(export)
        menu.addAction(self.export_again)
        menu.addAction(self.copy)
        menu.addSeparator()
        menu.addAction(self.quit)

    def tools(self) -> Sequence[QAction]:
        """Open, save and export."""
        return self.open_subject, self.open_plan, self.save, self.export_again

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.new_case, self.open_plan, self.save, self.save_as, self.export_again, self.quit

    def enable(self) -> None:
        """Save is always possible; an undecided optimisation is told of when it is tried."""
        session = self.session
        self.add_vessels.setEnabled(session.editable)
        self.import_lines.setEnabled(session.editable)
        self.case_report.setEnabled(session.case is not None)
        threads = session.plan is not None and bool(session.plan.threads)
        self.copy.setEnabled(session.plan is not None)
        for action in (*self.exports.values(), self.export_again):
            action.setEnabled(session.editable and threads)
        for action, tip in ((self.save, "Save the plan (Ctrl+S)"), (self.save_as, "Save the plan to another file")):
            action.setEnabled(session.plan is not None and (session.modified or not session.read_only))
            action.setToolTip(tip if session.run is None else "Accept or discard the optimisation first, then save")

    @property
    def _last_format(self) -> str:
        kept = self.window.settings.export_format
        return kept if kept in self.exports else _FIRST

    def _export(self, format: str) -> None:
        self.window.settings.export_format = format
        self._name_format()
        self.window.desk.export(format)

    def _name_format(self) -> None:
        """Say what the command that exports again is going to write."""
        words = self.exports[self._last_format].text().rstrip("…")
        self.export_again.setText(f"E&xport {words}…")
        self.export_again.setIconText("Export")
        self.export_again.setToolTip(f"Export: {words}; other formats under File → Export (Ctrl+E)")

    def _copy_command(self) -> None:
        from planner.cli.as_command import command_of

        session, asked = self.session, self.window.optimiser.settings()
        if session.plan is None:
            return
        plan = replace(session.plan, seed=asked.seed, avoid_vessels=asked.avoid_vessels)
        try:
            command = command_of(plan, None if session.modified else session.path, asked.steps, asked.start)
        except InputError as error:
            session.refused.emit(sentence(error))
            return
        QGuiApplication.clipboard().setText(command)
        session.said.emit(f"Copied: {command}")
