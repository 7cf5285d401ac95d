"""The objective: the error of the visual task, and a penalty for every margin that is not kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from planner.design.candidates import SAFETY_MM
from planner.design.constraints import Margins, margins
from planner.design.limits import ConstraintName, Limits
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.frames import IntArray
from planner.implant.device import Devices
from planner.implant.electrodes import contact_positions, of_devices
from planner.implant.parameters import ThreadTensors
from planner.percept.dynaphos import Gate
from planner.percept.forward import Percept, forward
from planner.percept.model import View, view_of
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Seeing
from planner.percept.variation import at_risk, patients
from planner.tasks.goal import Goal
from planner.tasks.losses import loss
from planner.tasks.task import Task


@dataclass(frozen=True, eq=False)
class Seen:
    """What a set of threads shows, and what is wrong with it.

    Attributes
    ----------
    percept : Percept
    error : scalar
        See `Objective.error`.
    margins : mapping of constraint name to (T,)
        Those that are to be kept.
    """

    percept: Percept
    error: Tensor
    margins: Margins

    @property
    def penalties(self) -> dict[ConstraintName, Tensor]:
        """Sum over threads, by constraint, of the squared shortfall of its margin below `SAFETY_MM`, mm²."""
        return {name: (torch.relu(SAFETY_MM - margin) ** 2).sum() for name, margin in self.margins.items()}

    @property
    def kept(self) -> Tensor:
        """Indices of the threads whose own margins (all but spacing) are at least `SAFETY_MM`."""
        own = torch.stack([margin.detach() for name, margin in self.margins.items() if name != "spacing"])
        return torch.nonzero(own.amin(dim=0) >= SAFETY_MM).flatten()


@dataclass(frozen=True, eq=False)
class Objective:
    """What an optimiser lowers.

    Attributes
    ----------
    site : Site
    devices : tuple of Device
    task : Task
    limits : Limits
    avoid_vessels : bool
        False leaves the vessel term out; the exact gate still counts it.
    seeing : Seeing
        Model and stimulus; where anything varies over patients, the error is that over the patients drawn.
    goal : Goal
        Which losses make up the error.
    """

    site: Site
    devices: Devices
    task: Task
    limits: Limits
    avoid_vessels: bool = True
    seeing: Seeing = field(default_factory=Seeing)
    goal: Goal = field(default_factory=Goal)

    @cached_property
    def view(self) -> View:
        """The model on the task's visual field."""
        task = self.task
        return view_of(
            self.seeing.model,
            task.visual_field,
            self.devices[0].working_current_ua,
            self.site.sheet,
            task.targets.dtype,
            task.targets.device,
        )

    def see(self, threads: ThreadTensors, before: Seen | None = None) -> Seen:
        """What the threads show and how far they are from the limits, differentiable in their parameters.

        What was seen `before`, a step ago, is where an encoder that searches for currents begins.
        """
        percept, error = self.shown(threads, before)
        return Seen(percept, error, self.margins(threads))

    def shown(self, threads: ThreadTensors, before: Seen | None = None) -> tuple[Percept, Tensor]:
        """What the threads show, and its error; see `see`."""
        lit, _ = phosphenes_of(self.site, threads, self.devices)
        start_ua = before.percept.current_ua.detach() if before else None
        if not self.seeing.variation.varies:
            percept = self.percept(lit, start_ua)
            return percept, self.error(percept.images, percept.gain)
        with torch.no_grad():
            percept = self.percept(lit, start_ua)
        errors = self.patients_errors(threads, lit, percept.current_ua)
        return percept, at_risk(errors, self.seeing.variation.worst)

    def percept(self, lit: Phosphenes, start_ua: Tensor | None = None, gate: Gate = "soft") -> Percept:
        """What the task's pictures look like through these phosphenes; with the exact gate for reports."""
        lit = lit.to(self.task.targets)
        return forward(
            lit,
            self.task.targets,
            self.view,
            self.seeing.stimulus,
            self.devices[0].working_current_ua if lit.working_ua is None else lit.working_ua,
            self.devices[0].max_current_ua if lit.most_ua is None else lit.most_ua,
            gate,
            start_ua,
        )

    def error(self, images: Tensor, gain: Tensor | None = None) -> Tensor:
        """The task's error of percepts, 1 where nothing is seen; see `planner.tasks.losses`."""
        return loss(images, self.task, self.goal, gain)

    def patients_errors(
        self, threads: ThreadTensors, lit: Phosphenes, start_ua: Tensor | None = None, progress: Progress = silent
    ) -> Tensor:
        """The error of every patient drawn ``(D,)``: each has the phosphenes `lit` of the threads, but for what varies.

        Each patient's percept is given its own best gain, or where currents are fitted, the gain of the fit. What is
        found for the patient of the model is where a fit begins.
        """
        errors: list[Tensor] = []
        drawn = patients(self.seeing.variation, self._contact_counts(threads))
        for patient in drawn:
            progress("Measuring over patients", len(errors), len(drawn))
            theirs = lit
            if self.seeing.variation.placement_mm > 0:
                shifted = replace(threads, entry_mm=threads.entry_mm + patient.shift_mm)
                theirs, _ = phosphenes_of(self.site, shifted, self.devices)
            percept = self.percept(patient.electrodes(theirs), start_ua)
            errors.append(self.error(patient.seen(percept.images), percept.gain))
        return torch.stack(errors)

    def _contact_counts(self, threads: ThreadTensors) -> IntArray:
        return np.asarray([self.devices[kind].contact_count for kind in threads.kind.tolist()], dtype=np.int64)

    def margins(self, threads: ThreadTensors) -> Margins:
        """The margins that are to be kept, ``(T,)`` each."""
        table = margins(self.site, threads, self.devices, self.limits)
        if not self.avoid_vessels:
            del table["vessel"]
        return table


def phosphenes_of(site: Site, threads: ThreadTensors, devices: Devices) -> tuple[Phosphenes, Tensor]:
    """Phosphenes and cortical depth ``(N,)`` (0 pial, 1 white) of all contacts, thread by thread."""
    contacts, owner = contact_positions(threads, devices)
    right = threads.right[owner]
    field_deg = torch.zeros((len(contacts), 2), dtype=torch.float64)
    weight, depth = (torch.zeros(len(contacts), dtype=torch.float64) for _ in range(2))
    gap_mm = of_devices([d.gap_mm for d in devices], threads)[owner]
    for name, side in site.sides.items():
        rows = torch.nonzero(right == (name == "rh")).flatten()
        if len(rows) == 0:
            continue
        at = side.ribbon.locate(contacts[rows])
        field_deg = field_deg.index_copy(0, rows, side.ribbon.field(at))
        weight = weight.index_copy(0, rows, side.ribbon.usable(at, gap_mm[rows]))
        depth = depth.index_copy(0, rows, at.depth)
    lit = Phosphenes(field_deg, weight, contacts, right)
    if len(devices) > 1:
        working, most = (
            of_devices(values, threads)[owner]
            for values in ([d.working_current_ua for d in devices], [d.max_current_ua for d in devices])
        )
        lit = replace(lit, working_ua=working, most_ua=most)
    return lit, depth
