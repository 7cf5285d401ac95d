"""The visual field as a square picture: where its pixels lie and how sharply they look."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from planner.errors import InputError


@dataclass(frozen=True)
class VisualField:
    """A square picture of the visual field, centred on fixation.

    Columns run from left to right, rows from the top downwards: ``image[0, 0]`` is the upper left corner.

    Attributes
    ----------
    extent_deg : float
        Full width and height, degrees of visual angle.
    pixels : int
        Along each side.
    aperture_pixels : float
        Standard deviation, in pixels, of the Gaussian through which a pixel looks before it averages over its square
        (ours). Most phosphenes are far smaller than a pixel (σ is 0.1 of a pixel at 80 µA, 2° and 64 pixels over 16°):
        without an aperture the picture would only change while one crosses an edge between two pixels, and a gradient
        in position would be zero nearly everywhere. Light is conserved with any; 0 makes plain square pixels.

    Raises
    ------
    InputError
        Where no picture has these dimensions.
    """

    extent_deg: float
    pixels: int
    aperture_pixels: float = 0.5

    def __post_init__(self) -> None:
        if not (isfinite(self.extent_deg) and 0 < self.extent_deg <= 180):
            raise InputError(
                f"a visual field of {self.extent_deg:g}° cannot be drawn", remedy="give a width above 0° and up to 180°"
            )
        if self.pixels < 1:
            raise InputError(f"a picture of {self.pixels} pixels is empty", remedy="give at least one pixel")
        if not (isfinite(self.aperture_pixels) and self.aperture_pixels >= 0):
            raise InputError("the aperture of a pixel cannot be negative", remedy="give 0 pixels or more")

    @property
    def pixel_deg(self) -> float:
        """Side of a pixel, degrees."""
        return self.extent_deg / self.pixels

    def edges(self, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
        """Edges of the pixels ``(pixels + 1,)`` in degrees, ascending, the same along both sides of the picture."""
        half = self.extent_deg / 2
        return torch.linspace(-half, half, self.pixels + 1, dtype=dtype, device=device)

    def seen_sigma_deg(self, sigma_deg: Tensor) -> Tensor:
        """Standard deviation of Gaussians as they appear through the pixels' aperture, degrees; same shape."""
        aperture_deg = self.aperture_pixels * self.pixel_deg
        return sigma_deg if aperture_deg == 0 else torch.sqrt(sigma_deg**2 + aperture_deg**2)
