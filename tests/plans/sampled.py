"""What the oracle measures with: shafts as rows of points, solids as VTK and winding numbers have them.

Shares no code with `planner.geometry`, `planner.design` and `planner.implant`'s placing of contacts: distances are
VTK's, inside and outside libigl's fast winding numbers, normals trimesh's, the rest is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import igl
import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import mutable, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData, vtkStaticCellLocator
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

from planner.anatomy.vessels.tree import VesselTree
from planner.frames import FloatArray, IntArray
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread

STEP_MM = 0.02
PORTION = 20_000  # points whose neighbours are looked at together


@dataclass(frozen=True, eq=False)
class Rows:
    """Points along shafts, from their start to their tip.

    Attributes
    ----------
    points_mm : (N, 3) float64
    thread, shank : (N,) int64
        Whose they are; shanks are numbered through all threads.
    at_mm : (N,) float64
        How far each is along its shank.
    length_mm : (S,) float64
        Of each shank.
    """

    points_mm: FloatArray
    thread: IntArray
    shank: IntArray
    at_mm: FloatArray
    length_mm: FloatArray


def frame(thread: Thread) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Tip, direction and the two axes across of a thread, each ``(3,)``; a single thread has no axes, zeros."""
    unit = np.array(thread.direction)
    first = np.array(thread.across if thread.across is not None else (0.0, 0.0, 0.0))
    return np.array(thread.entry_mm) + thread.depth_mm * unit, unit, first, np.cross(unit, first)


def contacts(device: Device, thread: Thread) -> FloatArray:
    """Contact centres ``(C, 3)`` by the device's file: from each shank's tip back."""
    tip, unit, first, second = frame(thread)
    return np.array(
        [
            tip + s.x_mm * first + s.y_mm * second - (s.short_mm + device.tip_mm + number * device.pitch_mm) * unit
            for s in device.shanks
            for number in range(device.contacts)
        ]
    )


def rows_of(implant: Implant, step_mm: float = STEP_MM) -> Rows:
    """Points on every shaft, no farther apart than `step_mm`, both ends among them."""
    points, owner, shank, at, lengths = [], [], [], [], []
    for number, thread in enumerate(implant.threads):
        device = implant.device_of(thread)
        tip, unit, first, second = frame(thread)
        for s in device.shanks:
            end = tip + s.x_mm * first + s.y_mm * second - s.short_mm * unit
            whole = {"thread": thread.depth_mm, "array": device.max_depth_mm - s.short_mm, "surface": 0.0}[device.kind]
            along = np.linspace(0.0, whole, int(np.ceil(whole / step_mm)) + 1)
            points.append(end - (whole - along)[:, None] * unit)
            at.append(along)
            owner.append(np.full(len(along), number))
            shank.append(np.full(len(along), len(lengths)))
            lengths.append(whole)
    return Rows(
        np.concatenate(points), np.concatenate(owner), np.concatenate(shank), np.concatenate(at), np.array(lengths)
    )


class Solid:
    """A closed surface, whose parts may overlap."""

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._vertices, self._faces = np.array(vertices_mm, order="C"), np.array(faces, dtype=np.int64, order="C")
        corners, cells = vtkPoints(), vtkCellArray()
        corners.SetData(numpy_to_vtk(self._vertices, deep=True))
        starts = np.arange(0, self._faces.size + 1, 3)
        cells.SetData(*(numpy_to_vtkIdTypeArray(part, deep=True) for part in (starts, self._faces.ravel())))
        self._surface = vtkPolyData()
        self._surface.SetPoints(corners)
        self._surface.SetPolys(cells)
        self._far = vtkImplicitPolyDataDistance()
        self._far.SetInput(self._surface)

    def distance(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)`` to the surface, >= 0."""
        if len(points_mm) == 0:
            return np.zeros(0)
        found = numpy_to_vtk(np.zeros(len(points_mm)), deep=True)
        self._far.FunctionValue(numpy_to_vtk(np.ascontiguousarray(points_mm), deep=True), found)
        return np.abs(vtk_to_numpy(found))

    def inside(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Whether the surface winds about each point ``(N,)``; those outside its box are not asked for."""
        low, high = self._vertices.min(axis=0), self._vertices.max(axis=0)
        found = ((points_mm >= low) & (points_mm <= high)).all(axis=1)
        if found.any():
            winding = igl.fast_winding_number(self._vertices, self._faces, np.ascontiguousarray(points_mm[found]))
            found[found] = np.abs(winding) > 0.5
        return found

    def height(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)``, negative inside."""
        return np.where(self.inside(points_mm), -1.0, 1.0) * self.distance(points_mm)

    @cached_property
    def _mesh(self) -> trimesh.Trimesh:
        return trimesh.Trimesh(self._vertices, self._faces, process=False)

    @cached_property
    def _locator(self) -> vtkStaticCellLocator:
        locator = vtkStaticCellLocator()
        locator.SetDataSet(self._surface)
        locator.BuildLocator()
        return locator

    def normal(self, point_mm: FloatArray) -> FloatArray:
        """The outward unit normal ``(3,)`` at the nearest place: the corners', mixed by its place in the face."""
        near, cell, part, square = np.zeros(3), mutable(0), mutable(0), mutable(0.0)
        self._locator.FindClosestPoint(point_mm, near, cell, part, square)
        corner = self._faces[int(cell)]
        weight = trimesh.triangles.points_to_barycentric(self._vertices[corner][None], near[None])[0]
        normal = weight @ self._mesh.vertex_normals[corner]
        return np.asarray(normal / np.linalg.norm(normal))


def tube_gap(points_mm: FloatArray, tree: VesselTree, within_mm: float) -> FloatArray:
    """Distance ``(N,)`` from points to a tree's walls, negative in the lumen; inf where it is more than `within_mm`.

    Of a ball that moves along a segment while its radius changes, the nearest is at one of the ends or where the
    distance to its centre grows along the segment as fast as its radius.
    """
    found = np.full(len(points_mm), np.inf)
    if len(tree.edges) == 0:
        return found
    (a, b), (r, q) = tree.points_mm[tree.edges.T], tree.radius_mm[tree.edges.T]
    span = np.linalg.norm(b - a, axis=1)
    middles = cKDTree((a + b) / 2)
    reach = within_mm + float((span / 2 + np.maximum(r, q)).max())
    for start in range(0, len(points_mm), PORTION):
        some = points_mm[start : start + PORTION]
        met = cKDTree(some).sparse_distance_matrix(middles, reach, output_type="coo_matrix")
        row, edge = met.row, met.col
        away = some[row] - a[edge]
        unit = (b - a)[edge] / np.maximum(span[edge], 1e-12)[:, None]
        foot = (away * unit).sum(axis=1)
        aside = np.sqrt(np.maximum((away * away).sum(axis=1) - foot**2, 0.0))
        grows = np.clip((q - r)[edge] / np.maximum(span[edge], 1e-12), -0.999999, 0.999999)
        turning = np.clip(foot + grows * aside / np.sqrt(1 - grows**2), 0.0, span[edge])
        each = [
            np.hypot(foot - t, aside) - (r[edge] + (q - r)[edge] * t / np.maximum(span[edge], 1e-12))
            for t in (turning, np.zeros_like(turning), span[edge])
        ]
        np.minimum.at(found, start + row, np.minimum.reduce(each))
    return np.where(found <= within_mm, found, np.inf)
