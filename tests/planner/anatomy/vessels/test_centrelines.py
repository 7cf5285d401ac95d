from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkIOLegacy import vtkPolyDataWriter
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

from planner.anatomy.vessels.centrelines import read_centrelines
from planner.anatomy.vessels.swc import read_swc
from planner.errors import InputError

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


@pytest.mark.parametrize("suffix", [".vtp", ".vtk"])
@pytest.mark.parametrize("name", ["Radius", "radius", "MaximumInscribedSphereRadius"])
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
    with pytest.raises(InputError, match="SPACE is tkRAS"):
        read_centrelines(write(tmp_path / f"tk{suffix}", polydata(SPACE="tkRAS")))


def test_space_in_a_legacy_header_decides_too(tmp_path: Path) -> None:
    tree = read_centrelines(write(tmp_path / "a.vtk", polydata(), "3D Slicer output. SPACE=LPS"))
    assert tree.points_mm[3].tolist() == [-3, -1, 0]


def test_kind_in_field_data_wins_over_the_argument(tmp_path: Path) -> None:
    assert read_centrelines(write(tmp_path / "a.vtp", polydata(kind="vein")), "artery").kind == "vein"
    assert read_centrelines(write(tmp_path / "b.vtp", polydata()), "artery").kind == "artery"


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
    with pytest.raises(InputError, match="cannot be read"):
        read_centrelines(tmp_path / "none.vtp")
    assert capfd.readouterr() == ("", "")


def test_a_surface_is_refused_as_having_no_lines(tmp_path: Path) -> None:
    data = polydata()
    data.SetPolys(data.GetLines())
    data.SetLines(vtkCellArray())
    with pytest.raises(InputError, match="no lines"):
        read_centrelines(write(tmp_path / "a.vtp", data))


def test_the_reference_tree_is_the_same_in_both_formats(shared_data: Path) -> None:
    swc = read_swc(shared_data / "vessels" / "lh_pial_artery.swc")
    vtp = read_centrelines(shared_data / "vessels" / "lh_pial_artery.vtp")
    assert (swc.edges == vtp.edges).all()
    np.testing.assert_allclose(swc.points_mm, vtp.points_mm, atol=0.00051)  # written with three decimals
    np.testing.assert_allclose(swc.radius_mm, vtp.radius_mm, atol=0.000051)
