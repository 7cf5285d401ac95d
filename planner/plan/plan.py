"""The document: a plan, as the window edits it and files hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.anatomy.request import CaseRequest
from planner.design.limits import Limits, Verdict
from planner.implant.device import Device, Devices
from planner.implant.thread import Implant, Thread
from planner.percept.settings import Seeing
from planner.tasks.goal import Goal
from planner.tasks.record import TaskRecord as TaskRecord

Method = Literal["manual", "percept", "coverage", "field", "grid", "random"]


@dataclass(frozen=True)
class VesselRecord:
    """A vessel source of the case, as recorded.

    Attributes
    ----------
    name, kind, source : str
    synthetic : bool
    error_mm : float
        Its localisation error, with half a voxel where it was cut from a volume.
    half_voxel_mm : float
        The part of it that is half a voxel.
    sides_checked : bool
        False where left and right of it could not be told apart.
    """

    name: str
    kind: str
    source: str
    synthetic: bool
    error_mm: float
    half_voxel_mm: float = 0.0
    sides_checked: bool = True


Matrix = tuple[tuple[float, float, float, float], ...]
"""Four rows of an affine map, acting on columns (x, y, z, 1)."""


@dataclass(frozen=True)
class GridRecord:
    """The grid of the volume that the case's surfaces were made from.

    Attributes
    ----------
    shape : (X, Y, Z)
    vox2ras, vox2ras_tkr : Matrix
        Voxel centres (i, j, k) to scanner RAS, and to FreeSurfer's surface space, mm.
    """

    shape: tuple[int, int, int]
    vox2ras: Matrix
    vox2ras_tkr: Matrix


@dataclass(frozen=True)
class CaseRecord:
    """Which anatomy a plan was made on.

    Attributes
    ----------
    request : CaseRequest
        What was loaded, enough to load it again.
    hashes : mapping of str to str
        SHA-256 of every input file, by name; compared whenever the plan is opened, verified or exported.
    retinotopy : str
        Which map gives the visual field.
    vessels : tuple of VesselRecord
    grid : GridRecord or None
        None where the case has no volume, or the plan is from before grids were recorded.
    ras2mni305 : Matrix or None
        Scanner RAS to MNI305, where that is known.
    """

    request: CaseRequest
    hashes: Mapping[str, str]
    retinotopy: str
    vessels: tuple[VesselRecord, ...]
    grid: GridRecord | None = None
    ras2mni305: Matrix | None = None

    @property
    def source(self) -> str:
        """The case's name or absolute path."""
        return self.request.source


@dataclass(frozen=True)
class Plan:
    """Where the threads go, on which anatomy, under which limits, and what was measured of it.

    `measures`, `verdict` and `baselines` are None until computed, and are dropped by every edit of what they depend on.

    Attributes
    ----------
    case : CaseRecord
    devices : tuple of Device
        What its threads are of; those that name none, and new ones, are of the first.
    threads : tuple of Thread
        All that is implanted, measured, checked and exported.
    task : TaskRecord
    limits : Limits
    method : "manual", "percept", or a baseline: "coverage", "field", "grid", "random"
        How the threads were found.
    avoid_vessels : bool
        False where the method was told to ignore vessels; the exact check never ignores them.
    seed : int
    measures : mapping of str to float, optional
        See `planner.design.assess` and `planner.design.scores`.
    verdict : Verdict, optional
    seeing : Seeing
        The forward model, how pictures become currents, and what varies over patients.
    goal : Goal
        What was lowered.
    baselines : mapping of str to mapping, optional
        The same measures of baselines, by method; see `planner.plan.rivals`.
    aside : tuple of Thread
        Kept in the plan but not used. They are none of `threads`, so that whoever asks for these leaves them out.
    """

    case: CaseRecord
    devices: Devices
    limits: Limits
    threads: tuple[Thread, ...] = ()
    task: TaskRecord = field(default_factory=TaskRecord)
    method: Method = "manual"
    avoid_vessels: bool = True
    seed: int = 0
    measures: Mapping[str, float] | None = None
    verdict: Verdict | None = None
    seeing: Seeing = field(default_factory=Seeing)
    goal: Goal = field(default_factory=Goal)
    baselines: Mapping[str, Mapping[str, float]] | None = None
    aside: tuple[Thread, ...] = ()

    @property
    def device(self) -> Device:
        """The device that new threads are of."""
        return self.devices[0]

    @property
    def implant(self) -> Implant:
        """The plan's threads with their device."""
        return Implant(self.devices, self.threads)

    @property
    def everyone(self) -> Implant:
        """The plan's threads and, after them, those set aside: for what shows or names them, never for what counts."""
        return Implant(self.devices, (*self.threads, *self.aside))
