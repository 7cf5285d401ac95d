"""What a plan is worth: its phosphenes, percepts and measures, as every screen, report and comparison shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from planner.design.limits import Limits
from planner.design.objective import Objective, phosphenes_of
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.frames import FloatArray
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Implant
from planner.percept.forward import Percept
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Seeing
from planner.tasks.measures import best_gain, mse, psnr, ssim
from planner.tasks.task import Task

FINE = 256  # points along a side that coverage is counted on, whatever the picture's pixels
USABLE = 0.5  # ours: a contact counts as usable where its phosphene keeps at least this share of its light


@dataclass(frozen=True, eq=False)
class Assessment:
    """What an implant shows. N contacts, thread by thread, the deepest first in each.

    Attributes
    ----------
    phosphenes : Phosphenes
        Centres in degrees and usable share of each contact.
    diameter_deg, eccentricity_deg, depth : (N,) float64
        Diameter and eccentricity of the phosphenes in degrees; depth of the contact in the cortex, 0 pial to 1 white.
    current_ua : (B, N) float32
        Of each contact for each of the task's pictures.
    percept_images : (B, H, W) float32
        What is seen of each of the task's pictures, at the best gain.
    measures : dict of str to float
        mse, ssim and psnr (dB) against the targets at the best gain; that gain; coverage, the share of the task's field
        that lies in the union of the usable phosphenes' discs; usable_contacts, a share of all contacts. Where anything
        varies over patients also mse_mean and mse_worst over those drawn.
    """

    phosphenes: Phosphenes
    diameter_deg: FloatArray
    eccentricity_deg: FloatArray
    depth: FloatArray
    current_ua: NDArray[np.float32]
    percept_images: NDArray[np.float32]
    measures: dict[str, float]


def phosphenes(site: Site, implant: Implant) -> Phosphenes:
    """Phosphene centres and usable shares ``(N,)`` of an implant's contacts, thread by thread."""
    return phosphenes_of(site, _tensors(implant), implant.devices)[0]


@torch.no_grad()
def assess(
    site: Site, implant: Implant, task: Task, seeing: Seeing | None = None, progress: Progress = silent
) -> Assessment:
    """Compute what an implant shows of a task, with one gain for all of the task's pictures.

    `progress` is told of every picture and patient measured: of large pictures that takes longer than to compute them.
    """
    lit, depth = phosphenes_of(site, _tensors(implant), implant.devices)
    percept = _percept(site, implant, task, seeing or Seeing(), lit)
    gain = best_gain(percept.images, task.targets)
    images = percept.images * gain
    usable = lit.weight >= USABLE
    measures = {
        "mse": float(mse(images, task.targets)),
        "ssim": _likeness(images, task.targets, progress),
        "psnr": float(psnr(images.clamp(0.0, 1.0), task.targets)),
        "gain": float(gain),
        "coverage": _coverage(lit.field_deg[usable], percept.diameter_deg[usable].double() / 2, task),
        "usable_contacts": float(usable.double().mean()) if len(usable) else 0.0,
    }
    if seeing is not None and seeing.variation.varies:
        measures |= _over_patients(site, implant, task, seeing, lit, progress)
    return Assessment(
        phosphenes=lit,
        diameter_deg=percept.diameter_deg.double().numpy(),
        eccentricity_deg=lit.field_deg.norm(dim=-1).numpy(),
        depth=depth.numpy(),
        current_ua=percept.current_ua.float().numpy(),
        percept_images=images.float().numpy(),
        measures=measures,
    )


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What an implant shows of a task, without the measures that take long.

    Attributes
    ----------
    phosphenes, diameter_deg, eccentricity_deg, percept_images
        As `Assessment` has them.
    error : float
        Their mean squared error, as its ``mse``.
    """

    phosphenes: Phosphenes
    diameter_deg: FloatArray
    eccentricity_deg: FloatArray
    percept_images: NDArray[np.float32]
    error: float


@torch.no_grad()
def glimpse(site: Site, implant: Implant, task: Task, seeing: Seeing) -> Glimpse:
    """The part of `assess` that follows a hand: a few milliseconds for some hundred contacts."""
    lit, _ = phosphenes_of(site, _tensors(implant), implant.devices)
    percept = _percept(site, implant, task, seeing, lit)
    images = percept.images * best_gain(percept.images, task.targets)
    return Glimpse(
        lit,
        percept.diameter_deg.double().numpy(),
        lit.field_deg.norm(dim=-1).numpy(),
        images.float().numpy(),
        float(mse(images, task.targets)),
    )


@torch.no_grad()
def see(site: Site, implant: Implant, task: Task, seeing: Seeing) -> Percept:
    """What an implant shows of a task's pictures, by the exact gate of reports and in no unit of brightness."""
    return _percept(site, implant, task, seeing, phosphenes(site, implant))


def _tensors(implant: Implant) -> ThreadTensors:
    return to_tensors(implant.threads, implant.devices)


def _percept(site: Site, implant: Implant, task: Task, seeing: Seeing, lit: Phosphenes) -> Percept:
    limits = Limits(len(implant.threads), 0.0, 0.0, np.inf)
    return Objective(site, implant.devices, task, limits, seeing=seeing).percept(lit, gate="exact")


def _likeness(images: torch.Tensor, targets: torch.Tensor, progress: Progress) -> float:
    """The mean SSIM of pictures; one at a time, since its windows take many times a picture's memory."""
    total, count = 0.0, len(images)
    for place, (image, target) in enumerate(zip(images, targets, strict=True)):
        progress("Measuring percepts", place, count)
        total += float(ssim(image[None].double().clamp(0.0, 1.0), target[None].double()))
    return total / count


def _over_patients(
    site: Site, implant: Implant, task: Task, seeing: Seeing, lit: Phosphenes, progress: Progress
) -> dict[str, float]:
    """The mean squared error over the patients drawn, by the soft gate that each known threshold makes narrow."""
    limits = Limits(len(implant.threads), 0.0, 0.0, np.inf)
    objective = Objective(site, implant.devices, task, limits, seeing=seeing)
    blank = float(task.targets.square().mean())
    errors = blank * objective.patients_errors(_tensors(implant), lit, progress=progress)
    return {"mse_mean": float(errors.mean()), "mse_worst": float(errors.max())}


def _coverage(centre_deg: torch.Tensor, radius_deg: torch.Tensor, task: Task) -> float:
    """Share of the task's square field in the union of the phosphenes' discs, each as wide as its diameter."""
    edges = replace(task.visual_field, pixels=FINE).edges(torch.float64, "cpu")
    middle = (edges[1:] + edges[:-1]) / 2
    x, y = torch.meshgrid(middle, middle, indexing="xy")
    points = torch.stack([x.flatten(), y.flatten()], dim=-1)
    if len(centre_deg) == 0:
        return 0.0
    covered = [(torch.cdist(some, centre_deg) <= radius_deg).any(dim=1) for some in torch.split(points, 4096)]
    return float(torch.cat(covered).double().mean())
