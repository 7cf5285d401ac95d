"""Files dropped onto the window: a plan and a folder are opened, vessels and lines asked about one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from planner.anatomy.request import CaseRequest

if TYPE_CHECKING:
    from app.window import MainWindow

Kind = Literal["plan", "case", "vessels", "lines", "unknown"]
VESSELS: Final = (
    ".swc", ".vtp", ".vtk", ".vtu", ".stl", ".ply", ".obj", ".nii", ".nii.gz", ".mgz", ".mgh"
)  # fmt: skip
LINES: Final = (".mrk.json", ".ros")


def kind_of(path: Path) -> Kind:
    """What a dropped file is taken for, by its name."""
    name = path.name.lower()
    if path.is_dir():
        return "case"
    if name.endswith(LINES):
        return "lines"
    if name.endswith(".json"):
        return "plan"
    return "vessels" if name.endswith(VESSELS) else "unknown"


class Dropping:
    """Takes what is dropped onto a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        window.setAcceptDrops(True)

    def enter(self, event: QDragEnterEvent) -> None:
        """Accept files of this machine, and nothing else."""
        if _files(event):
            event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Take them."""
        event.acceptProposedAction()
        self.take(_files(event))

    def take(self, paths: Sequence[Path]) -> None:
        """Open one plan or one case, add vessels or import lines; refuse a mixture, which could only be guessed at."""
        session, desk = self._window.session, self._window.desk
        kinds = {kind_of(path) for path in paths}
        if "unknown" in kinds:
            strange = next(path.name for path in paths if kind_of(path) == "unknown")
            session.refused.emit(
                f"{strange} is neither a plan, a case's folder, a vessel file nor one of lines that can be read"
            )
        elif len(kinds) > 1 or (kinds & {"plan", "case"} and len(paths) > 1):
            session.refused.emit("Drop one plan, one case's folder, vessel files alone, or files of lines alone")
        elif kinds == {"plan"}:
            desk.open_plan(paths[0])
        elif kinds == {"case"}:
            desk.open_case(CaseRequest(str(paths[0])))
        elif kinds and not session.editable:
            what = "Vessels cannot be added" if kinds == {"vessels"} else "Lines cannot be imported"
            session.refused.emit(f"{what} now: the plan cannot be edited")
        elif kinds == {"lines"}:
            desk.import_trajectories(paths[0], paths[1:])
        elif kinds:
            desk.add_vessels(paths[0], paths[1:])


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
