from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData, vtkUnstructuredGrid
from vtkmodules.vtkIOLegacy import vtkPolyDataWriter, vtkUnstructuredGridWriter
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter, vtkXMLUnstructuredGridWriter

from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.vtk_file import read_vtk
from planner.errors import InputError
from planner.frames import Space, Transform

Y_SHAPE = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [2, 0, 1e-8], [3, 1, 0], [2, 0, 0], [3, -1, 0]], dtype=float)
Y_LINES = ((0, 1, 2), (3, 4), (5, 6))


def polydata(radius_name: str | None = "Radius", **texts: str) -> vtkPolyData:
    data, points, lines = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetDataTypeToDouble()
    for point in Y_SHAPE:
        points.InsertNextPoint(*point)
    for line in Y_LINES:
        lines.InsertNextCell(len(line))
        for node in line:
            lines.InsertCellPoint(node)
    data.SetPoints(points)
    data.SetLines(lines)
    if radius_name is not None:
        array = numpy_to_vtk(np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.7, 0.2]), deep=True)
        array.SetName(radius_name)
        data.GetPointData().AddArray(array)
    for name, text in texts.items():
        words = vtkStringArray()
        words.SetName(name)
        words.InsertNextValue(text)
        data.GetFieldData().AddArray(words)
    return data


def write(path: Path, data: vtkPolyData, header: str | None = None) -> Path:
    writer = vtkXMLPolyDataWriter() if path.suffix == ".vtp" else vtkPolyDataWriter()
    if header is not None:
        writer.SetHeader(header)
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.Write()
    return path


def read_centrelines(path: Path, **how: Any) -> VesselTree:
    (tree,) = read_vessels(VesselFile(str(path), **how), {})
    assert isinstance(tree, VesselTree)
    return tree


@pytest.mark.parametrize("suffix", [".vtp", ".vtk"])
@pytest.mark.parametrize(
    "name", ["Radius", "Radii", "MaximumInscribedSphereRadius", "radius_mm", "Radius (mm)", "MISR"]
)
def test_lines_and_polylines_join_where_their_points_coincide(tmp_path: Path, suffix: str, name: str) -> None:
    tree = read_centrelines(write(tmp_path / f"y{suffix}", polydata(name)))
    np.testing.assert_allclose(tree.points_mm, Y_SHAPE[[0, 1, 2, 4, 6]], atol=1e-7)
    assert tree.radius_mm.tolist() == [0.9, 0.8, 0.7, 0.3, 0.2]
    assert tree.edges.tolist() == [[0, 1], [1, 2], [2, 3], [2, 4]]


@pytest.mark.parametrize("suffix", [".vtp", ".vtk"])
def test_space_in_field_data_decides_the_sides(tmp_path: Path, suffix: str) -> None:
    lps = read_centrelines(write(tmp_path / f"lps{suffix}", polydata(SPACE="LPS")))
    ras = read_centrelines(write(tmp_path / f"ras{suffix}", polydata(SPACE="RAS")))
    assert (lps.points_mm * [-1, -1, 1] == ras.points_mm).all()
    assert ras.points_mm[3].tolist() == [3, 1, 0]
    shift = np.eye(4)
    shift[:3, 3] = 1.0, 2.0, 3.0
    tk = write(tmp_path / f"tk{suffix}", polydata(SPACE="tkRAS"))
    (tree,) = read_vessels(VesselFile(str(tk)), {Space.TKRAS: Transform(Space.SCANNER_RAS, Space.TKRAS, shift)})
    assert isinstance(tree, VesselTree)
    assert tree.points_mm[3].tolist() == [2, -1, -3]
    with pytest.raises(InputError, match="no volume geometry"):
        read_centrelines(tk)
    with pytest.raises(InputError, match="SPACE is 'MNI'"):
        read_centrelines(write(tmp_path / f"mni{suffix}", polydata(SPACE="MNI")))


def test_the_space_that_is_asked_for_wins_over_the_one_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vtp", polydata(SPACE="LPS"))
    assert read_centrelines(path, space="scanner_ras").points_mm[3].tolist() == [3, 1, 0]


def test_space_in_a_legacy_header_decides_too(tmp_path: Path) -> None:
    tree = read_centrelines(write(tmp_path / "a.vtk", polydata(), "3D Slicer output. SPACE=LPS"))
    assert tree.points_mm[3].tolist() == [-3, -1, 0]


def test_kind_is_what_is_asked_for_else_what_the_file_says_else_its_name(tmp_path: Path) -> None:
    said, silent = write(tmp_path / "artery.vtp", polydata(kind="vein")), write(tmp_path / "art.vtp", polydata())
    assert read_centrelines(said).kind == "vein"
    assert read_centrelines(said, kind="vessel").kind == "vessel"
    assert read_centrelines(silent).kind == "artery"


def test_diameters_are_halved_and_that_is_said(tmp_path: Path) -> None:
    tree = read_centrelines(write(tmp_path / "a.vtp", polydata("Diameter")))
    assert tree.radius_mm.tolist() == [0.45, 0.4, 0.35, 0.15, 0.1]
    assert "diameter" in tree.note


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("suffix", [".vtu", ".vtk"])
def test_lines_of_an_unstructured_grid_are_read_alike(tmp_path: Path, suffix: str, binary: bool) -> None:
    grid, lines = vtkUnstructuredGrid(), polydata()
    grid.SetPoints(lines.GetPoints())
    grid.GetPointData().AddArray(lines.GetPointData().GetArray("Radius"))
    grid.InsertNextCell(21, 3, [0, 2, 1])  # a quadratic edge names its middle last
    for line in Y_LINES[1:]:
        grid.InsertNextCell(3, 2, line)
    writer = vtkXMLUnstructuredGridWriter() if suffix == ".vtu" else vtkUnstructuredGridWriter()
    if suffix == ".vtu":
        writer.SetDataMode(writer.Binary if binary else writer.Ascii)
    else:
        writer.SetFileType(2 if binary else 1)
    path = tmp_path / f"y{suffix}"
    writer.SetFileName(str(path))
    writer.SetInputData(grid)
    writer.Write()
    tree = read_centrelines(path)
    np.testing.assert_allclose(tree.points_mm, Y_SHAPE[[0, 1, 2, 4, 6]], atol=1e-7)
    assert sorted(tree.edges.tolist()) == [[0, 1], [1, 2], [2, 3], [2, 4]]


def test_cells_with_volume_are_refused(tmp_path: Path) -> None:
    grid = vtkUnstructuredGrid()
    grid.SetPoints(polydata().GetPoints())
    grid.InsertNextCell(10, 4, [0, 1, 2, 4])
    writer = vtkXMLUnstructuredGridWriter()
    writer.SetFileName(str(tmp_path / "a.vtu"))
    writer.SetInputData(grid)
    writer.Write()
    with pytest.raises(InputError, match=r"type 10.*extract the surface"):
        read_centrelines(tmp_path / "a.vtu")


def test_radii_that_disagree_are_said(tmp_path: Path) -> None:
    for factor, said in ((1.5, False), (0.5, True)):
        data = polydata("MaximumInscribedSphereRadius")
        other = numpy_to_vtk(factor * np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.7, 0.2]), deep=True)
        other.SetName("Radius")
        data.GetPointData().AddArray(other)
        tree = read_centrelines(write(tmp_path / "a.vtp", data))
        assert tree.radius_mm[0] == 0.9
        assert ("though 'radius' differs 2-fold or more" in tree.note) == said


def test_radii_of_cells_are_refused_with_the_way_out(tmp_path: Path) -> None:
    data = polydata(None)
    array = numpy_to_vtk(np.array([0.9, 0.3, 0.2]), deep=True)
    array.SetName("Radius")
    data.GetCellData().AddArray(array)
    with pytest.raises(InputError, match=r"no radius at its points .*turn its cell data into point data"):
        read_centrelines(write(tmp_path / "a.vtp", data))


def test_without_radii_the_message_names_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no radius at its points .*abscissas.*MaximumInscribedSphereRadius"):
        read_centrelines(write(tmp_path / "a.vtp", polydata("Abscissas")))


def test_broken_files_are_input_errors_and_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = {s: write(tmp_path / f"a{s}", polydata()).read_bytes() for s in (".vtp", ".vtk")}
    image = b"DATASET STRUCTURED_POINTS\nDIMENSIONS 1 1 1\nORIGIN 0 0 0\nSPACING 1 1 1\n"
    broken = [
        whole[".vtp"][:700],
        whole[".vtk"][:200],
        b"",
        b"\x00\xff" * 99,
        b"# vtk DataFile Version 3.0\nx\nASCII\n" + image,
        b'<?xml version="1.0"?><VTKFile>',
    ]
    for number, content in enumerate(broken):
        path = tmp_path / f"broken{number}.vtp"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_centrelines(path)
        assert str(path) in str(caught.value)
    with pytest.raises(InputError, match="does not exist"):
        read_centrelines(tmp_path / "none.vtp")
    assert capfd.readouterr() == ("", "")


def test_strips_and_polygons_become_triangles_that_face_the_same_way(tmp_path: Path) -> None:
    data, points, strips, polys = vtkPolyData(), vtkPoints(), vtkCellArray(), vtkCellArray()
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0, 2)):
        points.InsertNextPoint(x, y, 0)
    strips.InsertNextCell(5, [0, 1, 2, 3, 4])
    polys.InsertNextCell(4, [0, 1, 3, 2])
    data.SetPoints(points)
    data.SetStrips(strips)
    data.SetPolys(polys)
    found = read_vtk(write(tmp_path / "a.vtp", data))
    corners = found.points[found.triangles][..., :2]
    areas = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 2
    assert areas.tolist() == [0.5] * 5


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended"])
def test_counts_that_a_file_cannot_hold_are_refused_before_vtk_reserves_room(
    tmp_path: Path, mode: str, compressed: bool
) -> None:
    writer, path = vtkXMLPolyDataWriter(), tmp_path / "a.vtp"
    writer.SetFileName(str(path))
    writer.SetDataMode(getattr(writer, mode))
    if not compressed:
        writer.SetCompressorTypeToNone()
    writer.SetInputData(polydata())
    writer.Write()
    assert len(read_centrelines(path).edges) == 4
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'NumberOfPoints="7"', b'NumberOfPoints="70000000"'))
    with pytest.raises(InputError, match="claims to hold more"):
        read_centrelines(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"POINTS 7", b"POINTS 700000000"), (b"POINTS 7", b"POINTS -7"), (b"Radius 1 7", b"Radius 9999 9999")],
)
def test_legacy_counts_are_held_against_the_length_too(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = write(tmp_path / "a.vtk", polydata())
    whole = path.read_bytes()
    assert before in whole
    path.write_bytes(whole.replace(before, after))
    with pytest.raises(InputError, match="claims to hold more"):
        read_centrelines(path)


def test_an_array_that_claims_to_unfold_without_end_is_refused(tmp_path: Path) -> None:
    writer, path = vtkXMLPolyDataWriter(), tmp_path / "a.vtp"
    writer.SetFileName(str(path))
    writer.SetDataModeToBinary()
    writer.SetInputData(polydata())
    writer.Write()
    whole = path.read_bytes()
    start = whole.index(b">", whole.index(b'Name="Radius"')) + 1
    bomb = base64.b64encode(struct.pack("<4I", 1, 2**31 - 1, 2**31 - 1, 20))
    path.write_bytes(whole[:start] + bomb + whole[whole.index(b"<", start) :])
    with pytest.raises(InputError, match="claims to hold more"):
        read_centrelines(path)


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vtp", polydata())
    laughs = b'<!DOCTYPE VTKFile [<!ENTITY a "aaaaaaaaaa">]>\n<VTKFile'
    path.write_bytes(path.read_bytes().replace(b"<VTKFile", laughs, 1))
    with pytest.raises(InputError, match="entities"):
        read_centrelines(path)


def test_the_reference_tree_is_the_same_in_both_formats(shared_data: Path) -> None:
    swc = read_centrelines(shared_data / "vessels" / "lh_pial_artery.swc")
    vtp = read_centrelines(shared_data / "vessels" / "lh_pial_artery.vtp")
    assert (swc.edges == vtp.edges).all()
    np.testing.assert_allclose(swc.points_mm, vtp.points_mm, atol=0.00051)  # written with three decimals
    np.testing.assert_allclose(swc.radius_mm, vtp.radius_mm, atol=0.000051)
