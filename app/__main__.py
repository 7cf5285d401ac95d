"""The desktop program, from its start to its end.

Arguments are read before anything heavy is imported, so that a wrong one is answered at once. Qt is told which binding
it is, the application gets its look, and the window stands on screen before any anatomy is loaded: case or plan is
loaded by the worker, which says how far it is. From then on every exception, from a slot or from the worker, reaches a
dialog, and garbage is collected between two events only. When the window closes, the worker has ended before the 3D
scene and the scene before the window; where another look was asked for, the program then starts again with the plan
that it had.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import freeze_support
from pathlib import Path
from types import TracebackType

from planner import RESEARCH_NOTICE, __version__

os.environ["QT_API"] = "pyside6"  # qtpy, pyqtgraph and pyvistaqt look at it when they are imported


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program until its window is closed.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; `sys.argv` by default.

    Returns
    -------
    int
        0, or 2 for arguments that cannot be used.
    """
    asked = _arguments(argv)

    from app.memory import share_one_heap
    from app.starting import quicken_imports

    share_one_heap()
    quicken_imports()
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.settings import Settings

    settings = Settings()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    theme.use(theme.look_of(settings.theme, application))  # before any view is imported

    from app import files
    from app.collecting import Collecting
    from app.keeping import taken_over
    from app.relaunch import relaunch
    from app.session import Session
    from app.tasks import Worker
    from app.window import MainWindow
    from planner.anatomy.request import CaseRequest

    application.setApplicationName("Calcarine")
    application.setApplicationVersion(__version__)
    theme.dress(application)

    session = Session(Worker())
    window = MainWindow(session, settings)
    collecting = Collecting(session.worker)
    session.opened.connect(collecting.opened)
    former, former_threads = sys.excepthook, threading.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, Exception):
            former(kind, error, trace)
            return
        window.show_error(error)

    def show_from_thread(raised: threading.ExceptHookArgs) -> None:
        if isinstance(raised.exc_value, Exception):
            session.worker.failed.emit(raised.exc_value)  # a signal: the dialog is opened in the window's thread
        else:
            former_threads(raised)

    sys.excepthook, threading.excepthook = show, show_from_thread
    try:
        window.show()
        application.processEvents()
        if asked.taken_over is not None and (left := taken_over(asked.taken_over)) is not None:
            files.recover(session, left, window.keeper)
        elif asked.case.is_file():
            files.open_plan(session, asked.case)
        else:
            files.open_case(session, CaseRequest(str(asked.case)))
        window.greet()
        code = application.exec()
    finally:
        sys.excepthook, threading.excepthook = former, former_threads
        collecting.stop()
    if window.relaunch is not None:
        relaunch(window.relaunch)
    return code


@dataclass(frozen=True)
class _Asked:
    case: Path
    taken_over: Path | None


def _arguments(argv: Sequence[str] | None) -> _Asked:
    parser = argparse.ArgumentParser(prog="calcarine-app", description=f"Calcarine's window. {RESEARCH_NOTICE}")
    parser.add_argument(
        "case",
        nargs="?",
        default="demo",
        help="a plan (.json), a subject's folder or its name in SUBJECTS_DIR, fsaverage, or demo (the default)",
    )
    parser.add_argument("--version", action="version", version=f"Calcarine {__version__}")
    parser.add_argument("--take-over", type=Path, help=argparse.SUPPRESS)  # what a program that starts again has kept
    asked = parser.parse_args(argv)
    case: str = asked.case
    path = Path(os.path.expanduser(case))
    if not path.exists() and (path.suffix == ".json" or len(path.parts) != 1):  # else it is a name
        parser.error(f"{case} does not exist; give a plan, a subject's folder or name, or nothing for the demo case")
    return _Asked(path, asked.take_over)


if __name__ == "__main__":
    freeze_support()
    sys.exit(main())
