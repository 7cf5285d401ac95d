"""A letter recogniser: what a percept would be read as, and how surely.

A small convolutional network (ours), trained by ``packaging/train_recogniser.py`` on letters of fonts that
`planner.tasks.recognition` does not score with, mostly as they look through random phosphene maps. It stands in for a
practised reader who knows that one upright capital, light on dark and from 0.3 to 0.7 of the picture's height, is near
the middle; smaller letters, and dark ones on a light field, are misread. It is no model of a patient, and does not know
the phosphene map of the plan that it reads.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from string import ascii_uppercase
from typing import Final
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor, nn

from planner.assets import ASSETS
from planner.errors import InputError

LETTERS: Final = ascii_uppercase
WEIGHTS: Final = ASSETS / "recogniser" / "letters.npz"
GRID: Final = 32  # side of the picture that the network sees

_CHANNELS: Final = (16, 32, 64)
_REMEDY: Final = "install the program again, or rebuild it with packaging/train_recogniser.py"


class Recogniser(nn.Module):
    """Logits of the 26 capitals from pictures of any size and brightness.

    Pictures are averaged over a grid of `GRID` × `GRID` squares, brought to unit mean square and compressed by asinh;
    three stages of convolution (3 × 3), SiLU and averaging over 2 × 2 follow, and one linear layer. Every part is
    smooth, so that the gradient in the picture is as well.
    """

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        before = 1
        for channels in _CHANNELS:
            stages += [nn.Conv2d(before, channels, kernel_size=3, padding=1), nn.SiLU(), nn.AvgPool2d(2)]
            before = channels
        side = GRID // 2 ** len(_CHANNELS)
        self.features = nn.Sequential(*stages)
        self.readout = nn.Linear(before * side * side, len(LETTERS))

    def forward(self, images: Tensor) -> Tensor:
        """Read pictures.

        Parameters
        ----------
        images : (B, H, W)
            Brightness in any unit, row 0 the top; in the network's precision and on its device.

        Returns
        -------
        logits : (B, 26)
            In the order of `LETTERS`. They do not depend on the pictures' unit; those of a black picture are finite.
        """
        seen = torch.asinh(at_unit_power(on_grid(images)))
        logits: Tensor = self.readout(self.features(seen[:, None]).flatten(1))
        return logits


def on_grid(images: Tensor) -> Tensor:
    """Pictures ``(B, H, W)`` averaged over the squares of the recogniser's grid, ``(B, GRID, GRID)``.

    Each pixel counts by its overlap with the square, so that light is conserved whatever the number of pixels.
    """
    rows, columns = (_shares(pixels, images) for pixels in images.shape[-2:])
    return rows @ images @ columns.T


def _shares(pixels: int, like: Tensor) -> Tensor:
    """Share of each grid square's side that each pixel takes up, ``(GRID, pixels)``."""
    squares = torch.arange(GRID + 1, dtype=like.dtype, device=like.device) * (pixels / GRID)
    edges = torch.arange(pixels + 1, dtype=like.dtype, device=like.device)
    overlap = torch.minimum(squares[1:, None], edges[1:]) - torch.maximum(squares[:-1, None], edges[:-1])
    return overlap.clamp(min=0.0) * (GRID / pixels)


def at_unit_power(images: Tensor) -> Tensor:
    """Pictures ``(B, H, W)`` divided by their root mean square; black ones stay black, with a finite gradient."""
    # The peak comes first, so that no square of a very dim picture vanishes. The result does not depend on it: no
    # gradient needs to go through it.
    peak = images.detach().abs().amax(dim=(-2, -1), keepdim=True)
    black = peak == 0
    scaled = images / torch.where(black, torch.ones_like(peak), peak)
    power = scaled.square().mean(dim=(-2, -1), keepdim=True)
    return scaled / torch.where(black, torch.ones_like(power), power).sqrt()


def load_recogniser(dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> Recogniser:
    """The trained recogniser in the given precision; loaded once for each precision and device.

    Raises
    ------
    InputError
        Where its weights are missing or damaged.
    """
    return _loaded(dtype, torch.device(device), WEIGHTS)


@lru_cache(maxsize=8)
def _loaded(dtype: torch.dtype, device: torch.device, weights: Path) -> Recogniser:
    network = Recogniser()
    try:
        with np.load(BytesIO(weights.read_bytes()), allow_pickle=False) as arrays:
            network.load_state_dict({name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays})
    except (OSError, EOFError, ValueError, RuntimeError, BadZipFile, zlib.error) as error:
        raise InputError("the letter recogniser cannot be read", source=weights, remedy=_REMEDY) from error
    return network.requires_grad_(False).eval().to(device=device, dtype=dtype)


def cross_entropy(images: Tensor, labels: Sequence[str]) -> Tensor:
    """Mean cross-entropy of the recogniser on pictures of letters, in nats; a scalar, differentiable in the pictures.

    ``ln 26 ≈ 3.26`` is what guessing costs.

    Parameters
    ----------
    images : (B, H, W)
        Percepts, in any unit.
    labels : sequence of str
        The capital that each picture shows.

    Raises
    ------
    InputError
        Where a label is no capital from A to Z.
    """
    network = load_recogniser(images.dtype, images.device)
    loss: Tensor = nn.functional.cross_entropy(network(images), classes(labels).to(images.device))
    return loss


@torch.no_grad()
def read(images: Tensor) -> tuple[str, ...]:
    """The letter that each picture ``(B, H, W)`` is read as."""
    logits = load_recogniser(images.dtype, images.device)(images)
    return tuple(LETTERS[index] for index in logits.argmax(dim=1).tolist())


def classes(labels: Sequence[str]) -> Tensor:
    """Index ``(B,)`` in `LETTERS` of each label.

    Raises
    ------
    InputError
        Where a label is no capital from A to Z.
    """
    strange = next((label for label in labels if len(label) != 1 or label not in LETTERS), None)
    if strange is not None:
        raise InputError(
            f"{strange!r} is not among the letters that can be recognised",
            remedy="use single capitals from A to Z, or a measure that compares pictures",
        )
    return torch.tensor([LETTERS.index(label) for label in labels], dtype=torch.long)
