"""What is written over the 3D picture, and when: always of the frame that was drawn last, with a hint for a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.session import Session
from app.views.brain_access import BrainAccess
from app.views.brain_bar import BrainBar
from app.views.brain_camera import edge_letters
from app.views.brain_colours import BrainColours
from app.views.brain_marks import BrainMarks, Marks
from app.views.brain_screen import Screen
from app.views.brain_sides import side_letters
from app.views.brain_stage import Stage
from app.views.brain_words import hint_words, picture_notes
from app.views.window_shapes import tail
from planner.anatomy.vessels.kinds import kinds_of

HINT_MS: Final = 4000


class BrainCaptions(QObject):
    """Writes letters, legend, notes and hints."""

    def __init__(
        self,
        session: Session,
        stage: Stage,
        colours: BrainColours,
        bar: BrainBar,
        access: BrainAccess,
        marks: BrainMarks,
        camera: Callable[[], Any],
        screen: Screen,
    ) -> None:
        super().__init__(marks)
        self._session, self._stage, self._colours, self._bar = session, stage, colours, bar
        self._access, self._marks, self._camera, self._screen = access, marks, camera, screen
        self._drawn = Marks()  # what there is to say of the frame that was drawn last
        self._hint, self._alarm = "", False
        self._hush = QTimer(self, singleShot=True, interval=HINT_MS)
        self._hush.timeout.connect(lambda: self.say(""))
        bar.adding_switched.connect(self.write)
        session.hovered_changed.connect(lambda old, new: self._note_hovered())
        session.run_changed.connect(self.write)
        session.worker.busy_changed.connect(self.write)
        session.document_changed.connect(self.write)
        self.write()

    def say(self, hint: str, alarm: bool = False) -> None:
        """Write a hint for a moment; with `alarm` so that it is not overlooked."""
        self._hint, self._alarm = hint, alarm
        self._hush.start()
        self.write()

    def note_drawn(self) -> None:
        """A frame has been drawn: letters, legend and note are of this one, not of a camera still to be drawn from."""
        self._drawn = self._of_frame() if self._session.case is not None else Marks()
        self.write()

    def write(self) -> None:
        """Write what there is to say now."""
        hint = self._hint or self._access.hint() or hint_words(self._session, self._bar.adding)
        veiled = self._session.loading is not None and self._session.case is not None
        self._marks.write(replace(self._drawn, hint=hint, alarm=self._alarm and bool(self._hint), veiled=veiled))

    def _of_frame(self) -> Marks:
        case, stage = self._session.case, self._stage
        assert case is not None  # or no frame would have anything to say
        note = picture_notes(case.anatomy, stage.drawn_vessels(), stage.surface, stage.left_out(), self._bar.room)
        flat = stage.surface == "flat"
        letters = ("", "", "", "") if flat else edge_letters(self._camera())  # it has no directions
        sides = self._sides() if flat else ()
        legend = replace(
            self._colours.legend(stage.hemispheres),
            drawn=self._access.legend(),
            vessels=kinds_of(stage.drawn_vessels()),
        )
        return Marks(*letters, sides, self._names(), legend, note, ring=self._ring())

    def _note_hovered(self) -> None:
        """Another contact is under the mouse: no frame is drawn for that."""
        self._drawn = replace(self._drawn, ring=self._ring())
        self.write()

    def _ring(self) -> tuple[float, float] | None:
        """Where the contact under the mouse is, seen through the cortex."""
        plan, row, camera = self._session.shown, self._session.hovered, self._camera()
        place = None if plan is None or row is None else self._stage.contact_mm(plan, row)
        if place is None or (place - camera.position) @ np.array(camera.GetDirectionOfProjection()) <= 0:
            return None
        ((x, y),) = self._screen.positions(place[None]).tolist()
        return x, y

    def _names(self) -> tuple[tuple[str, float, float, bool], ...]:
        """Of each approach window that is drawn its name, where its arrow begins."""
        windows = self._access.placed
        if not windows:
            return ()
        tails, camera = np.array([tail(window) for window in windows.values()]), self._camera()
        ahead = (tails - camera.position) @ np.array(camera.GetDirectionOfProjection()) > 0
        places = self._screen.positions(tails)
        return tuple(
            (f"Window {place + 1}", float(x), float(y), place == self._access.chosen)
            for place, (x, y), seen in zip(windows, places, ahead, strict=True)
            if seen
        )

    def _sides(self) -> tuple[tuple[str, float, float], ...]:
        """Which flat patch is of which hemisphere."""
        places = {name: self._screen.positions(points) for name, points in self._stage.patches().items()}
        return side_letters(places, self._marks.width(), self._marks.height())
