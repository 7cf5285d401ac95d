"""Flips of single files, planted in a person's folder and loaded as a user would, mostly through sphere.reg."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.cortex_files import read_cortex
from planner.anatomy.folds import fold_likeness
from planner.anatomy.fsaverage import template_file
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.anatomy.subject import load_anatomy
from planner.anatomy.volumes import load_volume
from planner.cli import main
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

from .conftest import Person, save_volume, template, there

OTHER: dict[HemisphereName, HemisphereName] = {"lh": "rh", "rh": "lh"}
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])
Change = Callable[[FloatArray], FloatArray]


def load(folder: Path) -> Anatomy:
    return load_anatomy(CaseRequest(str(folder)))


def rename(folder: Path, name: HemisphereName) -> None:
    for path in list((folder / "surf").glob(f"{name}.*")):
        path.rename(path.with_name(path.name.replace(name, OTHER[name], 1)))


def read_mesh(path: Path) -> tuple[FloatArray, IntArray, dict[str, Any] | None]:
    """Points, faces and, where it has one, the footer."""
    if path.suffix not in (".white", ".pial") or b"valid = 1" not in path.read_bytes():
        return (*nib.freesurfer.read_geometry(path), None)
    points, faces, information = nib.freesurfer.read_geometry(path, read_metadata=True)
    return points, faces, information


def change(folder: Path, pattern: str, points: Change, *, reverse: bool = False) -> None:
    for path in (folder / "surf").glob(pattern):
        old, faces, information = read_mesh(path)
        faces = faces[:, ::-1] if reverse else faces
        nib.freesurfer.write_geometry(path, points(old), faces, volume_info=information)


def image_of(folder: Path, name: str) -> tuple[np.ndarray, FloatArray]:
    image = nib.load(folder / "mri" / f"{name}.mgz")
    return np.asarray(image.dataobj), np.asarray(image.affine)


def mirror_voxels(folder: Path, name: str) -> None:
    values, matrix = image_of(folder, name)
    save_volume(folder, name, values[::-1], matrix)


def move_volume(folder: Path, name: str, motion: FloatArray) -> None:
    values, matrix = image_of(folder, name)
    save_volume(folder, name, values, motion @ matrix)


def moved(x: float, y: float, z: float, turn_deg: float = 0.0) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = nib.eulerangles.euler2mat(x=np.deg2rad(turn_deg))
    matrix[:3, 3] = x, y, z
    return matrix


@pytest.mark.parametrize("hemispheres", [HEMISPHERES, ("lh",), ("rh",)])
@pytest.mark.parametrize("volumes", [(), ("orig",), ("orig", "T1", "brain", "ribbon")])
def test_a_person_is_loaded_where_they_are(tmp_path: Path, write_person: Person, hemispheres, volumes) -> None:  # type: ignore[no-untyped-def]
    anatomy = load(write_person(tmp_path / "p", hemispheres, volumes))
    for name, hemisphere in anatomy.hemispheres.items():
        np.testing.assert_allclose(hemisphere.white_mm, there(template(name, "white")[0]), atol=1e-3)
    assert not [note for note in anatomy.notes if "found" not in note and not note.startswith("No vessels are known")]


@pytest.mark.parametrize("name", HEMISPHERES)
@pytest.mark.parametrize("volumes", [(), ("orig", "T1")])
@pytest.mark.parametrize(("wall", "words"), [(True, "medial wall"), (False, "folds disagree")])
def test_one_hemisphere_under_the_others_name_is_refused(
    tmp_path: Path, write_person: Person, name: HemisphereName, volumes: tuple[str, ...], wall: bool, words: str
) -> None:
    folder = write_person(tmp_path / "p", (name,), volumes, wall=wall)
    load(folder)
    rename(folder, name)
    with pytest.raises(InputError, match=f"the hemisphere's name and its .*{words}"):
        load(folder)


@pytest.mark.parametrize("name", HEMISPHERES)
def test_the_middle_of_the_head_tells_where_nothing_else_does(
    tmp_path: Path, write_person: Person, name: HemisphereName, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_person(tmp_path / "p", (name,), ("T1",), wall=False)
    rename(folder, name)
    monkeypatch.setattr("planner.anatomy.laterality.check_folds", lambda *_: None)
    with pytest.raises(InputError, match=r"name and the volume disagree: .* of the middle of the head"):
        load(folder)


def test_verify_is_blocked_where_a_hemisphere_is_renamed(
    tmp_path: Path, write_person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_person(tmp_path / "p", ("rh",), ("orig", "T1"))
    rename(folder, "rh")
    assert main(["plan", str(folder), "--out", str(tmp_path / "out"), "--method", "coverage", "--threads", "2"]) == 2
    assert "disagree" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", HEMISPHERES)
def test_gifti_surfaces_say_of_which_side_they_are(tmp_path: Path, shared_data: Path, name: HemisphereName) -> None:
    here, other = {"lh": ("left", "right"), "rh": ("right", "left")}[name]
    for key in ("white", "pial", "sphere"):
        shutil.copy(shared_data / "nilearn" / "fsaverage" / f"{key}_{other}.gii.gz", tmp_path / f"{key}_{here}.gii.gz")
    with pytest.raises(InputError, match=rf"{here}\.gii\.gz: the file's name and its content disagree.*{OTHER[name]}"):
        load(tmp_path)


def test_folds_tell_the_sides_apart_in_full_resolution_too(shared_data: Path) -> None:
    for name in HEMISPHERES:
        side = {"lh": "left", "rh": "right"}[name]
        paths = {
            key: shared_data / "nilearn" / "fsaverage" / f"{key}_{side}.gii.gz" for key in ("white", "pial", "sphere")
        }
        cortex = read_cortex(name, paths, None, None)
        assert cortex.registration is not None
        fit = fold_likeness(cortex.white_mm, cortex.registration)
        assert fit[name] > 0.99
        assert abs(fit[OTHER[name]]) < 0.1
        mirrored = fold_likeness(cortex.white_mm * [-1, 1, 1], cortex.registration * [-1, 1, 1])
        assert max(map(abs, mirrored.values())) < 0.15


def test_a_sphere_that_is_not_registered_is_refused(tmp_path: Path, write_person: Person) -> None:
    folder = write_person(tmp_path / "p")
    turn = nib.eulerangles.euler2mat(x=np.deg2rad(40))
    change(folder, "?h.sphere.reg", lambda points: points @ turn.T)
    with pytest.raises(InputError, match="registration sphere and the surfaces of lh disagree"):
        load(folder)


PIAL: dict[str, tuple[Change, str]] = {
    "x negated": (lambda p: p * [-1, 1, 1], "disagree"),
    "LPS": (lambda p: p * [-1, -1, 1], "white and pial of .h disagree: they lie"),
    "shifted": (lambda p: p + np.array([0, 12, 0]), "white and pial of .h disagree: they lie 12"),
    "shrunk": (lambda p: (p - p.mean(axis=0)) * 0.93 + p.mean(axis=0), "of white lies outside pial"),
}


@pytest.mark.parametrize("hemispheres", [HEMISPHERES, ("rh",)])
@pytest.mark.parametrize("fault", PIAL)
def test_pial_alone_misplaced_is_refused(tmp_path: Path, write_person: Person, hemispheres, fault: str) -> None:  # type: ignore[no-untyped-def]
    folder = write_person(tmp_path / "p", hemispheres)
    move, words = PIAL[fault]
    change(folder, "?h.pial", move)
    with pytest.raises(InputError, match=words):
        load(folder)


def test_white_and_pial_exchanged_are_refused(tmp_path: Path, write_person: Person) -> None:
    surf = write_person(tmp_path / "p") / "surf"
    for name in HEMISPHERES:
        (surf / f"{name}.white").rename(surf / "kept")
        (surf / f"{name}.pial").rename(surf / f"{name}.white")
        (surf / "kept").rename(surf / f"{name}.pial")
    with pytest.raises(InputError, match=r"white and pial of lh disagree: pial holds .* less than white"):
        load(surf.parent)


@pytest.mark.parametrize("hemispheres", [HEMISPHERES, ("lh",)])
@pytest.mark.parametrize(
    ("volumes", "flipped"),
    [
        (("orig", "T1", "ribbon"), "T1"),
        (("orig", "T1", "ribbon"), "orig"),
        (("orig", "T1", "ribbon"), "ribbon"),
        (("orig", "T1"), "orig"),
        (("orig", "brain", "T1"), "brain"),
    ],
)
def test_one_volume_mirrored_among_right_ones_is_refused(
    tmp_path: Path, write_person: Person, hemispheres, volumes: tuple[str, ...], flipped: str
) -> None:  # type: ignore[no-untyped-def]
    folder = write_person(tmp_path / "p", hemispheres, volumes)
    mirror_voxels(folder, flipped)
    with pytest.raises(InputError, match=rf"{flipped}\.mgz: the volume('s labels)? and the surfaces disagree"):
        load(folder)


@pytest.mark.parametrize("volumes", [("orig",), ("orig", "T1", "ribbon")])
def test_surfaces_mirrored_as_a_whole_with_their_names_are_told_by_the_tissue(
    tmp_path: Path, write_person: Person, volumes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    """x negated about the middle of the volume, faces turned over, names exchanged: labels agree with them again."""
    folder = write_person(tmp_path / "p", volumes=volumes)
    change(folder, "?h.*", lambda p: p * [-1, 1, 1], reverse=True)
    surf = folder / "surf"
    for path in list(surf.glob("lh.*")):
        other = surf / path.name.replace("lh", "rh", 1)
        path.rename(surf / "kept")
        other.rename(path)
        (surf / "kept").rename(other)
    monkeypatch.setattr("planner.anatomy.laterality.check_folds", lambda *_: None)  # which would tell already
    with pytest.raises(InputError, match=r"the volume and the surfaces disagree: with .* they fit better"):
        load(folder)


@pytest.mark.parametrize(
    ("volumes", "volume", "motion"),
    [
        (("orig", "T1", "ribbon"), "T1", MIRROR),
        (("orig", "T1", "ribbon"), "T1", moved(0, 30, 0)),
        (("orig", "T1", "ribbon"), "orig", moved(0, 30, 10)),
        (("orig", "T1"), "orig", moved(0, 0, 0, turn_deg=30)),
        (("orig", "ribbon"), "ribbon", moved(0, 1.5, 0)),
    ],
)
def test_volumes_whose_frames_contradict_each_other_are_refused(
    tmp_path: Path, write_person: Person, volumes: tuple[str, ...], volume: str, motion: FloatArray
) -> None:
    folder = write_person(tmp_path / "p", volumes=volumes, footer=False)
    load(folder)
    move_volume(folder, volume, motion)
    with pytest.raises(InputError, match=r"\.mgz and orig\.mgz disagree on where the surfaces lie"):
        load(folder)


def test_a_volume_that_contradicts_the_surface_files_is_refused(tmp_path: Path, write_person: Person) -> None:
    folder = write_person(tmp_path / "p", volumes=("T1",))
    move_volume(folder, "T1", moved(0.4, 0, 0))
    assert any("mm apart" in note for note in load(folder).notes)
    move_volume(folder, "T1", moved(1.0, 0, 0))
    with pytest.raises(InputError, match=r"lh\.white and T1\.mgz disagree.* 1\.4 mm apart; put the mri/orig\.mgz"):
        load(folder)


@pytest.mark.parametrize("pattern", ["rh.*", "?h.pial"])
def test_surface_files_that_name_different_volumes_are_refused(
    tmp_path: Path, write_person: Person, pattern: str
) -> None:
    folder = write_person(tmp_path / "p")
    for path in (folder / "surf").glob(pattern):
        points, faces, information = read_mesh(path)
        if information is not None:
            information["cras"] = information["cras"] + [0.0, 4.0, 0.0]
            nib.freesurfer.write_geometry(path, points, faces, volume_info=information)
    with pytest.raises(InputError, match=r"disagree on where the surfaces lie: they place them 4\.0 mm apart"):
        load(folder)


def test_surfaces_that_lie_beside_the_brain_are_remarked_upon(tmp_path: Path, write_person: Person) -> None:
    folder = write_person(tmp_path / "p", volumes=("T1",), footer=False)
    values, matrix = image_of(folder, "T1")
    save_volume(folder, "T1", np.roll(values, 25, axis=1), matrix)
    assert any("hardly stand apart in T1" in note for note in load(folder).notes)


def test_what_was_found_under_a_wrong_volume_is_not_remembered(tmp_path: Path, write_person: Person) -> None:
    folder = write_person(tmp_path / "p", volumes=("orig",), footer=False)
    right = (folder / "mri" / "orig.mgz").read_bytes()
    move_volume(folder, "orig", MIRROR)
    with pytest.raises(InputError, match="disagree"):
        load(folder)
    (folder / "mri" / "orig.mgz").write_bytes(right)
    details = [f.detail for f in load(folder).findings if f.what in ("lh white", "rh white")]
    assert [int(detail.split("; ")[1].split()[0]) < 20 for detail in details] == [True, True]


def write_xfm(folder: Path, matrix: FloatArray) -> None:
    (folder / "mri" / "transforms").mkdir(exist_ok=True)
    rows = "\n".join(" ".join(f"{value:.9f}" for value in row) for row in matrix[:3])
    text = f"MNI Transform File\n\nTransform_Type = Linear;\nLinear_Transform =\n{rows};\n"
    (folder / "mri" / "transforms" / "talairach.xfm").write_text(text)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(MIRROR, "exchanges left and right"), (np.diag([-1.0, -1.0, 1.0, 1.0]), "name and the transform to MNI305")],
)
def test_a_transform_to_the_template_that_exchanges_sides_is_refused(
    tmp_path: Path, write_person: Person, wrong: FloatArray, words: str
) -> None:
    folder = write_person(tmp_path / "p")
    corners = np.concatenate([np.zeros((1, 3)), np.eye(3)])
    forward = np.eye(4)
    forward[:3, 3] = there(corners)[0]
    forward[:3, :3] = (there(corners)[1:] - there(corners)[0]).T
    write_xfm(folder, np.linalg.inv(forward))
    load(folder)
    write_xfm(folder, wrong @ np.linalg.inv(forward))
    with pytest.raises(InputError, match=words):
        load(folder)


def test_fsaverage_in_template_coordinates_needs_no_transform(tmp_path: Path) -> None:
    for name, side in (("lh", "left"), ("rh", "right")):
        for key in ("white", "pial", "sphere"):
            image = nib.load(template_file(name, key))  # type: ignore[arg-type]
            if key != "sphere":
                image.darrays[0].coordsys = nib.gifti.GiftiCoordSystem(3, 3)
            nib.save(image, tmp_path / f"{key}_{side}.gii.gz")
    np.testing.assert_allclose(load(tmp_path).hemispheres["lh"].white_mm, template("lh", "white")[0], atol=1e-5)


def test_the_report_says_used_of_what_is_used(tmp_path: Path, write_person: Person) -> None:
    folder = write_person(tmp_path / "p", volumes=("orig", "T1"))
    for name in HEMISPHERES:
        shutil.copy(folder / "surf" / f"{name}.sphere.reg", folder / "surf" / f"{name}.sphere")
        nib.freesurfer.write_morph_data(folder / "surf" / f"{name}.sulc", np.zeros(10_242, np.float32))
    rows = "".join(f"{vertex}  0 0 0 0\n" for vertex in np.flatnonzero(template("lh", "white")[0][:, 1] > 40)[:200])
    (folder / "label" / "lh.V1_exvivo.thresh.label").write_text(f"#!ascii label\n200\n{rows}")
    anatomy = load(folder)
    found = {f.what: f for f in anatomy.findings}
    used = {"lh white", "lh sphere.reg", "lh fsaverage5_sphere", "T1 volume", "orig volume"}
    unused = {"lh sphere", "lh V1_exvivo.thresh"}
    assert {found[what].state for what in used} == {"used"}
    assert {found[what].state for what in unused} == {"unused"}
    assert "compared with the surfaces" in found["T1 volume"].detail
    assert "overlaps with the V1 in use by 0%" in found["lh V1_exvivo.thresh"].detail
    assert any("V1_exvivo of lh overlaps" in note for note in anatomy.notes)
    assert {"lh.sphere.reg", "lh.fsaverage5_sphere"} <= anatomy.hashes.keys()
    assert not {"lh.sphere", "lh.sulc", "lh.V1_exvivo.thresh"} & anatomy.hashes.keys()


def test_the_report_in_words_has_the_hashes(
    tmp_path: Path, write_person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_person(tmp_path / "p", ("lh",))
    assert main(["inspect", str(folder)]) == 0
    digest = hashlib.sha256((folder / "surf" / "lh.white").read_bytes()).hexdigest()
    assert f"SHA-256 {digest[:12]}…" in capsys.readouterr().out


@pytest.mark.parametrize("volumes", [(), ("T1",)])
@pytest.mark.parametrize("file", ["seen.nii", "seen.nii.gz"])
def test_the_volume_or_a_schematic_one_can_be_written_to_be_looked_at(
    tmp_path: Path, write_person: Person, volumes: tuple[str, ...], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_person(tmp_path / "p", volumes=volumes)
    assert main(["inspect", str(folder), "--json", "--volume", str(tmp_path / file)]) == 0
    said = json.loads(capsys.readouterr().out)["volume_written"]
    image, shown = nib.load(tmp_path / file), load_volume(load(folder))
    np.testing.assert_array_equal(np.asarray(image.dataobj), shown.values)
    np.testing.assert_allclose(image.affine, shown.voxel_to_scanner, atol=1e-4)
    assert ("SCHEMATIC" in str(image.header["descrip"])) == (not volumes)
    assert ("not imaged" in said["what"]) == (not volumes)
    assert main(["inspect", str(folder), "--volume", str(tmp_path / "seen.png")]) == 2
    assert not (tmp_path / "seen.png").exists()
