"""VTK files, legacy and XML, polydata and unstructured grids: points, line segments, triangles and what they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkStringOutputWindow, vtkVersion
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData, vtkUnstructuredGrid
from vtkmodules.vtkIOLegacy import vtkPolyDataReader, vtkUnstructuredGridReader
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader, vtkXMLUnstructuredGridReader

from planner.anatomy.bounded import TEXT_BYTES
from planner.anatomy.vessels.apart import APART
from planner.anatomy.vessels.placement import tag_in
from planner.anatomy.vessels.reading import read_bytes
from planner.anatomy.vessels.vtk_claims import check_legacy, check_xml
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

LINE_CELLS, FACE_CELLS, POINT_CELLS = (3, 4), (5, 6, 7, 9), (0, 1, 2)
QUADRATIC_EDGE, STRIP, PIXEL = 21, 6, 8
REMEDY = "export centrelines or a surface as .vtp, or legacy .vtk polydata"


@dataclass(frozen=True, eq=False)
class VtkData:
    """What a VTK file holds, in its own coordinates.

    Attributes
    ----------
    points : (N, 3) float64
    segments : (M, 2) int64
        Of its lines and polylines.
    triangles : (F, 3) int64
        Of its polygons and strips.
    point_arrays : dict
        One number at each point ``(N,)``, by lower-case name.
    cell_arrays : tuple of str
        Names of the arrays of its cells, lower case; they are not read.
    texts : dict
        Strings of its field data by lower-case name, and ``space`` from a legacy header.
    """

    points: FloatArray
    segments: IntArray
    triangles: IntArray
    point_arrays: dict[str, FloatArray]
    cell_arrays: tuple[str, ...]
    texts: dict[str, str]


def read_vtk(path: Path) -> VtkData:
    """Read a ``.vtp``, ``.vtu`` or legacy ``.vtk`` file, in a process apart.

    Raises
    ------
    InputError
        It is missing, damaged, of another data type, or claims more than it holds.
    """
    content = read_bytes(path)  # what is missing or too large is told at once
    text = re.match(rb"[^\n]*\n[^\n]*\n\s*ASCII", content) or re.search(rb"format\s*=\s*[\"']ascii", content[:4096])
    if text and len(content) > TEXT_BYTES:
        raise InputError(
            f"has {len(content) / 2**20:.0f} MiB of text, more than the {TEXT_BYTES // 2**20} MiB accepted",
            source=path,
            remedy="export it as binary",
        )
    del content
    return APART.read(read_vtk_here, path)


def read_vtk_here(path: Path) -> VtkData:
    """The same in this process, which a damaged file may crash."""
    data, header = _load(path)
    if data.GetNumberOfPoints() == 0:
        raise InputError("holds no points", source=path, remedy=REMEDY)
    points = _numbers(data.GetPoints().GetData()).astype(np.float64)
    lines, faces = _cells_of_polydata(data, path) if isinstance(data, vtkPolyData) else _cells_of_grid(data, path)
    if any(nodes.size and not 0 <= nodes.min() <= nodes.max() < len(points) for nodes, _ in (*lines, *faces)):
        raise InputError("has cells of points that it does not hold", source=path, remedy="export it again")
    arrays = data.GetPointData()
    carried = {}
    for i in range(arrays.GetNumberOfArrays()):
        array = arrays.GetArray(i)
        if array is not None and array.GetNumberOfComponents() == 1 and array.GetNumberOfTuples() == len(points):
            carried[(array.GetName() or "").lower()] = _numbers(array).astype(np.float64)
    texts = _texts(data)
    texts.setdefault("space", tag_in(header.encode()))
    return VtkData(
        points,
        np.concatenate([_segments(*cells) for cells in lines]),
        np.concatenate([_fans(*cells) for cells in faces]),
        carried,
        tuple(
            (data.GetCellData().GetArrayName(i) or "").lower() for i in range(data.GetCellData().GetNumberOfArrays())
        ),
        texts,
    )


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


def _load(path: Path) -> tuple[vtkPolyData | vtkUnstructuredGrid, str]:
    content = read_bytes(path)
    reader: Any
    if content.startswith(b"# vtk DataFile"):
        check_legacy(content, path)
        kind = re.search(rb"(?i)\bDATASET\s+(POLYDATA|UNSTRUCTURED_GRID)\b", content[:1024])
        readers = {b"POLYDATA": vtkPolyDataReader, b"UNSTRUCTURED_GRID": vtkUnstructuredGridReader}
        reader = readers[kind[1].upper()]() if kind else None
    elif found := re.search(rb"<VTKFile\s[^>]*\btype\s*=\s*[\"'](PolyData|UnstructuredGrid)[\"']", content[:4096]):
        check_xml(content, path)
        reader = vtkXMLPolyDataReader() if found[1] == b"PolyData" else vtkXMLUnstructuredGridReader()
    else:
        reader = None
    if reader is None:
        raise InputError("is no VTK polydata or unstructured grid", source=path, remedy=REMEDY)
    reader.SetFileName(str(path))
    with _quiet() as said:
        reader.Update()
    data = reader.GetOutput()
    if reader.GetErrorCode() or "ERR" in str(said.GetOutput()) or data is None:
        raise InputError("VTK cannot read it: it is damaged or cut off", source=path, remedy=REMEDY)
    header = str(reader.GetHeader()) if isinstance(reader, (vtkPolyDataReader, vtkUnstructuredGridReader)) else ""
    return data, header or ""


def _numbers(array: Any) -> NDArray[np.generic]:
    return np.asarray(vtk_to_numpy(array))  # type: ignore[no-untyped-call]


Cells = tuple[IntArray, IntArray]
"""Nodes of all cells in a row, and where each cell's begin, ``(K + 1,)``."""


def _flat(cells: vtkCellArray | None, path: Path) -> Cells:
    if cells is None or cells.GetNumberOfCells() == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    nodes, starts = (_numbers(a).astype(np.int64) for a in (cells.GetConnectivityArray(), cells.GetOffsetsArray()))
    if starts[0] != 0 or starts[-1] != len(nodes) or (np.diff(starts) < 0).any():
        raise InputError("has cells that overlap or have no end", source=path, remedy="export it again")
    return nodes, starts


def _cells_of_polydata(data: vtkPolyData, path: Path) -> tuple[list[Cells], list[Cells]]:
    nodes, starts = _flat(data.GetStrips(), path)
    return [_flat(data.GetLines(), path)], [_flat(data.GetPolys(), path), _strips(nodes, starts)]


def _cells_of_grid(data: vtkUnstructuredGrid, path: Path) -> tuple[list[Cells], list[Cells]]:
    nodes, starts = _flat(data.GetCells(), path)
    types = _numbers(_types(data)).astype(np.int64) if data.GetNumberOfCells() else np.zeros(0, np.int64)
    known = (*LINE_CELLS, *FACE_CELLS, *POINT_CELLS, QUADRATIC_EDGE, PIXEL)
    other = np.setdiff1d(types, known)
    if len(types) != len(starts) - 1 or len(other):
        raise InputError(
            f"holds cells of VTK's type {other[0]}, which are neither lines nor flat faces"
            if len(other)
            else "has cells without a type",
            source=path,
            remedy="extract the surface or the centrelines, and export those",
        )

    def of(*kinds: int) -> Cells:
        return _chosen(nodes, starts, np.isin(types, kinds))

    edges, pixels = of(QUADRATIC_EDGE), of(PIXEL)
    bent = edges[0][: len(edges[0]) // 3 * 3].reshape(-1, 3)[:, [0, 2, 1]]  # its third node is the middle one
    square = pixels[0][: len(pixels[0]) // 4 * 4].reshape(-1, 4)[:, [0, 1, 3, 2]]  # a pixel's rows run the same way
    return [of(*LINE_CELLS), _even(bent)], [of(5, 7, 9), _even(square), _strips(*of(STRIP))]


def _types(data: vtkUnstructuredGrid) -> Any:
    """VTK 9.6 gave the array of cell types another name."""
    renamed = (vtkVersion.GetVTKMajorVersion(), vtkVersion.GetVTKMinorVersion()) >= (9, 6)
    return data.GetCellTypes() if renamed else data.GetCellTypesArray()


def _even(cells: IntArray) -> Cells:
    return cells.ravel(), np.arange(len(cells) + 1, dtype=np.int64) * cells.shape[1]


def _chosen(nodes: IntArray, starts: IntArray, chosen: NDArray[np.bool_]) -> Cells:
    length = np.diff(starts)
    kept = np.repeat(chosen, length)
    return nodes[kept], np.concatenate([[0], np.cumsum(length[chosen])]).astype(np.int64)


def _segments(nodes: IntArray, starts: IntArray) -> IntArray:
    inside = np.ones(max(len(nodes) - 1, 0), dtype=np.bool_)
    ends = starts[1:-1]
    inside[ends[(ends > 0) & (ends < len(nodes))] - 1] = False  # the last node of one cell and the first of the next
    return np.stack([nodes[:-1][inside], nodes[1:][inside]], axis=1)


def _fans(nodes: IntArray, starts: IntArray) -> IntArray:
    """Triangles ``(F, 3)`` of polygons, as fans from each one's first node."""
    count = np.maximum(np.diff(starts) - 2, 0)
    first = np.repeat(starts[:-1], count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.stack([nodes[first], nodes[first + step + 1], nodes[first + step + 2]], axis=1)


def _strips(nodes: IntArray, starts: IntArray) -> Cells:
    """Triangles of strips, every other one turned round so that all face the same way."""
    count = np.maximum(np.diff(starts) - 2, 0)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    at = np.repeat(starts[:-1], count) + step
    odd = step % 2
    return _even(np.stack([nodes[at], nodes[at + 1 + odd], nodes[at + 2 - odd]], axis=1))


def _texts(data: vtkPolyData | vtkUnstructuredGrid) -> dict[str, str]:
    fields = data.GetFieldData()
    texts = {}
    for i in range(fields.GetNumberOfArrays()):
        array = fields.GetAbstractArray(i)
        if array is not None and array.GetNumberOfValues() > 0 and array.GetDataType() == 13:  # VTK_STRING
            texts[(array.GetName() or "").lower()] = str(array.GetVariantValue(0).ToString()).strip()
    return texts
