"""Take the picture of the window that the README shows: ``python tests/e2e/make_screenshot.py PNG``.

Boots the real program on the demo case (under ``xvfb-run`` where there is no display), optimises for some steps,
accepts, selects a thread and writes what the window shows; a second picture, ``…-run.png``, shows the optimiser.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from app.__main__ import main
from app.places import STATE_VARIABLE
from app.settings import THEMES, Settings
from planner.assets import CONFIG_VARIABLE

if TYPE_CHECKING:  # the theme is chosen before any view is imported
    from app.window import MainWindow


def story(window: MainWindow, file: Path, steps: int) -> Iterator[object]:
    """What is done, one thing after another; each yield is something to wait for."""
    session = window.session
    yield lambda: session.preview is not None
    if steps:
        window.optimiser.steps.setValue(steps)
        window.optimiser.start.click()
        yield lambda: session.run is not None and session.run.state == "ended"
        yield lambda: session.preview is not None and bool(session.preview.margins)
        window.brain.look_from("occipital")
        yield 40
        keep(window.grab(), file.with_name(f"{file.stem}-run{file.suffix}"))
        window.optimiser.outcome.accept.click()
        window.tabs.setCurrentWidget(window.checks)
        session.select(session.plan.threads[3].name)
    window.percept.letters.choose(4)
    yield 40
    keep(window.grab(), file)


def keep(picture: QPixmap, file: Path) -> None:
    """Write a picture of 256 colours, rare ones such as the legend's among them: nobody sees it, and it is small."""
    with TemporaryDirectory() as folder:
        if not picture.save(f"{folder}/whole.png"):
            raise OSError("the window could not be grabbed")
        whole = Image.open(f"{folder}/whole.png").convert("RGB")
    whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=4).save(file, optimize=True)


def _run(arguments: argparse.Namespace) -> int:
    application = QApplication([])
    width, height = (int(part) for part in arguments.size.split("x"))
    failure: list[BaseException] = []
    steps: list[Iterator[object]] = []
    waiting: list[object] = [None]

    def tick() -> None:
        from app.window import MainWindow

        windows = [w for w in application.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
        if not windows:
            return
        if not steps:
            windows[0].resize(width, height)
            steps.append(story(windows[0], arguments.file, arguments.steps))
        now = waiting[0]
        if isinstance(now, int) and now > 0:
            waiting[0] = now - 1
            return
        if callable(now) and not now():
            return
        try:
            waiting[0] = next(steps[0])
        except StopIteration:
            timer.stop()
            windows[0].session.saved(windows[0].session.plan, Path("plan.json"))
            windows[0].close()
        except Exception as error:  # noqa: BLE001 - raised again below, outside Qt
            timer.stop()
            failure.append(error)
            application.exit(1)

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(50)
    with TemporaryDirectory() as own:
        os.environ[CONFIG_VARIABLE], os.environ[STATE_VARIABLE] = f"{own}/config", f"{own}/state"
        settings = Settings()
        settings.notice_seen, settings.theme = True, arguments.theme
        settings.sync()
        code = main(["demo"])
    if failure:
        raise failure[0]
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--size", default="1600x1000")
    parser.add_argument("--theme", choices=THEMES, default="dark")
    sys.exit(_run(parser.parse_args()))
