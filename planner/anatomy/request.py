"""What a user asks for when a case is loaded: enough to load the very same again, so plans keep it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final, Literal

from planner.anatomy.vessels.tree import VesselKind

DEMO: Final = "demo"
PENETRATING: Final = "demo-penetrating"
VesselSpace = Literal["scanner_ras", "lps", "tkras"]


@dataclass(frozen=True)
class VesselFile:
    """A vessel file and how to read it.

    Attributes
    ----------
    file : str
        Path; absolute in a plan.
    name : str
        Shown to the user; the file's own name where empty.
    kind : "artery", "vein", "vessel" or None
        None: what the file says of itself, or else what its name says.
    space : "scanner_ras", "lps", "tkras" or None
        None: what the file says of itself, or else scanner RAS.
    axes : str
        Which of the file's axes, with its sign, gives x, y and z, e.g. ``-x,z,y``; for files in a frame of their own.
    scale : float
        Millimetres for one of the file's units; applied to radii too, before `offset_mm`.
    offset_mm : tuple of 3 float
        Added after axes and scale.
    threshold : float
        Voxels of at least this value are vessel, where the file is a probability map.
    labels : str
        What the labels of a segmentation are, e.g. ``1=artery,2=vein``; empty: every label but 0 is of `kind`.
    error_mm : float
        How far the vessels may lie from where the file has them (localisation error); added to the clearance.
    imaged : str
        A volume whose field of view is where these vessels were imaged, in scanner RAS by its own affine; empty: the
        file's own, where it is a volume.
    """

    file: str
    name: str = ""
    kind: VesselKind | None = None
    space: VesselSpace | None = None
    axes: str = "x,y,z"
    scale: float = 1.0
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    threshold: float = 0.5
    labels: str = ""
    error_mm: float = 0.0
    imaged: str = ""


@dataclass(frozen=True)
class CaseRequest:
    """A case, its vessels and its retinotopy, as asked for.

    Attributes
    ----------
    source : str
        ``demo``, ``demo-penetrating`` (with thin vessels in its gray matter), the name of a template or of a subject in
        ``SUBJECTS_DIR``, or a folder.
    vessels : tuple of VesselFile
        Files added to the case's own vessels.
    retinotopy : str
        Folder of retinotopic maps to use instead of the case's own; empty for the best that the case has.
    least_variance : float
        Where maps come with variance explained, vertices below this are not believed and filled in.
    """

    source: str = DEMO
    vessels: tuple[VesselFile, ...] = ()
    retinotopy: str = ""
    least_variance: float = 0.1

    def resolved(self) -> CaseRequest:
        """The same with absolute paths, so that it can be found again from elsewhere."""
        files = tuple(replace(v, file=_absolute(v.file), imaged=_absolute(v.imaged)) for v in self.vessels)
        return replace(self, vessels=files, retinotopy=_absolute(self.retinotopy))


def _absolute(path: str) -> str:
    """Absolute, links followed; one that leads round in a circle is left to whoever opens it."""
    return os.path.realpath(os.path.expanduser(path)) if path else ""
