"""What slices are cut from: a case's volume, its surfaces and its vessels, loaded and sorted in the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.case import Case
from app.session import Session
from app.slicing import window_of
from app.tasks import Job
from planner.frames import FloatArray

if TYPE_CHECKING:
    from planner.anatomy.hemisphere import Anatomy
    from planner.anatomy.vessels.tree import VesselKind
    from planner.anatomy.volumes import Volume
    from planner.geometry.section import Sections

Layer = Literal["pial", "white"]
LAYERS: Final[tuple[Layer, ...]] = ("white", "pial")


@dataclass(frozen=True, eq=False)
class Tubes:
    """Vessels' centrelines as tapered capsules: ends ``(M, 3)`` and radii ``(M,)``, mm."""

    start_mm: FloatArray
    end_mm: FloatArray
    start_radius_mm: FloatArray
    end_radius_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Matter:
    """Everything that a plane through a case can cut.

    Attributes
    ----------
    volume : Volume
    window : (low, high)
        The values that are black and white unless the user says otherwise.
    surfaces : mapping of "pial" and "white" to Sections of each hemisphere
    tubes : mapping of vessel kind to Tubes
    walls : mapping of vessel kind to Sections of each wall
    low_mm, high_mm : (3,) float64
        The box around the cortex.
    """

    volume: Volume
    window: tuple[float, float]
    surfaces: Mapping[Layer, tuple[Sections, ...]]
    tubes: Mapping[VesselKind, Tubes]
    walls: Mapping[VesselKind, tuple[Sections, ...]]
    low_mm: FloatArray
    high_mm: FloatArray


def gather(anatomy: Anatomy, name: str = "") -> Matter:
    """Load a case's volume and make its surfaces and vessels ready to be cut; a second or more.

    Parameters
    ----------
    anatomy : Anatomy
    name : str
        Which of its volumes; see `planner.anatomy.volumes.load_volume`.

    Raises
    ------
    InputError
        Where the volume cannot be used.
    """
    from planner.anatomy.label_grays import legible
    from planner.anatomy.vessels.tree import VesselTree
    from planner.anatomy.vessels.wall import VesselWall
    from planner.anatomy.volumes import load_volume
    from planner.geometry.section import Sections

    volume = legible(load_volume(anatomy, name))
    hemispheres = tuple(anatomy.hemispheres.values())
    surfaces: dict[Layer, tuple[Sections, ...]] = {
        "white": tuple(Sections(h.white_mm, h.faces) for h in hemispheres),
        "pial": tuple(Sections(h.pial_mm, h.faces) for h in hemispheres),
    }
    kinds = dict.fromkeys(vessel.kind for vessel in anatomy.vessels)
    trees = {
        k: [v for v in anatomy.vessels if v.kind == k and isinstance(v, VesselTree) and len(v.edges)] for k in kinds
    }
    walls = {k: [v for v in anatomy.vessels if v.kind == k and isinstance(v, VesselWall)] for k in kinds}
    boxes = np.array([(h.pial_mm.min(axis=0), h.pial_mm.max(axis=0)) for h in hemispheres])
    return Matter(
        volume,
        window_of(volume.values),
        surfaces,
        {
            kind: Tubes(
                *(np.concatenate([t.points_mm[t.edges[:, end]] for t in some]) for end in (0, 1)),
                *(np.concatenate([t.radius_mm[t.edges[:, end]] for t in some]) for end in (0, 1)),
            )
            for kind, some in trees.items()
            if some
        },
        {kind: tuple(Sections(w.vertices_mm, w.faces) for w in some) for kind, some in walls.items() if some},
        boxes[:, 0].min(axis=0),
        boxes[:, 1].max(axis=0),
    )


class VolumeStore(QObject):
    """Loads what slices are cut from when it is first wanted, beside whatever the worker is at.

    Signals
    -------
    changed()
        Other matter is there, or none.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: Case | None = None
        self.matter: Matter | None = None
        self.failed = False
        session.case_changed.connect(self._forget)

    def want(self) -> None:
        """Load the case's volume, unless that has been asked for."""
        case = self._session.case
        if case is not None and case is not self._asked:
            self.choose("")

    def choose(self, name: str) -> None:
        """Load another of the case's volumes by name; empty for the best one."""
        case = self._session.case
        if case is None:
            return
        self._asked, self.failed = case, False

        def load(job: Job) -> Matter:
            return gather(case.anatomy, name)

        def show(matter: Matter) -> None:
            if self._session.case is case:
                self.matter = matter
                self.changed.emit()

        def fail() -> None:
            self.failed = self.matter is None
            self.changed.emit()

        self._session.worker.submit("", load, show, failed=fail, key="volume", aside=True)

    def _forget(self) -> None:
        self.matter, self._asked, self.failed = None, None, False
        self.changed.emit()
