"""Footprints: how the light of each contact, at unit brightness, falls on the picture.

Percepts are linear in brightness, so a whole batch of stimuli shares the footprints of its contacts.
"""

from __future__ import annotations

from math import pi
from typing import Protocol

import torch
from torch import Tensor

from planner.percept.coupling import Coupling
from planner.percept.field import VisualField
from planner.percept.projection import Projection
from planner.percept.render import pixel_shares
from planner.percept.separable import gather, spread


class Footprints(Protocol):
    """The footprints of N contacts on a picture of ``H × W`` pixels."""

    def spread(self, brightness: Tensor) -> Tensor:
        """Pictures ``(B, H, W)`` of contacts at brightnesses ``(B, N)``."""

    def match(self, images: Tensor) -> Tensor:
        """Inner products ``(B, N)`` of images ``(B, H, W)`` with each footprint: `spread` transposed."""

    def gather(self, images: Tensor) -> Tensor:
        """Means ``(B, N)`` of images ``(B, H, W)`` under each footprint; the images are black beyond their edge."""

    def pictures(self) -> Tensor:
        """Every footprint by itself ``(N, H, W)``."""

    def products(self) -> Tensor:
        """Inner products of the footprints with each other ``(N, N)``."""


class SeparableFootprints:
    """Round Gaussians, each a row factor times a column factor.

    Parameters
    ----------
    centre_deg : (N, 2)
        x right and y up.
    sigma_deg : (N,)
        Own standard deviations; a footprint's peak is 1 where it is wider than a pixel, and its light
        ``2π σ²`` whatever the pixels are.
    visual_field : VisualField
    """

    def __init__(self, centre_deg: Tensor, sigma_deg: Tensor, visual_field: VisualField) -> None:
        edges = visual_field.edges(centre_deg.dtype, centre_deg.device)
        seen = visual_field.seen_sigma_deg(sigma_deg)
        self._fx = pixel_shares(centre_deg[:, 0], seen, edges)
        self._fy = pixel_shares(-centre_deg[:, 1], seen, edges)  # rows count downwards
        self._light = 2 * pi * (sigma_deg / visual_field.pixel_deg) ** 2

    def spread(self, brightness: Tensor) -> Tensor:
        """See `Footprints`."""
        return spread(brightness * self._light, self._fx, self._fy)

    def match(self, images: Tensor) -> Tensor:
        """See `Footprints`."""
        return self.gather(images) * self._light

    def gather(self, images: Tensor) -> Tensor:
        """See `Footprints`."""
        return gather(images, self._fx, self._fy)

    def pictures(self) -> Tensor:
        """See `Footprints`."""
        return (self._light[:, None] * self._fy)[:, :, None] * self._fx[:, None, :]

    def products(self) -> Tensor:
        """See `Footprints`."""
        return torch.outer(self._light, self._light) * (self._fx @ self._fx.T) * (self._fy @ self._fy.T)


class SheetFootprints:
    """Whatever patches of cortex a contact reaches, each seen where it looks: as many blobs as banks of a sulcus.

    Parameters
    ----------
    coupling : Coupling
        How strongly each contact activates each patch, ``(N, S)``.
    light : (S,)
        Of a patch at full activation, pixels times brightness.
    projection : Projection
        Of the patches onto the picture.
    """

    def __init__(self, coupling: Coupling, light: Tensor, projection: Projection) -> None:
        self._coupling, self._light, self._projection = coupling, light[:, None], projection

    def spread(self, brightness: Tensor) -> Tensor:
        """See `Footprints`."""
        return self._projection.picture(self._coupling.spread(brightness.T) * self._light)

    def match(self, images: Tensor) -> Tensor:
        """See `Footprints`."""
        return self._coupling.gather(self._projection.sample(images) * self._light).T

    def gather(self, images: Tensor) -> Tensor:
        """See `Footprints`."""
        whole = self._coupling.gather(self._light)
        return self.match(images) / whole.clamp(min=torch.finfo(whole.dtype).tiny).T

    def pictures(self) -> Tensor:
        """See `Footprints`; without gradient."""
        return self._projection.pictures(self._coupling.columns_of(self._light[:, 0]))

    def products(self) -> Tensor:
        """See `Footprints`; without gradient."""
        pictures = self.pictures().flatten(1)
        return pictures @ pictures.T
