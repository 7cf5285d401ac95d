from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.laterality import check_laterality
from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.subject import load_anatomy
from planner.cli import main
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread
from planner.plan.files import save_plan
from planner.plan.make import device_limits, new_plan

MIRROR = np.array([-1.0, 1.0, 1.0])


def mirrored(h: Hemisphere) -> Hemisphere:
    return replace(h, white_mm=h.white_mm * MIRROR, pial_mm=h.pial_mm * MIRROR)


def test_the_demo_passes_and_its_left_hemisphere_sees_the_right_field(demo: Anatomy) -> None:
    check_laterality(demo)
    for name, side in (("lh", 1.0), ("rh", -1.0)):
        h = demo.hemispheres[name]  # type: ignore[index]
        v1 = h.retinotopy.area == 1
        assert (side * h.field_deg[v1, 0] >= -1e-9).all()
        assert side * h.white_mm[v1, 0].mean() < 0
        # The calcarine's ventral bank sees the upper field (mean z −1 mm against +10 on fsaverage).
        upper = v1 & (h.field_deg[:, 1] > 0)
        assert h.white_mm[upper, 2].mean() < h.white_mm[v1 & ~upper, 2].mean() - 5


def test_swapped_files_are_caught(demo: Anatomy) -> None:
    swapped = {
        "lh": replace(demo.hemispheres["rh"], name="lh"),
        "rh": replace(demo.hemispheres["lh"], name="rh"),
    }
    with pytest.raises(InputError, match="the file names and the coordinates disagree"):
        check_laterality(replace(demo, hemispheres=swapped))


def test_negated_x_is_caught(demo: Anatomy) -> None:
    with pytest.raises(InputError, match="the file names and the coordinates disagree"):
        check_laterality(replace(demo, hemispheres={n: mirrored(h) for n, h in demo.hemispheres.items()}))


def test_a_mirrored_brain_with_swapped_names_is_caught(demo: Anatomy) -> None:
    """Positions and names agree again, so only the way that faces turn can tell."""
    both = {
        "lh": replace(mirrored(demo.hemispheres["rh"]), name="lh"),
        "rh": replace(mirrored(demo.hemispheres["lh"]), name="rh"),
    }
    with pytest.raises(InputError, match="faces and the coordinates disagree"):
        check_laterality(replace(demo, hemispheres=both))


@pytest.mark.parametrize("name", HEMISPHERES)
def test_negated_x_of_a_single_hemisphere_is_caught(demo: Anatomy, name: HemisphereName) -> None:
    alone = replace(demo, hemispheres={name: demo.hemispheres[name]})
    check_laterality(alone)
    with pytest.raises(InputError, match="faces and the coordinates disagree"):
        check_laterality(replace(alone, hemispheres={name: mirrored(demo.hemispheres[name])}))


@pytest.mark.parametrize("name", HEMISPHERES)
def test_a_single_hemisphere_under_the_others_name_is_caught(demo: Anatomy, name: HemisphereName) -> None:
    other: HemisphereName = "rh" if name == "lh" else "lh"
    alone = replace(demo, hemispheres={name: replace(demo.hemispheres[other], name=name)})
    with pytest.raises(InputError, match=r"name and .* disagree"):
        check_laterality(alone)


def test_a_negated_angle_is_caught(demo: Anatomy) -> None:
    def negated(h: Hemisphere) -> Hemisphere:
        return replace(h, retinotopy=replace(h.retinotopy, polar_angle_deg=-h.retinotopy.polar_angle_deg))

    with pytest.raises(InputError, match="name and its retinotopy disagree"):
        check_laterality(replace(demo, hemispheres={n: negated(h) for n, h in demo.hemispheres.items()}))


def test_a_hemisphere_filed_under_the_others_key_is_caught(demo: Anatomy) -> None:
    """The key says lh, the record says rh, and so sees the left half."""
    crossed = {"lh": replace(demo.hemispheres["lh"], name="rh"), "rh": demo.hemispheres["rh"]}
    with pytest.raises(InputError, match="lh sees the left half"):
        check_laterality(replace(demo, hemispheres=crossed))


def test_a_map_without_v1_is_named(blocks: Anatomy) -> None:
    h = blocks.hemispheres["lh"]
    nothing = replace(h, retinotopy=replace(h.retinotopy, area=np.zeros_like(h.retinotopy.area)))
    with pytest.raises(InputError, match="no V1 in lh"):
        check_laterality(replace(blocks, hemispheres={"lh": nothing}))


def test_swapped_files_of_a_subject_are_caught_at_loading(tmp_path: Path, write_subject, oblique) -> None:  # type: ignore[no-untyped-def]
    surf = write_subject(tmp_path / "bert", oblique, shape=(60, 70, 80)).folder / "surf"
    load_anatomy(CaseRequest(str(surf.parent)))
    for path in list(surf.glob("lh.*")):
        other = surf / path.name.replace("lh.", "rh.")
        other.rename(surf / "kept")
        path.rename(other)
        (surf / "kept").rename(path)
    with pytest.raises(InputError, match=r"name.* disagree"):
        load_anatomy(CaseRequest(str(surf.parent)))


def test_surfaces_in_lps_are_told_by_v1_lying_in_front(demo: Anatomy) -> None:
    def turned(h: Hemisphere) -> Hemisphere:
        return replace(h, white_mm=h.white_mm * [-1, -1, 1], pial_mm=h.pial_mm * [-1, -1, 1])

    for names in (("lh",), ("rh",), HEMISPHERES):
        with pytest.raises(InputError, match=r"retinotopy and the coordinates disagree: V1 lies 6. mm in front"):
            check_laterality(replace(demo, hemispheres={n: turned(demo.hemispheres[n]) for n in names}))


def test_swapped_maps_put_v1_on_the_outer_side(demo: Anatomy) -> None:
    """fsaverage's hemispheres have equally many vertices, so that counting them finds nothing."""
    lh, rh = demo.hemispheres["lh"], demo.hemispheres["rh"]
    swapped = {"lh": replace(lh, retinotopy=rh.retinotopy), "rh": replace(rh, retinotopy=lh.retinotopy)}
    for name in HEMISPHERES:
        with pytest.raises(InputError, match="name and its place disagree: V1 is on the outer side"):
            check_laterality(replace(demo, hemispheres={name: swapped[name]}))


def swap_files(folder: Path, keys: tuple[str, ...]) -> None:
    surf = folder / "surf"
    for path in [p for p in sorted(surf.glob("lh.*")) if any(key in p.name for key in keys)]:
        other = surf / path.name.replace("lh.", "rh.")
        path.rename(surf / "kept")
        other.rename(path)
        (surf / "kept").rename(other)


def change_surfaces(folder: Path, factors: tuple[int, int, int]) -> None:
    for path in folder.glob("surf/?h.*"):
        if path.suffix in {".white", ".pial", ".inflated"}:
            points, faces, information = nib.freesurfer.read_geometry(path, read_metadata=True)
            nib.freesurfer.write_geometry(path, points * factors, faces, volume_info=information)


def negate_angles(folder: Path) -> None:
    for path in folder.glob("surf/?h.benson14_angle.mgz"):
        nib.save(nib.MGHImage(-nib.load(path).get_fdata(dtype=np.float32), np.eye(4)), path)


def negate_matrix(folder: Path) -> None:
    for path in folder.glob("mri/*.mgz"):
        image = nib.load(path)
        nib.save(nib.MGHImage(np.asarray(image.dataobj), np.diag([-1.0, 1, 1, 1]) @ image.affine), path)


def mirror_voxels(folder: Path) -> None:
    image = nib.load(folder / "mri" / "ribbon.mgz")
    nib.save(nib.MGHImage(np.asarray(image.dataobj)[::-1].copy(), image.affine), folder / "mri" / "ribbon.mgz")


def write_ribbon(written: Any, shape: tuple[int, int, int]) -> None:
    """Labels as recon-all gives them to the generated balls of 17 and 20 mm."""
    voxels = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    points = nib.affines.apply_affine(written.affine, voxels)
    labels = np.zeros(shape, np.uint8)
    for name, (white, gray) in {"lh": (2, 3), "rh": (41, 42)}.items():
        if name in written.pial_mm:
            away = np.linalg.norm(points - written.pial_mm[name].mean(axis=0), axis=-1)
            labels[away < 20] = gray
            labels[away < 17] = white
    nib.save(nib.MGHImage(labels, written.affine), written.folder / "mri" / "ribbon.mgz")


ONE_EACH: dict[str, tuple[Callable[[Path], None], str]] = {
    "files swapped": (lambda f: swap_files(f, ("",)), "name.* disagree"),
    "surfaces swapped": (lambda f: swap_files(f, ("white", "pial", "inflated")), "disagree"),
    "maps swapped": (lambda f: swap_files(f, ("benson",)), "name.* disagree"),
}
FLIPS: dict[str, tuple[Callable[[Path], None], str]] = {
    "x negated in the surfaces": (lambda f: change_surfaces(f, (-1, 1, 1)), "disagree"),
    "LPS read as RAS": (lambda f: change_surfaces(f, (-1, -1, 1)), "disagree"),
    "x negated in the volume's matrix": (negate_matrix, "disagree"),
    "the volume's voxels mirrored": (mirror_voxels, "volume.* and the surfaces disagree"),
    "angles negated": (negate_angles, r"disagree|polar angles"),
}
SHAPE = (110, 100, 90)


@pytest.fixture(scope="module", params=[HEMISPHERES, ("lh",), ("rh",)], ids=["both", "lh", "rh"])
def right_one(tmp_path_factory, write_subject, request) -> Path:  # type: ignore[no-untyped-def]
    """A generated subject with everything where it belongs, its volume oblique and centred on the brain."""
    turn = nib.eulerangles.euler2mat(z=np.deg2rad(8), x=np.deg2rad(12))
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[-1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) * [1.0, 1.1, 0.9]
    affine[:3, 3] = np.array([3.0, -31.0, 12.0]) - affine[:3, :3] @ (np.array(SHAPE) / 2)
    folder = tmp_path_factory.mktemp("right") / "bert"
    write_ribbon(write_subject(folder, affine, shape=SHAPE, hemispheres=request.param), SHAPE)
    assert isinstance(folder, Path)
    return folder


@pytest.mark.parametrize("flip", [*ONE_EACH, *FLIPS])
def test_every_planted_flip_is_caught_at_loading(tmp_path: Path, right_one: Path, flip: str) -> None:
    both = len(list(right_one.glob("surf/?h.white"))) == 2
    if flip in ONE_EACH and not both:
        pytest.skip("one hemisphere has nothing to be swapped with")
    folder = Path(shutil.copytree(right_one, tmp_path / "bert"))
    load_anatomy(CaseRequest(str(folder)))
    plant, words = (ONE_EACH | FLIPS)[flip]
    plant(folder)
    if flip == "angles negated" and not (folder / "surf" / "lh.white").exists():
        # negative in the left half of the field is a convention of its own, which only a left hemisphere contradicts
        assert load_anatomy(CaseRequest(str(folder))).hemispheres["rh"].field_deg[:, 0].max() <= 1e-9
        return
    with pytest.raises(InputError, match=words):
        load_anatomy(CaseRequest(str(folder)))


@pytest.mark.parametrize("verb", [["verify"], ["export", "--format", "csv"]])
def test_a_flip_blocks_verify_and_export(
    tmp_path: Path, right_one: Path, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(right_one, tmp_path / "bert"))
    anatomy, device = load_anatomy(CaseRequest(str(folder))), load_device("thread")
    (name, hemisphere), *_ = anatomy.hemispheres.items()
    x, y, z = hemisphere.pial_mm[0].tolist()
    thread = Thread("T01", name, (x, y, z), (1.0, 0.0, 0.0), 1.6)
    plan = new_plan(anatomy, device, device_limits(device, 4), threads=[thread])
    save_plan(plan, tmp_path / "plan.json")
    change_surfaces(folder, (-1, 1, 1))
    out = [] if verb == ["verify"] else ["--out", str(tmp_path / "out")]
    assert main([verb[0], str(tmp_path / "plan.json"), *verb[1:], *out]) == 2
    said = capsys.readouterr()
    assert "disagree" in said.err
    assert "x was negated" in said.err
    assert said.out == ""
    assert not (tmp_path / "out").exists()


def test_vessels_with_x_negated_are_caught_at_loading(tmp_path: Path, right_one: Path) -> None:
    pial_mm = next(iter(load_anatomy(CaseRequest(str(right_one))).hemispheres.values())).pial_mm
    along = pial_mm[np.argsort(pial_mm[:, 2])]
    out = along + 0.3 * (along - pial_mm.mean(axis=0)) / 20.0
    for name, sign, caught in (("tree.swc", 1.0, False), ("flipped.swc", -1.0, True)):
        rows = [f"{i + 1} 0 {sign * x:.4f} {y:.4f} {z:.4f} 0.1 {i or -1}" for i, (x, y, z) in enumerate(out)]
        (tmp_path / name).write_text("\n".join(rows))
        request = CaseRequest(str(right_one), (VesselFile(str(tmp_path / name)),))
        if not caught:
            load_anatomy(request)
            continue
        with pytest.raises(InputError, match=r"the vessels and the cortex disagree|left and right exchanged"):
            load_anatomy(request)
