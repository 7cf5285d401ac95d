"""Centrelines as VTK polydata, from VMTK, Slicer and alike: lines with a radius at each point."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkLogger, vtkOutputWindow, vtkStringOutputWindow
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkIOLegacy import vtkPolyDataReader
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from planner.anatomy.vessels.soundness import require_sound
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.errors import InputError
from planner.frames import RAS_TO_LPS, FloatArray, IntArray

RADIUS_ARRAYS = ("maximuminscribedsphereradius", "radius")
JOIN_MM = 1e-6
KINDS: dict[str, VesselKind] = {"artery": "artery", "vein": "vein", "vessel": "vessel"}


def read_centrelines(path: str | Path, kind: VesselKind = "vessel") -> VesselTree:
    """Read a ``.vtp`` or legacy ``.vtk`` file of lines and polylines.

    Points within 1e-6 mm are one node, with the largest of their radii: branches exported as separate lines join.
    A field-data string ``SPACE``, or ``SPACE=`` in a legacy header, may say LPS, which is converted, or RAS, which is
    taken where nothing is said. A field-data string ``kind`` overrides the argument.

    Parameters
    ----------
    path : str or Path
    kind : "artery", "vein" or "vessel"

    Returns
    -------
    VesselTree

    Raises
    ------
    InputError
        The file is missing, broken, has no lines, or no radius array.
    """
    data, header = _load(Path(path))
    if data.GetNumberOfPoints() == 0 or data.GetNumberOfLines() == 0:
        raise InputError(
            "has no lines",
            source=path,
            remedy="give centrelines; a surface or points alone do not say where a vessel runs",
        )
    points = _numbers(data.GetPoints().GetData()).astype(np.float64)
    radius = _radius(data, path)
    edges = _segments(data)
    if edges.size and not 0 <= edges.min() <= edges.max() < len(points):
        raise InputError("has lines through points that it does not hold", source=path, remedy="export it again")
    require_sound(points, radius, len(edges), path)
    if _space(data, header, path) == "LPS":
        points = RAS_TO_LPS.inverse()(points)
    points, radius, edges = _join(points, radius, edges)
    require_sound(points, radius, len(edges), path)
    said = _field_text(data, "kind").lower()
    return VesselTree(Path(path).stem, KINDS.get(said, kind), points, radius, edges, str(path))


@contextmanager
def _quiet() -> Iterator[vtkStringOutputWindow]:
    """Collect what VTK would print; it speaks through a window and, besides, through a log."""
    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    before, collected = vtkOutputWindow.GetInstance(), vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(collected)
    try:
        yield collected
    finally:
        vtkOutputWindow.SetInstance(before)
        vtkLogger.SetStderrVerbosity(verbosity)


def _load(path: Path) -> tuple[vtkPolyData, str]:
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", source=path, remedy="check the path and permissions"
        ) from error
    reader: vtkPolyDataReader | vtkXMLPolyDataReader
    if head.startswith(b"# vtk DataFile"):
        reader = vtkPolyDataReader()
    elif b"<VTKFile" in head:
        reader = vtkXMLPolyDataReader()
    else:
        raise InputError("is no VTK file", source=path, remedy="export the centrelines as .vtp or legacy .vtk polydata")
    reader.SetFileName(str(path))
    with _quiet() as said:
        reader.Update()
    if reader.GetErrorCode() or "ERR" in said.GetOutput():
        raise InputError(
            "VTK cannot read it as polydata: it is damaged, cut off, or of another data type",
            source=path,
            remedy="export the centrelines again as polydata",
        )
    return reader.GetOutput(), reader.GetHeader() if isinstance(reader, vtkPolyDataReader) else ""


def _numbers(array: vtkDataArray) -> NDArray[np.generic]:
    return np.asarray(vtk_to_numpy(array))  # type: ignore[no-untyped-call]


def _radius(data: vtkPolyData, path: str | Path) -> FloatArray:
    arrays = data.GetPointData()
    names = {(arrays.GetArrayName(i) or "").lower(): i for i in range(arrays.GetNumberOfArrays())}
    for name in RADIUS_ARRAYS:
        array = arrays.GetArray(names[name]) if name in names else None
        if array is not None and array.GetNumberOfComponents() == 1:
            return _numbers(array).astype(np.float64)
    found = ", ".join(sorted(name for name in names if name)) or "none"
    raise InputError(
        f"has no radius at its points (arrays: {found})",
        source=path,
        remedy="name the point array Radius or MaximumInscribedSphereRadius",
    )


def _segments(data: vtkPolyData) -> IntArray:
    lines = data.GetLines()
    offsets = _numbers(lines.GetOffsetsArray()).astype(np.int64)
    nodes = _numbers(lines.GetConnectivityArray()).astype(np.int64)
    inside = np.ones(max(len(nodes) - 1, 0), dtype=np.bool_)
    ends = offsets[1:-1]
    inside[ends[(ends > 0) & (ends < len(nodes))] - 1] = False
    return np.stack([nodes[:-1][inside], nodes[1:][inside]], axis=1)


def _space(data: vtkPolyData, header: str, path: str | Path) -> str:
    said = _field_text(data, "SPACE")
    if not said and "SPACE=" in header:
        said = header.split("SPACE=", 1)[1].split(";")[0].split()[0]
    space = said.upper() or "RAS"
    if space not in ("RAS", "LPS"):
        raise InputError(f"its SPACE is {said}", source=path, remedy="export the centrelines in RAS or LPS")
    return space


def _field_text(data: vtkPolyData, name: str) -> str:
    array = data.GetFieldData().GetAbstractArray(name)
    if array is None or array.GetNumberOfValues() == 0:
        return ""
    return str(array.GetVariantValue(0).ToString()).strip()


def _join(points_mm: FloatArray, radius_mm: FloatArray, edges: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Merge coincident nodes, keep the order of first appearance, drop what is repeated or has no length."""
    count = len(points_mm)
    same = cKDTree(points_mm).query_pairs(JOIN_MM, output_type="ndarray")
    graph = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    used = np.unique(edges)
    _, first, node = np.unique(label[used], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[node]
    new = np.full(count, -1, dtype=np.int64)
    new[used] = rank
    widest = np.zeros(len(first))
    np.maximum.at(widest, rank, radius_mm[used])
    joined = new[edges]
    joined = joined[joined[:, 0] != joined[:, 1]]
    _, kept = np.unique(np.sort(joined, axis=1), axis=0, return_index=True)
    return points_mm[used[np.sort(first)]], widest, joined[np.sort(kept)]
