"""Regions of cortex that no shaft may touch: their vertices, and the solid that they are between pial and white."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.labels import read_label
from planner.anatomy.parcels import read_parcel
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

PAINTED: Final = "painted"
"""What a painted region is called."""
BY_HAND: Final = "painted by hand"
MOST_VERTICES: Final = 10_000_000  # ours: no surface has so many; a text that names more is not believed
_RANGE: Final = re.compile(r"([0-9]{1,8})(?:-([0-9]{1,8}))?")


@dataclass(frozen=True)
class Region:
    """A named piece of one hemisphere's cortex.

    Attributes
    ----------
    name : str
        Shown to the user.
    hemisphere : "lh" or "rh"
    vertices : tuple of int
        Of its pial and white surfaces; rising, at least one.
    source : str
        Where it comes from, for a person to read.
    sha256 : str
        Of the file (hex); empty for one that was painted.

    Raises
    ------
    InputError
    """

    name: str
    hemisphere: HemisphereName
    vertices: tuple[int, ...]
    source: str
    sha256: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("a region has no name", remedy="give it one")
        if self.hemisphere not in HEMISPHERES:
            raise InputError(f"a region is of lh or rh, not of {self.hemisphere!r}", source=self.name)
        if not self.vertices:
            raise InputError("the region has no vertices", source=self.name, remedy="paint or choose a larger one")
        numbers = np.array(self.vertices)
        if numbers.min() < 0 or numbers.max() >= MOST_VERTICES or (np.diff(numbers) <= 0).any():
            raise InputError("the region's vertices are not in rising order from 0", source=self.name)

    @property
    def by_hand(self) -> bool:
        """Whether it was painted, so that there is no file that it should agree with."""
        return not self.sha256


def hemisphere_of_file(path: Path) -> HemisphereName:
    """The hemisphere that a label or annotation is of, by how its file's name begins.

    Raises
    ------
    InputError
        Where it does not say.
    """
    for name in HEMISPHERES:
        if path.name.lower().startswith(f"{name}."):
            return name
    raise InputError(
        "does not say of which hemisphere it is",
        source=path,
        remedy="begin the file's name with lh or rh and a dot",
    )


def region_from_label(path: Path, hemisphere: Hemisphere, name: str = "") -> Region:
    """A region from a FreeSurfer label of a hemisphere; named as the file where no name is given.

    Raises
    ------
    InputError
        Where the file cannot be used or is of another surface.
    """
    indices = read_label(path, len(hemisphere.pial_mm))
    return Region(name or path.stem, hemisphere.name, _rising(indices), f"label {path.name}", sha256(path))


def region_from_annot(path: Path, parcel: str, hemisphere: Hemisphere, name: str = "") -> Region:
    """A region from a parcel of a FreeSurfer annotation; named as the parcel where no name is given.

    Raises
    ------
    InputError
        Where the file cannot be used, is of another surface or has no such parcel.
    """
    indices = read_parcel(path, parcel, len(hemisphere.pial_mm))
    return Region(name or parcel, hemisphere.name, _rising(indices), f"{parcel} of {path.name}", sha256(path))


def painted_region(hemisphere: HemisphereName, vertices: IntArray) -> Region:
    """A region painted by hand, of vertices ``(K,)`` of a hemisphere in any order.

    Raises
    ------
    InputError
        Where there are none.
    """
    return Region(PAINTED, hemisphere, _rising(vertices), BY_HAND)


def vertices_text(vertices: Sequence[int]) -> str:
    """Rising vertex indices as text, runs of them by their ends: ``12-15,20``."""
    numbers = np.asarray(vertices, dtype=np.int64)
    if len(numbers) == 0:
        return ""
    breaks = np.flatnonzero(np.diff(numbers) != 1)
    first, last = numbers[np.append(0, breaks + 1)], numbers[np.append(breaks, len(numbers) - 1)]
    return ",".join(f"{a}-{b}" if b > a else f"{a}" for a, b in zip(first.tolist(), last.tolist(), strict=True))


def vertices_from_text(text: str) -> tuple[int, ...]:
    """The indices of `vertices_text`.

    Raises
    ------
    InputError
        Where the text is none, or its indices do not rise.
    """
    found: list[int] = []
    for part in text.split(",") if text else []:
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
        if last < first or last >= MOST_VERTICES or (found and first <= found[-1]):
            raise InputError(
                f"{part[:40]!r} is no run of a region's vertices, or not in rising order", remedy="write 12-15,20"
            )
        found.extend(range(first, last + 1))
    return tuple(found)


def region_solid(hemisphere: Hemisphere, region: Region) -> tuple[FloatArray, IntArray]:
    """The cortex of a region as a closed mesh: its pial faces, its white faces, and walls along its border.

    A face belongs where any of its corners does, so that no vertex of a thin or patchy label is lost. Parts that touch
    at a vertex are taken apart there, each with a vertex of its own at the same place, so that every edge has two
    faces.

    Parameters
    ----------
    hemisphere : Hemisphere
    region : Region

    Returns
    -------
    vertices_mm : (V, 3) float64
        Scanner RAS.
    faces : (F, 3) int64
        Outward.

    Raises
    ------
    InputError
        Where the region is of another surface.
    """
    if region.hemisphere != hemisphere.name or region.vertices[-1] >= len(hemisphere.pial_mm):
        raise InputError(
            f"the region is not of this {hemisphere.name} surface", source=region.name, remedy="choose it again"
        )
    belongs = np.zeros(len(hemisphere.pial_mm), dtype=bool)
    belongs[list(region.vertices)] = True
    patch = hemisphere.faces[belongs[hemisphere.faces].any(axis=1)]
    top, vertex = _apart(patch)
    count = len(vertex)
    edges = np.concatenate([top[:, [0, 1]], top[:, [1, 2]], top[:, [2, 0]]])
    border = edges[~np.isin(edges @ [count, 1], edges[:, ::-1] @ [count, 1])]
    a, b = border.T
    walls = np.concatenate([np.stack([b, a, a + count], axis=1), np.stack([b, a + count, b + count], axis=1)])
    faces = np.concatenate([top, top[:, ::-1] + count, walls])
    return np.concatenate([hemisphere.pial_mm[vertex], hemisphere.white_mm[vertex]]), faces


def _apart(faces: IntArray) -> tuple[IntArray, IntArray]:
    """Renumber faces ``(F, 3)`` so that those around a vertex hang together by edges; which vertex each is ``(V,)``."""
    corner = np.arange(faces.size).reshape(faces.shape)
    start, end = faces, np.roll(faces, -1, axis=1)
    keys = (np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end)).ravel()
    order = np.argsort(keys, kind="stable")
    shared = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    one, other = order[shared], order[shared + 1]
    # The two faces of an edge turn the same way, so that it starts in one of them where it ends in the other.
    starts, ends = corner.ravel(), np.roll(corner, -1, axis=1).ravel()
    links = np.stack([np.concatenate([starts[one], ends[one]]), np.concatenate([ends[other], starts[other]])])
    graph: NDArray[np.float64] = coo_array((np.ones(links.shape[1]), tuple(links)), shape=(faces.size, faces.size))
    _, label = connected_components(graph, directed=False)
    _, first, numbered = np.unique(label, return_index=True, return_inverse=True)
    return numbered.reshape(faces.shape).astype(np.int64), faces.ravel()[first]


def _rising(indices: IntArray | NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(np.unique(indices).tolist())
