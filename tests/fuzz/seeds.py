"""Small valid files of every format that is read, and the call that reads each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import trimesh
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import VTK_POLY_LINE, vtkCellArray, vtkPolyData, vtkUnstructuredGrid
from vtkmodules.vtkIOLegacy import vtkPolyDataWriter
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter, vtkXMLUnstructuredGridWriter

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.labels import read_label
from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.anatomy.spaces import read_talairach
from planner.anatomy.surfaces import read_surface
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.volume_files import read_volume_geometry
from planner.anatomy.volumes import load_volume
from planner.assets import ASSETS
from planner.implant.catalogue import load_device
from planner.plan.files import load_plan

BALL = trimesh.creation.icosphere(subdivisions=2, radius=8.0)
LINE = np.cumsum(np.random.default_rng(0).normal(size=(40, 3)), axis=0)


@dataclass(frozen=True)
class Format:
    """A format: its name, its file's name, who writes a valid one, and who reads it."""

    name: str
    file: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]


def _vessels(path: Path, **how: Any) -> object:
    """Read vessels, and hold them to what every one must be: finite, with radii above zero, walls closed."""
    vessels = read_vessels(VesselFile(str(path), **how), {})
    for vessel in vessels:
        if isinstance(vessel, VesselTree):
            assert np.isfinite(vessel.points_mm[vessel.edges]).all()
            assert (vessel.radius_mm[vessel.edges] > 0.0).all()
            assert np.isfinite(vessel.radius_mm[vessel.edges]).all()
            continue
        assert np.isfinite(vessel.vertices_mm[vessel.faces]).all()
        edges = vessel.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        there, back = (np.sort(e @ [len(vessel.vertices_mm), 1]) for e in (edges, edges[:, ::-1]))
        assert (there == back).all(), "a wall is open"
    return vessels


def _region(path: Path) -> object:
    """A tree that was imaged in the volume."""
    tree = path.parent / "beside" / "tree.swc"
    if not tree.exists():
        tree.parent.mkdir()
        _swc(tree)
    return read_vessels(VesselFile(str(tree), imaged=str(path)), {})


def _overlay(path: Path) -> object:
    return read_overlay(path)


def _t1(path: Path) -> object:
    return load_volume(Anatomy("x", CaseRequest("x"), {}, (), {}, volumes={"T1": path}))


def _swc(path: Path) -> None:
    rows = [f"{i + 1} 0 {x:.3f} {y:.3f} {z:.3f} 0.4 {i or -1}" for i, (x, y, z) in enumerate(LINE)]
    path.write_text("# a tree\n" + "\n".join(rows) + "\n")


def _lines(kind: type) -> object:
    points, cells = vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(LINE, deep=True))
    cells.InsertNextCell(len(LINE))
    for i in range(len(LINE)):
        cells.InsertCellPoint(i)
    data = kind()
    data.SetPoints(points)
    if kind is vtkPolyData:
        data.SetLines(cells)
    else:
        data.SetCells(VTK_POLY_LINE, cells)
    radius = numpy_to_vtk(np.full(len(LINE), 0.4), deep=True)
    radius.SetName("Radius")
    data.GetPointData().AddArray(radius)
    return data


def _vtk(writer: type, kind: type, mode: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        out = writer()
        out.SetFileName(str(path))
        out.SetInputData(_lines(kind))
        getattr(out, mode)()
        out.Write()

    return write


def _mesh(path: Path) -> None:
    BALL.export(path)


def _stl_text(path: Path) -> None:
    path.write_text(trimesh.exchange.stl.export_stl_ascii(BALL))


def _ply_text(path: Path) -> None:
    path.write_bytes(trimesh.exchange.ply.export_ply(BALL, encoding="ascii"))


def _labels() -> np.ndarray:
    grid = np.stack(np.meshgrid(*[np.arange(12.0)] * 3, indexing="ij"), axis=-1)
    return (np.linalg.norm(grid[..., :2] - 6.0, axis=-1) < 2.5).astype(np.uint8)


def _chances(path: Path) -> None:
    nib.save(nib.Nifti1Image((0.9 * _labels() + 0.02).astype(np.float32), np.diag([-1.0, 1.0, 1.0, 1.0])), path)


def _label(path: Path) -> None:
    rows = "".join(f"{i} 1.0 {i}.5 -2.0 0.5\n" for i in range(100))
    path.write_text(f"#!ascii label, from subject x\n100\n{rows}")


def _xfm(path: Path) -> None:
    path.write_text(
        "MNI Transform File\n% made for a test\n\nTransform_Type = Linear;\nLinear_Transform =\n"
        "1.05 0.01 0.0 -1.2\n-0.01 1.1 0.02 3.0\n0.0 -0.02 1.0 4.5;\n"
    )


def _volume(kind: type) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        nib.save(kind(_labels(), np.diag([-1.0, 1.0, 1.0, 1.0])), path)

    return write


def _map(path: Path) -> None:
    nib.save(nib.MGHImage(np.ones((162, 1, 1), np.float32), np.eye(4)), path)


def _geometry(path: Path) -> None:
    nib.freesurfer.write_geometry(path, BALL.vertices, BALL.faces)


def _curv(path: Path) -> None:
    nib.freesurfer.write_morph_data(path, np.ones(162, np.float32))


def _gifti(path: Path) -> None:
    arrays = [
        nib.gifti.GiftiDataArray(BALL.vertices.astype(np.float32), "NIFTI_INTENT_POINTSET"),
        nib.gifti.GiftiDataArray(BALL.faces.astype(np.int32), "NIFTI_INTENT_TRIANGLE"),
    ]
    nib.save(nib.gifti.GiftiImage(darrays=arrays), path)


def _gifti_map(path: Path) -> None:
    array = nib.gifti.GiftiDataArray(np.ones(162, np.float32), "NIFTI_INTENT_SHAPE")
    nib.save(nib.gifti.GiftiImage(darrays=[array]), path)


def _plan(path: Path) -> None:
    from planner.implant.thread import Thread
    from planner.plan.files import save_plan
    from planner.plan.make import device_limits, new_plan

    anatomy, device = Anatomy("x", CaseRequest("demo"), {}, (), {"lh.white": "0" * 64}), load_device("thread")
    thread = Thread("T01", "lh", (-12.0, -90.0, 3.0), (1.0, 0.0, 0.0), 1.6)
    save_plan(new_plan(anatomy, device, device_limits(device, 4), threads=[thread]), path)


def _device(path: Path) -> None:
    path.write_bytes((ASSETS / "devices" / "thread.toml").read_bytes())


FORMATS = (
    Format("SWC", "tree.swc", _swc, _vessels),
    Format("VTK text", "lines.vtk", _vtk(vtkPolyDataWriter, vtkPolyData, "SetFileTypeToASCII"), _vessels),
    Format("VTK binary", "binary.vtk", _vtk(vtkPolyDataWriter, vtkPolyData, "SetFileTypeToBinary"), _vessels),
    Format("VTP text", "text.vtp", _vtk(vtkXMLPolyDataWriter, vtkPolyData, "SetDataModeToAscii"), _vessels),
    Format("VTP packed", "lines.vtp", _vtk(vtkXMLPolyDataWriter, vtkPolyData, "SetDataModeToAppended"), _vessels),
    Format("VTU", "g.vtu", _vtk(vtkXMLUnstructuredGridWriter, vtkUnstructuredGrid, "SetDataModeToBinary"), _vessels),
    Format("STL binary", "wall.stl", _mesh, _vessels),
    Format("STL text", "text.stl", _stl_text, _vessels),
    Format("PLY binary", "wall.ply", _mesh, _vessels),
    Format("PLY text", "text.ply", _ply_text, _vessels),
    Format("OBJ", "wall.obj", _mesh, _vessels),
    Format("NIfTI vessels", "seg.nii", _volume(nib.Nifti1Image), _vessels),
    Format("NIfTI.gz vessels", "seg.nii.gz", _volume(nib.Nifti1Image), _vessels),
    Format("MGZ vessels", "seg.mgz", _volume(nib.MGHImage), _vessels),
    Format("NIfTI labels", "labels.nii", _volume(nib.Nifti1Image), partial(_vessels, labels="1=artery", kind="vein")),
    Format("NIfTI chances", "prob.nii.gz", _chances, partial(_vessels, threshold=0.4, error_mm=0.2, scale=0.5)),
    Format("NIfTI region", "tof.nii", _volume(nib.Nifti1Image), _region),
    Format("SWC placed", "placed.swc", _swc, partial(_vessels, axes="-x,z,y", scale=10.0, space="lps", error_mm=1.0)),
    Format(
        "PLY placed", "placed.ply", _mesh, partial(_vessels, axes="x,-z,y", offset_mm=(1.0, -2.0, 3.0), kind="vein")
    ),
    Format("label", "lh.V1_exvivo.label", _label, lambda path: read_label(path, 162)),
    Format("transform", "talairach.xfm", _xfm, read_talairach),
    Format("MGZ volume", "T1.mgz", _volume(nib.MGHImage), _t1),
    Format("NIfTI volume", "T1.nii.gz", _volume(nib.Nifti2Image), _t1),
    Format("MGZ grid", "orig.mgz", _volume(nib.MGHImage), read_volume_geometry),
    Format("MGZ map", "lh.angle.mgz", _map, _overlay),
    Format("FreeSurfer surface", "lh.white", _geometry, read_surface),
    Format("FreeSurfer curv", "lh.curv", _curv, _overlay),
    Format("GIFTI surface", "white.gii", _gifti, read_surface),
    Format("GIFTI.gz surface", "white.gii.gz", _gifti, read_surface),
    Format("GIFTI map", "map.gii", _gifti_map, _overlay),
    Format("plan", "plan.json", _plan, load_plan),
    Format("device", "own.toml", _device, lambda path: load_device(str(path))),
)
