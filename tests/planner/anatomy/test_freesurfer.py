from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.anatomy.assembly import assemble
from planner.anatomy.freesurfer import locate_subject
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.laterality import check_laterality
from planner.anatomy.request import CaseRequest
from planner.errors import InputError
from planner.frames import FloatArray, IntArray, Points, Space


def load_subject(folder: Path) -> Anatomy:
    return assemble(locate_subject(folder), CaseRequest(str(folder)))


def by_nibabel_alone(folder: Path, volume: str, surface: str) -> FloatArray:
    header = nib.load(folder / "mri" / volume).header
    points, _ = nib.freesurfer.read_geometry(folder / "surf" / surface)
    voxels = nib.affines.apply_affine(np.linalg.inv(header.get_vox2ras_tkr().astype(float)), points)
    return np.asarray(nib.affines.apply_affine(header.get_vox2ras().astype(float), voxels))


@pytest.fixture(params=["conformed", "oblique"])
def affine(request: pytest.FixtureRequest) -> FloatArray:
    return np.asarray(request.getfixturevalue(request.param))


@pytest.mark.parametrize("shape", [(256, 256, 256), (176, 240, 250)])
@pytest.mark.parametrize("volume", ["orig.mgz", "T1.mgz", "brain.mgz"])
def test_surfaces_arrive_in_scanner_space(tmp_path, write_subject, affine, shape, volume) -> None:  # type: ignore[no-untyped-def]
    written = write_subject(tmp_path / "bert", affine, shape=shape, volume=volume)
    anatomy = load_subject(written.folder)
    assert list(anatomy.hemispheres) == ["lh", "rh"]
    for name, hemisphere in anatomy.hemispheres.items():
        for key, points in (("white", hemisphere.white_mm), ("pial", hemisphere.pial_mm)):
            expected = by_nibabel_alone(written.folder, volume, f"{name}.{key}")
            np.testing.assert_allclose(points, expected, atol=1e-5)  # headers are float32
        np.testing.assert_allclose(hemisphere.white_mm, written.white_mm[name], atol=1e-3)
        np.testing.assert_allclose(hemisphere.pial_mm, written.pial_mm[name], atol=1e-3)
        np.testing.assert_array_equal(hemisphere.faces, written.faces[name])
    check_laterality(anatomy)
    assert anatomy.notes == ()


@pytest.mark.parametrize("shape", [(256, 256, 256), (176, 240, 250)])
def test_the_surface_files_own_geometry_serves_without_a_volume(tmp_path, write_subject, affine, shape) -> None:  # type: ignore[no-untyped-def]
    written = write_subject(tmp_path / "bert", affine, shape=shape, volume=None)
    anatomy = load_subject(written.folder)
    for name, hemisphere in anatomy.hemispheres.items():
        np.testing.assert_allclose(hemisphere.pial_mm, written.pial_mm[name], atol=1e-3)
    assert any("No volume" in note for note in anatomy.notes)


def test_one_hemisphere_alone_is_a_case(tmp_path, write_subject, oblique) -> None:  # type: ignore[no-untyped-def]
    written = write_subject(tmp_path / "bert", oblique, shape=(60, 70, 80), hemispheres=("rh",))
    anatomy = load_subject(written.folder)
    assert list(anatomy.hemispheres) == ["rh"]
    assert any("lh" in note for note in anatomy.notes)
    assert set(anatomy.hashes) >= {"rh.white", "rh.pial", "orig.mgz", "rh.benson14_angle"}
    check_laterality(anatomy)


def test_maps_and_overlays_arrive_vertex_by_vertex(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    hemisphere = load_subject(folder).hemispheres["lh"]
    for key, values in {
        "angle": hemisphere.retinotopy.polar_angle_deg,
        "eccen": hemisphere.retinotopy.eccentricity_deg,
        "varea": hemisphere.retinotopy.area,
    }.items():
        expected = nib.load(folder / "surf" / f"lh.benson14_{key}.mgz").get_fdata().ravel()
        np.testing.assert_allclose(values, expected, rtol=1e-12)
    np.testing.assert_array_equal(hemisphere.curvature, nib.freesurfer.read_morph_data(folder / "surf" / "lh.curv"))
    assert hemisphere.inflated_mm is not None


@pytest.fixture(scope="module")
def pristine(tmp_path_factory, write_subject, conformed) -> Path:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path_factory.mktemp("pristine") / "bert", conformed, shape=(8, 8, 8)).folder
    assert isinstance(folder, Path)
    return folder


@pytest.fixture
def subject(tmp_path: Path, pristine: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "bert"))


NEEDED = ["surf/lh.white", "surf/lh.pial"]
MAPS = ["surf/lh.benson14_angle.mgz", "surf/lh.benson14_eccen.mgz", "surf/lh.benson14_varea.mgz"]
READ = [*NEEDED, *MAPS, "mri/orig.mgz", "surf/lh.curv", "surf/lh.inflated"]


@pytest.mark.parametrize("file", NEEDED)
def test_a_missing_file_is_named(subject: Path, file: str) -> None:
    (subject / file).unlink()
    with pytest.raises(InputError, match=Path(file).name.split(".mgz")[0]):
        load_subject(subject)


@pytest.mark.parametrize("file", READ)
@pytest.mark.parametrize("content", [b"", b"\0", b"not a file of this kind", b"\xff\xff\xfe\n\n", bytes(5000)])
def test_a_broken_file_is_named(subject: Path, file: str, content: bytes) -> None:
    (subject / file).write_bytes(content)
    with pytest.raises(InputError, match=Path(file).name):
        load_subject(subject)


@pytest.mark.parametrize("file", READ)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0.0, 0.999), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=5))
def test_a_truncated_or_scratched_file_never_ends_in_a_traceback(
    subject: Path, pristine: Path, file: str, part: float, flips: list[tuple[float, int]]
) -> None:
    content = bytearray((pristine / file).read_bytes())
    if flips:
        for place, mask in flips:
            content[int(place * len(content))] ^= mask
    else:
        content = content[: int(part * len(content))]
    (subject / file).write_bytes(bytes(content))
    try:
        anatomy = load_subject(subject)
    except InputError:
        return
    for hemisphere in anatomy.hemispheres.values():
        assert np.isfinite(hemisphere.white_mm).all()
        assert np.isfinite(hemisphere.pial_mm).all()
        assert len(hemisphere.white_mm) == len(hemisphere.pial_mm) == len(hemisphere.field_deg)


def overwrite_map(subject: Path, key: str, change: Callable[[FloatArray], FloatArray]) -> None:
    path = subject / "surf" / f"lh.benson14_{key}.mgz"
    values = change(nib.load(path).get_fdata())
    nib.save(nib.MGHImage(values.astype(np.float32), np.eye(4)), path)


@pytest.mark.parametrize("key", ["angle", "eccen", "varea"])
def test_a_map_of_another_surface_is_refused(subject: Path, key: str) -> None:
    overwrite_map(subject, key, lambda values: values[:-5])
    with pytest.raises(InputError, match="637"):
        load_subject(subject)


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("angle", lambda v: -v, "sign of the polar angle"),
        ("angle", lambda v: v * np.pi / 180, "radians"),
        ("angle", lambda v: np.where(v == v.max(), 300, v), "polar angles"),
    ],
)
def test_a_map_of_another_convention_is_refused(subject: Path, key: str, change, words: str) -> None:  # type: ignore[no-untyped-def]
    overwrite_map(subject, key, change)
    with pytest.raises(InputError, match=words):
        load_subject(subject)


@pytest.mark.parametrize(("file", "extra"), [("lh.pial", 0), ("lh.pial", 3), ("lh.inflated", 3)])
def test_surfaces_that_do_not_fit_are_refused(subject: Path, file: str, extra: int) -> None:
    points, faces = nib.freesurfer.read_geometry(subject / "surf" / file)
    points = np.concatenate([points, np.zeros((extra, 3))])
    faces = faces if extra else faces[::-1]
    nib.freesurfer.write_geometry(subject / "surf" / file, points, faces)
    with pytest.raises(InputError, match=file):
        load_subject(subject)


def test_a_footer_that_calls_itself_invalid_is_not_believed(subject: Path) -> None:
    for name in ("lh", "rh"):
        path = subject / "surf" / f"{name}.white"
        points, faces, information = nib.freesurfer.read_geometry(path, read_metadata=True)
        information["valid"] = "0  # volume info invalid"
        nib.freesurfer.write_geometry(path, points, faces, volume_info=information)
    load_subject(subject)  # the volume knows better
    (subject / "mri" / "orig.mgz").unlink()
    with pytest.raises(InputError, match="in which volume's space"):
        load_subject(subject)


def test_without_volume_and_footer_the_space_is_unknown(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    written = write_subject(tmp_path / "bert", conformed, volume=None, footer=False)
    with pytest.raises(InputError, match="in which volume's space"):
        load_subject(written.folder)


def test_a_volume_of_another_scan_is_refused(subject: Path, oblique: FloatArray) -> None:
    assert load_subject(subject).notes == ()
    nib.save(nib.MGHImage(np.zeros((8, 8, 8), np.uint8), oblique), subject / "mri" / "orig.mgz")
    with pytest.raises(InputError, match=r"lh\.white and orig\.mgz disagree on where the surfaces lie"):
        load_subject(subject)


def test_a_folder_that_is_no_subject_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InputError, match="FreeSurfer subject"):
            load_subject(folder)
    (tmp_path / "surf").mkdir()
    with pytest.raises(InputError, match="no lh or rh"):
        load_subject(tmp_path)


def test_a_missing_map_is_asked_for_with_the_registration_that_would_do(subject: Path) -> None:
    (subject / MAPS[0]).unlink()
    with pytest.raises(InputError, match=r"lh\.sphere\.reg"):
        load_subject(subject)


@pytest.mark.parametrize("absolute", [False, True])
def test_pial_may_be_a_link_to_pial_t1(subject: Path, absolute: bool) -> None:
    expected = load_subject(subject).hemispheres["lh"].pial_mm
    pial = subject / "surf" / "lh.pial"
    pial.rename(subject / "surf" / "lh.pial.T1")
    np.testing.assert_array_equal(load_subject(subject).hemispheres["lh"].pial_mm, expected)  # no link at all
    pial.symlink_to(subject / "surf" / "lh.pial.T1" if absolute else Path("lh.pial.T1"))
    np.testing.assert_array_equal(load_subject(subject).hemispheres["lh"].pial_mm, expected)


@pytest.mark.parametrize(("target", "words"), [("/nowhere/lh.pial.T1", "which does not exist"), ("lh.pial", "circle")])
def test_a_link_that_leads_nowhere_is_named(subject: Path, target: str, words: str) -> None:
    pial = subject / "surf" / "lh.pial"
    pial.unlink()
    pial.symlink_to(target)
    with pytest.raises(InputError, match=f"lh.pial: .*{words}"):
        load_subject(subject)


def test_optional_files_that_are_missing_are_findings(subject: Path) -> None:
    for file in ("lh.inflated", "lh.curv"):
        (subject / "surf" / file).unlink()
    anatomy = load_subject(subject)
    missing = {finding.what for finding in anatomy.findings if finding.state == "missing"}
    assert {"lh inflated", "lh curv", "lh sphere.reg", "lh V1_exvivo", "T1 volume"} <= missing
    assert anatomy.hemispheres["lh"].curvature is None


def test_sulcal_depth_is_read_to_be_looked_at_and_no_plan_rests_on_it(subject: Path) -> None:
    without = load_subject(subject)
    assert without.hemispheres["lh"].sulcal_depth is None
    assert "lh sulc" in {finding.what for finding in without.findings if finding.state == "missing"}
    depth = np.linspace(-1.0, 2.0, 642, dtype=np.float32)
    nib.freesurfer.write_morph_data(subject / "surf" / "lh.sulc", depth)
    anatomy = load_subject(subject)
    np.testing.assert_array_equal(anatomy.hemispheres["lh"].sulcal_depth, depth)
    assert {finding.what: finding.state for finding in anatomy.findings}["lh sulc"] == "used"
    assert anatomy.hashes == without.hashes
    nib.freesurfer.write_morph_data(subject / "surf" / "lh.sulc", depth[:-1])
    with pytest.raises(InputError, match=r"lh\.sulc: .*641 values for the 642 vertices"):
        load_subject(subject)


def test_every_file_used_is_in_the_report_with_its_hash(subject: Path) -> None:
    for finding in load_subject(subject).findings:
        if finding.state == "used" and finding.file:
            assert finding.sha256 == hashlib.sha256(Path(finding.file).read_bytes()).hexdigest()
    states = {f.what: f.state for f in load_subject(subject).findings}
    assert (states["lh curv"], states["lh thickness"]) == ("used", "unused")
    white = next(f for f in load_subject(subject).findings if f.what == "lh white")
    assert (white.space, white.detail.split(";")[0]) == ("tkras", "642 vertices, 1280 faces")
    assert "0 vertices outside pial" in white.detail


def test_white_outside_pial_is_counted_and_survived(subject: Path) -> None:
    path = subject / "surf" / "lh.white"
    points, faces, information = nib.freesurfer.read_geometry(path, read_metadata=True)
    centre = points.mean(axis=0)
    points[:7] = centre + (points[:7] - centre) * 25 / 17  # pial is 20 mm from the centre
    nib.freesurfer.write_geometry(path, points, faces, volume_info=information)
    white = next(f for f in load_subject(subject).findings if f.what == "lh white")
    assert "; 7 vertices outside pial" in white.detail


def test_gifti_surfaces_serve_where_freesurfers_own_are_absent(subject: Path) -> None:
    expected = load_subject(subject).hemispheres["lh"]
    for key in ("white", "pial"):
        path = subject / "surf" / f"lh.{key}"
        points, faces = nib.freesurfer.read_geometry(path)
        write_gifti(path.with_name(f"{path.name}.gii"), points, faces, dataspace=0)
        path.unlink()
    np.testing.assert_allclose(load_subject(subject).hemispheres["lh"].white_mm, expected.white_mm, atol=1e-5)


def test_gifti_in_scanner_space_is_taken_as_it_is(subject: Path) -> None:
    expected = load_subject(subject).hemispheres["lh"]
    for key, points in (("white", expected.white_mm), ("pial", expected.pial_mm)):
        (subject / "surf" / f"lh.{key}").unlink()
        write_gifti(subject / "surf" / f"lh.{key}.gii", points, expected.faces, dataspace=1)
    anatomy = load_subject(subject)
    np.testing.assert_allclose(anatomy.hemispheres["lh"].white_mm, expected.white_mm, atol=1e-5)
    assert next(f for f in anatomy.findings if f.what == "lh white").space == "scanner_ras"


def test_gifti_in_a_template_space_needs_the_way_back(subject: Path) -> None:
    expected = load_subject(subject).hemispheres["lh"]
    xfm = np.array([[1.1, 0.02, 0, 3.0], [0, 0.95, 0.1, -7.0], [0, -0.1, 1.05, 11.0], [0, 0, 0, 1]])
    for key, points in (("white", expected.white_mm), ("pial", expected.pial_mm)):
        (subject / "surf" / f"lh.{key}").unlink()
        there = nib.affines.apply_affine(xfm, points)
        write_gifti(subject / "surf" / f"lh.{key}.gii", there, expected.faces, dataspace=3)
    with pytest.raises(InputError, match=r"MNI305.*talairach\.xfm"):
        load_subject(subject)
    write_talairach(subject, xfm)
    np.testing.assert_allclose(load_subject(subject).hemispheres["lh"].white_mm, expected.white_mm, atol=1e-4)


def write_gifti(path: Path, points: FloatArray, faces: IntArray, dataspace: int) -> None:
    coordinates = nib.gifti.GiftiDataArray(
        points.astype(np.float32),
        intent="NIFTI_INTENT_POINTSET",
        coordsys=nib.gifti.GiftiCoordSystem(dataspace, dataspace),
    )
    triangles = nib.gifti.GiftiDataArray(faces.astype(np.int32), intent="NIFTI_INTENT_TRIANGLE")
    nib.save(nib.gifti.GiftiImage(darrays=[coordinates, triangles]), path)


def write_talairach(subject: Path, matrix: FloatArray) -> None:
    (subject / "mri" / "transforms").mkdir(exist_ok=True)
    rows = "\n".join(" ".join(f"{value:.9f}" for value in row) for row in matrix[:3])
    text = f"MNI Transform File\n\nTransform_Type = Linear;\nLinear_Transform =\n{rows};\n"
    (subject / "mri" / "transforms" / "talairach.xfm").write_text(text)


def test_spaces_agree_with_nibabel_and_return_within_a_micrometre(tmp_path, write_subject, affine) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", affine, shape=(60, 70, 80)).folder
    xfm = np.array([[1.1, 0.02, 0, 3.0], [0, 0.95, 0.1, -7.0], [0, -0.1, 1.05, 11.0], [0, 0, 0, 1]])
    write_talairach(folder, xfm)
    anatomy = load_subject(folder)
    contacts = np.random.default_rng(0).uniform(-100, 100, (500, 3))
    assert set(anatomy.spaces) == set(Space) - {Space.SCANNER_RAS}
    for space, transform in anatomy.spaces.items():
        there = transform(Points(Space.SCANNER_RAS, contacts))
        assert there.space == space
        back = transform.inverse()(there).mm_in(Space.SCANNER_RAS)
        assert np.linalg.norm(back - contacts, axis=1).max() <= 1e-3
    header = nib.load(folder / "mri" / "orig.mgz").header
    voxels = nib.affines.apply_affine(np.linalg.inv(header.get_vox2ras().astype(float)), contacts)
    tkras = nib.affines.apply_affine(header.get_vox2ras_tkr().astype(float), voxels)
    np.testing.assert_allclose(anatomy.spaces[Space.VOXEL](contacts), voxels, atol=1e-4)
    np.testing.assert_allclose(anatomy.spaces[Space.TKRAS](contacts), tkras, atol=1e-4)
    mni305 = nib.affines.apply_affine(xfm, contacts)
    np.testing.assert_allclose(anatomy.spaces[Space.MNI305](contacts), mni305, atol=1e-6)
    assert np.linalg.norm(anatomy.spaces[Space.MNI152](contacts) - mni305, axis=1).min() > 0.5


def test_a_label_is_used_where_the_maps_do_not_say_where_v1_is_and_its_indices_are_checked(subject: Path) -> None:
    (subject / "label").mkdir()
    label = subject / "label" / "lh.V1_exvivo.thresh.label"
    area = nib.load(subject / "surf" / "lh.benson14_varea.mgz").get_fdata().ravel()
    rows = "".join(f"{vertex}  0.0 0.0 0.0 0.5\n" for vertex in np.flatnonzero(area == 1)[3:])
    label.write_text(f"#!ascii label\n{rows.count(chr(10))}\n{rows}")
    for state, source in (("unused", ""), ("used", "; V1 from its label")):
        anatomy = load_subject(subject)
        finding = next(f for f in anatomy.findings if f.what == "lh V1_exvivo.thresh")
        assert finding.state == state
        assert "overlaps with the V1 in use by" in finding.detail
        assert ("lh.V1_exvivo.thresh" in anatomy.hashes) == (state == "used")
        assert anatomy.hemispheres["lh"].retinotopy.source.endswith(f"maps in bert/surf{source}")
        (subject / "surf" / "lh.benson14_varea.mgz").unlink(missing_ok=True)
    label.write_text("#!ascii label\n2\n3  0.0 0.0 0.0 0.5\n600  0.0 0.0 0.0 0.5\n")
    for wrong in ("#!ascii label\n1\n642  0 0 0 0\n", "#!ascii label\n2\n3  0 0 0 0\n"):
        label.write_text(wrong)
        with pytest.raises(InputError, match=r"V1_exvivo\.thresh"):
            load_subject(subject)


def test_a_path_with_spaces_and_signs_of_any_script_is_a_path(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "Fälle ä 脳" / "pat 1", conformed).folder
    assert load_subject(folder).name == "pat 1"
