from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from planner.anatomy.access import Access, Window
from planner.anatomy.regions import Region
from planner.anatomy.vessels.tree import VesselKind
from planner.anatomy.vessels.wall import VesselWall
from planner.cli import export as cli_export
from planner.design.limits import ConstraintName, ThreadMargins, Verdict, Violation
from planner.errors import InputError
from planner.plan.edits import grouped, set_aside
from planner.plan.export import FORMATS, check_export, export_plan, write_export
from planner.plan.export.pdf_words import page_words, squeezed
from planner.plan.export.readback import ReadbackError, require_equal, require_same
from planner.plan.export.slicer import SAFE_COLOUR
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint


def write(examined: Examined, format: str, folder: Path) -> list[Path]:
    return write_export(examined, format, folder)


def test_csv_has_a_row_for_each_contact_with_all_digits(examined: Examined, tmp_path: Path) -> None:
    (file,) = write(replace(examined, plan=grouped(examined.plan, {"T02"}, "foveal")), "csv", tmp_path)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [r["group"] for r in rows] == [""] * 4 + ["foveal"] * 4
    assert [(r["thread"], r["contact"]) for r in rows] == [(t, str(c)) for t in ("T01", "T02") for c in (1, 2, 3, 4)]
    xyz = np.array([[float(r[f"{axis}_mm"]) for axis in "xyz"] for r in rows])
    np.testing.assert_array_equal(xyz, examined.plan.implant.contacts_mm())
    assert {r["space"] for r in rows} == {"scanner_ras"}
    assert rows[0]["margin_vessel_mm"] == "unknown"  # no filter for margins of 0 or more lets it pass
    assert float(rows[7]["margin_vessel_mm"]) == -0.125
    units = {key.rpartition("_")[2] for key in rows[0] if key.startswith("margin_")}
    assert units == {"mm", "deg", "ua"}
    assert float(rows[0]["margin_current_ua"]) == 20.0
    off = ("angle_deg", "access_mm", "approach_deg", "reach_mm", "region_mm")
    assert {rows[0][f"margin_{name}"] for name in off} == {"none"}
    assert rows[7]["nearest_vessel"] == "lh pial artery"
    assert {r["verdict"] for r in rows} == {"NOT FEASIBLE (1 violation)"}
    assert all("Research use only" in r["notice"] and "synthetic" in r["notice"] for r in rows)


def exempt_second(examined: Examined) -> Examined:
    """The same with the second thread exempt from clearance and path."""
    plan = examined.plan
    assert plan.verdict is not None
    margins = dict(plan.verdict.margins)
    off: tuple[ConstraintName, ...] = ("vessel", "path")
    margins["T02"] = ThreadMargins({**margins["T02"].margins, **dict.fromkeys(off, math.inf)}, exempt=off)
    return replace(examined, plan=replace(plan, verdict=Verdict(True, margins, ())))


def test_csv_tells_exempt_margins_from_unknown_ones(examined: Examined, tmp_path: Path) -> None:
    (file,) = write(exempt_second(examined), "csv", tmp_path)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    first, last = rows[0], rows[-1]
    assert (first["margin_vessel_mm"], last["margin_vessel_mm"], last["margin_path_mm"]) == ("unknown", *["exempt"] * 2)
    assert float(first["margin_path_mm"]) == examined.plan.verdict.margins["T01"].margins["path"]


def closed_second(examined: Examined) -> Examined:
    """The same with the second thread in a hemisphere that has no window, though the other one has."""
    plan = examined.plan
    assert plan.verdict is not None
    margins = dict(plan.verdict.margins)
    margins["T02"] = ThreadMargins({**margins["T02"].margins, "access": -math.inf})
    violations = (Violation("T02", "access", -math.inf, "Thread T02: there is no window of its hemisphere."),)
    window = Window("lh", "hull", (-12.0, -95.0, 2.0), (0.0, 1.0, 0.0), 8.0, 40.0)
    limits = replace(plan.limits, access=Access("left", (window,)))
    return replace(examined, plan=replace(plan, limits=limits, verdict=Verdict(False, margins, violations)))


def test_where_a_hemisphere_has_no_window_tables_say_so(examined: Examined, tmp_path: Path) -> None:
    closed = closed_second(examined)
    (file,) = write(closed, "csv", tmp_path)
    with file.open(encoding="utf-8", newline="") as opened:
        assert list(csv.DictReader(opened))[-1]["margin_access_mm"] == "no window of its hemisphere"
    pdf, _ = write(closed, "pdf", tmp_path / "report")
    pages = page_words(pdf.read_bytes())
    assert squeezed("access T02 no window of its hemisphere") in pages[0]
    assert any(squeezed("T02 -0.125") in page and squeezed("no window") in page for page in pages[1:])
    write(closed, "vtp", tmp_path / "vtp")
    cells = read_vtp(tmp_path / "vtp" / "threads.vtp").GetCellData()
    assert vtk_to_numpy(cells.GetArray("margin_access_mm"))[1] == -math.inf


def test_vtp_passes_no_exempt_margin_for_a_safe_one(examined: Examined, tmp_path: Path) -> None:
    write(exempt_second(examined), "vtp", tmp_path)
    cells = read_vtp(tmp_path / "threads.vtp").GetCellData()
    path = examined.plan.verdict.margins["T01"].margins["path"]
    np.testing.assert_array_equal(vtk_to_numpy(cells.GetArray("margin_path_mm")), [path, math.nan])
    np.testing.assert_array_equal(vtk_to_numpy(cells.GetArray("margin_vessel_mm")), [math.nan, math.nan])
    np.testing.assert_array_equal(vtk_to_numpy(cells.GetArray("vessels_unknown")), [1, 0])


def test_slicer_markups_are_in_lps_and_defined(examined: Examined, tmp_path: Path) -> None:
    (file,) = write(examined, "mrk.json", tmp_path)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["@schema"].endswith("markups-schema-v1.0.3.json#")
    markups = document["markups"]
    assert [(m["type"], m["name"]) for m in markups] == [("Line", "T01"), ("Line", "T02"), ("Fiducial", "contacts")]
    assert {m["coordinateSystem"] for m in markups} == {"LPS"}
    assert {p["positionStatus"] for m in markups for p in m["controlPoints"]} == {"defined"}
    # T01 enters the left hemisphere at RAS (-12, -90, 2): left and posterior are positive in LPS
    assert markups[0]["controlPoints"][0]["position"] == [12.0, 90.0, 2.0]
    np.testing.assert_allclose(markups[0]["controlPoints"][1]["position"], [12.0, 90.0, 0.5])
    contacts = np.array([p["position"] for p in markups[2]["controlPoints"]]) * [-1, -1, 1]
    np.testing.assert_array_equal(contacts, examined.plan.implant.contacts_mm())
    assert markups[2]["controlPoints"][4]["label"] == "T02-1"
    assert "NOT FEASIBLE" in markups[0]["controlPoints"][0]["description"]
    assert "Research use only" in markups[0]["description"]
    colours = [markup["display"]["selectedColor"] for markup in markups]
    assert len({tuple(colour) for colour in colours}) == 3
    assert list(SAFE_COLOUR) not in colours  # T01 is unknown, T02 unsafe, and contacts are of both


def read_vtp(file: Path) -> Any:
    """With VTK alone, as another program would."""
    reader = vtk.vtkXMLPolyDataReader()
    reader.SetFileName(str(file))
    reader.Update()
    return reader.GetOutput()


def field_text(mesh: Any, name: str) -> str:
    text: str = mesh.GetFieldData().GetAbstractArray(name).GetValue(0)
    return text


def test_vtp_holds_threads_contacts_whole_surfaces_and_vessels_in_ras(examined: Examined, tmp_path: Path) -> None:
    files = write(examined, "vtp", tmp_path)
    names = {file.stem for file in files}
    assert names == {"threads", "contacts", "lh_white", "lh_pial", "rh_white", "rh_pial", "arteries"}
    for file in files:
        mesh = read_vtp(file)
        assert field_text(mesh, "SPACE") == "RAS"
        assert field_text(mesh, "verdict") == "NOT FEASIBLE (1 violation)"
        assert "Research use only" in field_text(mesh, "notice")
    for name, hemisphere in examined.anatomy.hemispheres.items():
        mesh = read_vtp(tmp_path / f"{name}_pial.vtp")
        np.testing.assert_array_equal(vtk_to_numpy(mesh.GetPoints().GetData()), hemisphere.pial_mm)
        cells = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        np.testing.assert_array_equal(cells, hemisphere.faces)
    contacts = read_vtp(tmp_path / "contacts.vtp")
    positions = examined.plan.implant.contacts_mm()
    np.testing.assert_array_equal(vtk_to_numpy(contacts.GetPoints().GetData()), positions)
    threads = read_vtp(tmp_path / "threads.vtp")
    assert threads.GetNumberOfLines() == 2
    np.testing.assert_array_equal(vtk_to_numpy(threads.GetCellData().GetArray("margin_vessel_mm")), [math.nan, -0.125])
    np.testing.assert_array_equal(vtk_to_numpy(threads.GetCellData().GetArray("vessels_unknown")), [1, 0])
    cells = threads.GetCellData()
    margins = {cells.GetArrayName(i) for i in range(cells.GetNumberOfArrays())}
    assert "margin_current_ua" in margins
    assert "margin_angle_deg" not in margins  # no angle is set


def test_vtp_has_the_margins_of_every_limit_that_is_set(examined: Examined, tmp_path: Path) -> None:
    plan = examined.plan
    assert plan.verdict is not None
    steep = {name: replace(m, margins={**m.margins, "angle": 12.5}) for name, m in plan.verdict.margins.items()}
    limits = replace(plan.limits, angle_deg=30.0, regions=(Region("Fußregion", "lh", (1, 2), "painted"),))
    plan = replace(plan, limits=limits, verdict=replace(plan.verdict, margins=steep))
    write(replace(examined, plan=plan), "vtp", tmp_path)
    found = read_vtp(tmp_path / "threads.vtp").GetCellData().GetArray("margin_angle_deg")
    np.testing.assert_array_equal(vtk_to_numpy(found), [12.5, 12.5])
    words = field_text(read_vtp(tmp_path / "contacts.vtp"), "limits")  # VTK's own text is of ASCII
    assert "within 30 deg of pial" in words
    assert r"Fu\xdfregion (lh, 2 vertices" in words


def test_vessels_keep_their_segments_and_radii_and_say_that_they_are_synthetic(
    examined: Examined, tmp_path: Path
) -> None:
    write(examined, "vtp", tmp_path)
    (tree,) = examined.anatomy.vessels
    mesh = read_vtp(tmp_path / "arteries.vtp")
    np.testing.assert_array_equal(vtk_to_numpy(mesh.GetPoints().GetData()), tree.points_mm)
    np.testing.assert_array_equal(vtk_to_numpy(mesh.GetPointData().GetArray("Radius")), tree.radius_mm)
    np.testing.assert_array_equal(vtk_to_numpy(mesh.GetLines().GetConnectivityArray()).reshape(-1, 2), tree.edges)
    assert mesh.GetFieldData().GetArray("synthetic").GetValue(0) == 1


def test_vessels_of_one_kind_are_joined_without_mixing_their_nodes(examined: Examined, tmp_path: Path) -> None:
    (tree,) = examined.anatomy.vessels
    other = replace(tree, name="mine", points_mm=tree.points_mm + 50.0, synthetic=False)
    write(replace(examined, anatomy=replace(examined.anatomy, vessels=(tree, other))), "vtp", tmp_path)
    mesh = read_vtp(tmp_path / "arteries.vtp")
    pairs = vtk_to_numpy(mesh.GetLines().GetConnectivityArray()).reshape(-1, 2)
    np.testing.assert_array_equal(pairs[3:], tree.edges + len(tree.points_mm))
    assert [mesh.GetFieldData().GetArray("synthetic").GetValue(i) for i in (0, 1)] == [1, 0]


def test_walls_are_written_whole_beside_the_lines_of_their_kind(examined: Examined, tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=1)
    points, faces = np.asarray(ball.vertices), np.asarray(ball.faces)
    walls = [
        VesselWall(name, "artery", points + shift, faces, "a.ply", error_mm=0.25)
        for name, shift in (("a", 0), ("b", 9))
    ]
    anatomy = replace(examined.anatomy, vessels=(*examined.anatomy.vessels, *walls))
    files = {file.stem for file in write(replace(examined, anatomy=anatomy), "vtp", tmp_path)}
    assert {"arteries", "artery_walls"} <= files
    assert not {"veins", "vein_walls", "vessel_walls"} & files
    mesh = read_vtp(tmp_path / "artery_walls.vtp")
    cells = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    np.testing.assert_array_equal(vtk_to_numpy(mesh.GetPoints().GetData()), np.concatenate([points, points + 9]))
    np.testing.assert_array_equal(cells, np.concatenate([faces, faces + len(points)]))
    assert [mesh.GetFieldData().GetAbstractArray("wall_names").GetValue(i) for i in (0, 1)] == ["a", "b"]
    assert mesh.GetFieldData().GetArray("localisation_error_mm").GetValue(1) == 0.25
    assert field_text(mesh, "SPACE") == "RAS"


def unknown_around_all(examined: Examined) -> Examined:
    """The same, feasible, on a case of three kinds of vessels of which two are unknown around each thread."""
    plan = examined.plan
    assert plan.verdict is not None
    kinds: tuple[VesselKind, ...] = ("artery", "vein", "vessel")
    vessels = tuple(replace(plan.case.vessels[0], kind=kind) for kind in kinds)
    unknown = replace(plan.verdict.margins["T01"], unknown_kinds=("artery", "vessel"))
    verdict = Verdict(True, {thread.name: unknown for thread in plan.threads}, ())
    return replace(examined, plan=replace(plan, case=replace(plan.case, vessels=vessels), verdict=verdict))


def test_the_header_of_stl_has_room_for_the_notice_and_for_what_is_unknown(examined: Examined, tmp_path: Path) -> None:
    (file, *_) = write(unknown_around_all(examined), "stl", tmp_path)
    header = file.read_bytes()[:80].decode()
    assert "Research use only." in header
    assert header.rstrip().endswith("feasible, vessels unknown")


def test_vtp_says_of_unsafe_threads_too_that_vessels_are_unknown_around_them(
    examined: Examined, tmp_path: Path
) -> None:
    unknown = unknown_around_all(examined)
    broken = (Violation("T02", "gray", -0.1, "Thread T02: outside."),)
    assert unknown.plan.verdict is not None
    verdict = replace(unknown.plan.verdict, feasible=False, violations=broken)
    write(replace(unknown, plan=replace(unknown.plan, verdict=verdict)), "vtp", tmp_path)
    cells = read_vtp(tmp_path / "threads.vtp").GetCellData()
    np.testing.assert_array_equal(vtk_to_numpy(cells.GetArray("feasible")), [1, 0])
    np.testing.assert_array_equal(vtk_to_numpy(cells.GetArray("vessels_unknown")), [1, 1])


def test_stl_is_closed_outward_and_in_ras(examined: Examined, tmp_path: Path) -> None:
    files = write(examined, "stl", tmp_path)
    assert {f.stem for f in files} == {"threads", "contacts", "lh_white", "lh_pial", "rh_white", "rh_pial"}
    for file in files:
        header = file.read_bytes()[:80]
        assert header.startswith(b"SPACE=RAS ")
        assert b"NOT FEASIBLE" in header
        assert b"esearch use only" in header
    device = examined.plan.device
    threads = trimesh.load_mesh(tmp_path / "threads.stl")
    contacts = trimesh.load_mesh(tmp_path / "contacts.stl")
    assert threads.is_watertight
    assert contacts.is_watertight
    cylinder = np.pi * device.shaft_radius_mm**2 * sum(t.depth_mm for t in examined.plan.threads)
    assert threads.volume == pytest.approx(cylinder, rel=0.06)  # a prism of twelve sides
    ball = 4 / 3 * np.pi * (1.5 * device.shaft_radius_mm) ** 3
    assert contacts.volume == pytest.approx(8 * ball, rel=0.2)
    middles = np.array([part.centroid for part in contacts.split()])
    wanted = examined.plan.implant.contacts_mm()
    nearest = np.linalg.norm(middles[:, None] - wanted[None], axis=-1).min(axis=0)
    assert nearest.max() < 1e-4
    pial = trimesh.load_mesh(tmp_path / "rh_pial.stl", process=False)
    hemisphere = examined.anatomy.hemispheres["rh"]
    np.testing.assert_allclose(pial.triangles, hemisphere.pial_mm[hemisphere.faces], atol=1e-5)
    assert (pial.face_normals[:, 2] > 0.99).all()


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "dicom"])
def test_an_export_that_fails_on_the_way_leaves_nothing(
    examined: Examined, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("kept")

    def fail(*_: object) -> None:
        raise ReadbackError("the disk forgot")

    for module in ("table", "slicer", "vtp", "stl", "ply", "bids", "freeview", "labelmap", "pulse2percept", "report"):
        monkeypatch.setattr(f"planner.plan.export.{module}.require_same", fail)
    with pytest.raises(ReadbackError):
        write(examined, format, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_what_was_read_back_wrongly_is_noticed() -> None:
    with pytest.raises(ReadbackError, match="a count"):
        require_same(Path("x.csv"), "a count", 1, 2)
    with pytest.raises(ReadbackError, match="the points"):
        require_equal(Path("x.vtp"), "the points", [1.0, 2.0], [1.0, 2.0 + 1e-15])
    with pytest.raises(ReadbackError):
        require_equal(Path("x.vtp"), "the points", [[1.0]], [1.0])


def test_an_unknown_format_and_an_empty_plan_are_refused_before_any_work(examined: Examined, tmp_path: Path) -> None:
    site: Any = None
    with pytest.raises(InputError, match=r"choose one of csv, mrk\.json, vtp, stl, ply"):
        export_plan(examined.plan, site, "doc", tmp_path / "out")
    with pytest.raises(InputError, match="no threads"):
        export_plan(replace(examined.plan, threads=()), site, "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_files_of_one_plan_bear_one_fingerprint_and_those_of_another_another(
    examined: Examined, tmp_path: Path
) -> None:
    mark = fingerprint(examined.plan)
    assert fingerprint(replace(examined.plan, threads=examined.plan.threads[:1])) != mark
    for format in FORMATS:
        if format != "dicom":  # needs a library that may be missing; test_dicom_seg reads it
            write(examined, format, tmp_path)
    names = ("pulse2percept_implant.py", "contacts.json", "report.json", "threads_labels.txt", "rh_pial.ply")
    bids = [file for file in (tmp_path / "derivatives").rglob("*_*.json") if file.name != "dataset_description.json"]
    assert all(mark.encode() in file.read_bytes() for file in [*bids, *(tmp_path / name for name in names)])
    assert len(bids) == 2
    assert mark in (tmp_path / "contacts.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    assert f"plan, {mark}, NOT" in (tmp_path / "plan.mrk.json").read_text(encoding="utf-8")
    assert field_text(read_vtp(tmp_path / "rh_pial.vtp"), "plan") == mark
    header = (tmp_path / "contacts.stl").read_bytes()[:80].decode()
    assert header.strip() == f"SPACE=RAS Research use only. Calcarine {mark}, NOT FEASIBLE (1 violation)"


def test_the_command_line_names_every_format() -> None:
    assert tuple(FORMATS) == cli_export.FORMATS


@pytest.mark.parametrize("format", ["vtp", "stl", "ply"])
def test_files_of_another_export_are_not_left_beside_these(examined: Examined, tmp_path: Path, format: str) -> None:
    names = {file.name for file in write(examined, format, tmp_path)}
    write(examined, format, tmp_path)  # the same files again are no other export's
    anatomy = examined.anatomy
    fewer = replace(anatomy, hemispheres={"lh": anatomy.hemispheres["lh"]}, vessels=())
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(InputError, match=rf"rh_white\.{format}, rh_pial\.{format}.* of another export"):
        write(replace(examined, anatomy=fewer), format, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert before.keys() == names


def test_a_plan_whose_threads_are_all_set_aside_has_nothing_to_export(examined: Examined) -> None:
    with pytest.raises(InputError, match="no thread of the plan is used"):
        check_export(set_aside(examined.plan, {"T01", "T02"}), "csv")
