"""The cortex as the window needs it: surfaces, normals, a light mesh for moving pictures, and where its points are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import igl
import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from app.flattening import Patch, flat_patch
from planner.anatomy.cache import cached, key_of
from planner.anatomy.hemisphere import V1, Hemisphere
from planner.frames import FloatArray, IntArray, polar_to_field
from planner.implant.thread import vector

SurfaceName = Literal["pial", "white", "inflated", "flat"]
SURFACES: Final[tuple[SurfaceName, ...]] = get_args(SurfaceName)
UNFOLDED: Final[frozenset[SurfaceName]] = frozenset({"inflated", "flat"})
"""Surfaces to look at, whose points have no place in the scanner."""

Float32 = NDArray[np.float32]

LIGHT_VERTICES: Final = 14_000  # a hemisphere, while the picture moves
GAP_MM: Final = 12.0  # between unfolded hemispheres


@dataclass(frozen=True, eq=False)
class Cortex:
    """One hemisphere, ready to be drawn.

    Attributes
    ----------
    hemisphere : Hemisphere
    points, normals : mapping of surface name to (V, 3) float32
        Scanner RAS mm (inflated and flat: display only) and outward unit normals. Flat is seen from behind, and NaN but
        for the vertices of `patch`.
    faces : (F, 3) int64
    light_vertices : (n,) int64
        The vertices of the light mesh, as rows of `points`; all surfaces share them.
    light_faces : (m, 3) int64
        Into `light_vertices`.
    v1_border : (S, 2, 2) int64
        V1's outline in S pieces: each leads from the middle of one edge to that of another one.
    patch : Patch or None
        What is laid flat.
    """

    hemisphere: Hemisphere
    points: Mapping[SurfaceName, Float32]
    normals: Mapping[SurfaceName, Float32]
    faces: IntArray
    light_vertices: IntArray
    light_faces: IntArray
    v1_border: IntArray
    patch: Patch | None = None

    def faces_of(self, surface: SurfaceName) -> IntArray:
        """The rows of `faces` that a surface shows."""
        return self.patch.faces if surface == "flat" and self.patch is not None else np.arange(len(self.faces))


def prepare_cortex(hemisphere: Hemisphere) -> Cortex:
    """Make one hemisphere ready; the light mesh takes seconds the first time and is kept between runs."""
    points: dict[SurfaceName, Float32] = {
        "pial": hemisphere.pial_mm.astype(np.float32),
        "white": hemisphere.white_mm.astype(np.float32),
    }
    if hemisphere.inflated_mm is not None:
        points["inflated"] = _set_apart(hemisphere)
    vertices, faces = _light_mesh(points["white"], hemisphere.faces)
    normals = {name: vertex_normals(surface, hemisphere.faces) for name, surface in points.items()}
    patch = flat_patch(hemisphere)
    if patch is not None:
        points["flat"] = _laid_out(hemisphere, patch)
        normals["flat"] = np.tile(np.array([0.0, -1.0, 0.0], dtype=np.float32), (len(hemisphere.pial_mm), 1))
    border = border_of(hemisphere.faces, hemisphere.retinotopy.area == V1)
    return Cortex(hemisphere, points, normals, hemisphere.faces, vertices, faces, border, patch)


def border_of(faces: IntArray, inside: NDArray[np.bool_]) -> IntArray:
    """The border of a set of vertices, ``(S, 2, 2)``: in each face that it crosses, the two edges that it crosses."""
    mixed = faces[np.isin(inside[faces].sum(axis=1), (1, 2))]
    alone = np.where(inside[mixed].sum(axis=1) == 1, inside[mixed].T, ~inside[mixed].T).argmax(axis=0)  # on its side
    corner, rows = mixed[np.arange(len(mixed)), alone], np.arange(len(mixed))
    others = [mixed[rows, (alone + turn) % 3] for turn in (1, 2)]
    return np.stack([np.stack([corner, other], axis=1) for other in others], axis=1)


def _set_apart(hemisphere: Hemisphere) -> Float32:
    """The inflated surface with its medial side `GAP_MM` / 2 off the midline, where both would otherwise overlap."""
    assert hemisphere.inflated_mm is not None
    x = hemisphere.inflated_mm[:, 0]
    shift = -x.max() - GAP_MM / 2 if hemisphere.name == "lh" else -x.min() + GAP_MM / 2
    return np.asarray(hemisphere.inflated_mm + np.array([shift, 0.0, 0.0]), dtype=np.float32)


def _laid_out(hemisphere: Hemisphere, patch: Patch) -> Float32:
    """The flat patch upright in front of who looks from behind, the left hemisphere's left of the right one's."""
    points = np.full((len(hemisphere.pial_mm), 3), np.nan, dtype=np.float32)
    side = -1.0 if hemisphere.name == "lh" else 1.0
    x = patch.place_mm[:, 0]
    points[patch.vertices, 0] = x + side * ((x.max() - x.min()) / 2 + GAP_MM / 2)
    points[patch.vertices, 1] = 0.0
    points[patch.vertices, 2] = patch.place_mm[:, 1]
    return points


def vertex_normals(points: Float32, faces: IntArray) -> Float32:
    """Area-weighted unit normals ``(V, 3)``."""
    normals = igl.per_vertex_normals(points.astype(np.float64), faces, igl.PER_VERTEX_NORMALS_WEIGHTING_TYPE_AREA)
    return np.asarray(np.nan_to_num(normals), dtype=np.float32)  # a vertex of no face has none


def surface_mesh(points: Float32, faces: IntArray) -> pv.PolyData:
    """Triangles for VTK."""
    mesh: pv.PolyData = pv.PolyData.from_regular_faces(points, faces)  # type: ignore[arg-type]  # its stub knows float only
    return mesh


def _light_mesh(points: Float32, faces: IntArray) -> tuple[IntArray, IntArray]:
    """A subset of the vertices, and faces between them, that keeps the folds (Schroeder's progressive decimation)."""
    if len(points) <= LIGHT_VERTICES:
        return np.arange(len(points)), faces

    def decimate() -> dict[str, NDArray[np.generic]]:
        mesh = surface_mesh(points, faces)
        mesh.point_data["vertex"] = np.arange(len(points))
        light = mesh.decimate_pro(1.0 - LIGHT_VERTICES / len(points), preserve_topology=True)
        return {"vertices": np.asarray(light.point_data["vertex"]), "faces": np.asarray(light.regular_faces)}

    arrays = cached(key_of(f"light cortex 1 of {LIGHT_VERTICES}", {"points": points, "faces": faces}), decimate)
    return arrays["vertices"].astype(np.int64), arrays["faces"].astype(np.int64)


class Columns:
    """Finds the column of cortex that a point of the gray matter is in, of all or of those `within` some vertices."""

    def __init__(self, cortex: Cortex, within: IntArray | None = None) -> None:
        self._vertices = np.arange(len(cortex.points["pial"])) if within is None else within
        self._tree = cKDTree((cortex.points["pial"][self._vertices] + cortex.points["white"][self._vertices]) / 2)

    def __call__(self, points_mm: FloatArray) -> IntArray:
        """The vertex whose column is nearest to points ``(..., 3)``, scanner RAS."""
        return np.asarray(self._vertices[self._tree.query(points_mm)[1]], dtype=np.int64)


class Carrier:
    """Carries points of the gray matter to an unfolded surface: to the vertex whose column is nearest.

    What lies beyond a flat patch comes to its edge.
    """

    def __init__(self, cortex: Cortex, surface: SurfaceName = "inflated") -> None:
        within = cortex.patch.vertices if surface == "flat" and cortex.patch is not None else None
        self._columns = Columns(cortex, within)
        self._unfolded = cortex.points[surface] + 0.6 * cortex.normals[surface]

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """Positions of points ``(..., 3)`` there, slightly above the surface so that they are seen."""
        return np.asarray(self._unfolded[self._columns(points_mm)], dtype=np.float64)


@dataclass(frozen=True)
class SurfacePoint:
    """A point of the cortex that was pointed at.

    Attributes
    ----------
    hemisphere : "lh" or "rh"
    pial_mm : (x, y, z)
        Scanner RAS, on pial, whichever surface was shown.
    place_mm : (x, y, z)
        Scanner RAS, on the surface that was shown; on pial where that has no place in the scanner.
    field_deg : (x, y) or None
        In the visual field; None outside V1.
    area : int
        Visual area, 0 for none.
    vertex : int
        The nearest one of the face.
    """

    hemisphere: Literal["lh", "rh"]
    pial_mm: tuple[float, float, float]
    place_mm: tuple[float, float, float]
    field_deg: tuple[float, float] | None
    area: int
    vertex: int = 0


def surface_point(cortex: Cortex, surface: SurfaceName, face: int, at_mm: FloatArray) -> SurfacePoint:
    """The point of a shown surface's face, as the case knows it."""
    hemisphere = cortex.hemisphere
    corners = cortex.faces[face]
    a, b, c = cortex.points[surface][corners].astype(np.float64)
    weights, *_ = np.linalg.lstsq(np.stack([b - a, c - a], axis=1), at_mm - a, rcond=None)
    weight = np.clip([1.0 - weights.sum(), *weights], 0.0, 1.0)
    weight /= weight.sum()
    pial_mm = vector(weight @ hemisphere.pial_mm[corners])
    place_mm = pial_mm if surface in UNFOLDED else vector(at_mm)
    its = hemisphere.retinotopy
    areas = its.area[corners]
    area = int(areas[np.argmax(weight)])
    # of the corners alone: a brush asks for hundreds of points a second
    corner_deg = polar_to_field(its.eccentricity_deg[corners], its.polar_angle_deg[corners], hemisphere.name)
    field = weight @ corner_deg if (areas == V1).all() else None
    seen = None if field is None else (float(field[0]), float(field[1]))
    return SurfacePoint(hemisphere.name, pial_mm, place_mm, seen, area, int(corners[np.argmax(weight)]))
