"""The three forward models behind one face: what each makes of contacts on a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.sheet import Sheet
from planner.percept import cortical_sheet, dynaphos, scoreboard
from planner.percept.coupling import Coupling
from planner.percept.dynaphos import Gate
from planner.percept.field import VisualField
from planner.percept.footprints import Footprints, SeparableFootprints, SheetFootprints
from planner.percept.magnification import eccentricity
from planner.percept.parameters import CorticalSheet, Dynaphos, Model, Scoreboard
from planner.percept.phosphenes import Phosphenes
from planner.percept.projection import Projection


class View(Protocol):
    """A model on a visual field.

    Attributes
    ----------
    visual_field : VisualField
    """

    visual_field: VisualField

    def diameter_deg(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Tensor:
        """Diameters of phosphenes ``(N,)`` at a current, degrees."""

    def footprints(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Footprints:
        """How each contact's light falls on the picture, its size taken at a current."""

    def brightness(self, current_ua: Tensor, gate: Gate, groups: int, threshold: Tensor | None = None) -> Tensor:
        """Brightness at currents ``(…, N)``; contacts take turns in so many groups; see `Phosphenes.threshold`."""

    def current_ua(self, brightness: Tensor, most_ua: float | Tensor, groups: int) -> Tensor:
        """The current in 0…`most_ua` of each brightness, by the soft gate; without gradient."""


def view_of(
    model: Model,
    visual_field: VisualField,
    working_current_ua: float,
    sheet: Callable[[float], Sheet] | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> View:
    """A model ready to draw.

    Parameters
    ----------
    model : Dynaphos, Scoreboard or CorticalSheet
    visual_field : VisualField
    working_current_ua : float
        The current that counts as amplitude 1 where brightness is linear in it.
    sheet : callable, optional
        Gives V1 as patches of about so many mm; models that look at the cortex need it.
    dtype, device
        Of the pictures.
    """
    if isinstance(model, Dynaphos):
        return _DynaphosView(model, visual_field)
    if sheet is None:
        raise ValueError("this model looks at the cortex and needs its sheet")
    return _SheetView(model, visual_field, sheet(model.spacing_mm), working_current_ua, dtype, device)


class _DynaphosView:
    def __init__(self, params: Dynaphos, visual_field: VisualField) -> None:
        self._params, self.visual_field = params, visual_field

    def diameter_deg(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Tensor:
        return self._sigma_deg(phosphenes, current_ua) / self._params.sigma_per_diameter

    def footprints(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Footprints:
        return SeparableFootprints(phosphenes.field_deg, self._sigma_deg(phosphenes, current_ua), self.visual_field)

    def brightness(self, current_ua: Tensor, gate: Gate, groups: int, threshold: Tensor | None = None) -> Tensor:
        return dynaphos.brightness(current_ua, self._params, gate, groups, threshold)

    def current_ua(self, brightness: Tensor, most_ua: float | Tensor, groups: int) -> Tensor:
        return dynaphos.current_of(brightness, self._params, most_ua, groups)

    def _sigma_deg(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Tensor:
        sigma = dynaphos.sigma_deg(eccentricity(phosphenes.field_deg), current_ua, self._params)
        return sigma if phosphenes.size is None else sigma * phosphenes.size


class _SheetView:
    """Of the models that spread current over the cortex; brightness is linear in the current."""

    def __init__(
        self,
        model: Scoreboard | CorticalSheet,
        visual_field: VisualField,
        sheet: Sheet,
        working_current_ua: float,
        dtype: torch.dtype,
        device: torch.device | str,
    ) -> None:
        self._model, self._sheet, self.visual_field, self._unit_ua = model, sheet, visual_field, working_current_ua
        self._places = torch.from_numpy(sheet.position_mm).to(device)
        pixel2 = visual_field.pixel_deg**2
        if isinstance(model, Scoreboard):
            sigma, light = np.zeros(len(sheet)), sheet.area_deg2 / pixel2
        else:
            at = torch.from_numpy(np.linalg.norm(sheet.field_deg, axis=1))
            sigma = cortical_sheet.receptive_field_deg(at, model).numpy()
            light = sheet.area_mm2 * 2 * np.pi * sigma**2 / pixel2
        self._light = torch.from_numpy(light).to(dtype=dtype, device=device)
        self._projection = Projection(sheet.field_deg, sigma, visual_field, dtype, device)

    def diameter_deg(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Tensor:
        at = eccentricity(phosphenes.field_deg)
        if isinstance(self._model, Scoreboard):
            diameter = 4 * scoreboard.sigma_deg(at, self._model)
        else:
            diameter = 4 * cortical_sheet.sigma_deg(at, self._model)
        return diameter if phosphenes.size is None else diameter * phosphenes.size

    def footprints(self, phosphenes: Phosphenes, current_ua: Tensor | float) -> Footprints:
        position, right = phosphenes.position_mm, phosphenes.right
        if position is None or right is None:
            raise ValueError("this model looks at the cortex and needs the contacts' positions")
        size = phosphenes.size
        reach_mm = self._model.reach_mm * (1.0 if size is None or len(size) == 0 else float(size.detach().max()))
        contact, patch = self._sheet.near(position.detach().cpu().double().numpy(), right.cpu().numpy(), reach_mm)
        at, to = (torch.from_numpy(rows).to(position.device) for rows in (contact, patch))
        apart = position.double().index_select(0, at) - self._places.index_select(0, to)
        square = apart.square().sum(dim=1)
        if size is not None:
            square = square / size.double().square().index_select(0, at)
        if isinstance(self._model, Scoreboard):
            strength = scoreboard.strength(square, self._model)
        else:
            strength = cortical_sheet.strength(square, self._model)
        strength = strength.to(self._light.dtype)
        coupling = Coupling(contact, patch, strength, len(position), len(self._sheet))
        return SheetFootprints(coupling, self._light, self._projection)

    def brightness(self, current_ua: Tensor, gate: Gate, groups: int, threshold: Tensor | None = None) -> Tensor:
        return current_ua / (self._unit_ua * groups)

    def current_ua(self, brightness: Tensor, most_ua: float | Tensor, groups: int) -> Tensor:
        current = (brightness.detach() * (self._unit_ua * groups)).clamp(min=0.0)
        return torch.minimum(current, current.new_zeros(()) + most_ua)
