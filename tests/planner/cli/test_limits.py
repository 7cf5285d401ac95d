from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.access import UNRESTRICTED
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region
from planner.anatomy.windows import access_preset
from planner.cli import main
from planner.cli.limits import (
    Forbidden,
    add_limits_arguments,
    asked_limits,
    forbidden,
    limits_on,
    still_forbidden,
)
from planner.design.limits import Limits
from planner.design.profiles import load_profile
from planner.errors import InputError
from planner.plan.files import load_plan

OWN = Limits(4, 0.11, 0.12, 6.0, array_clearance_mm=0.7)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_limits_arguments(parser)
    return parser.parse_args(words)


def limits(anatomy: Anatomy, *words: str) -> Limits:
    return limits_on(asked_limits(parsed(*words)), OWN, anatomy)


def write_label(path: Path, vertices: list[int]) -> Path:
    rows = "\n".join(f"{v} 0 0 0 0" for v in vertices)
    path.write_text(f"#!ascii label\n{len(vertices)}\n{rows}\n", encoding="utf-8")
    return path


def test_what_is_allowed_again_is_forbidden_no_more_and_an_unknown_name_is_refused() -> None:
    regions = tuple(Region(name, "lh", (1, 2), "painted") for name in ("lesion", "motor", "speech"))
    assert still_forbidden(["motor"], regions) == (regions[0], regions[2])
    with pytest.raises(InputError, match=r"--allow hand names none: the plan of --from forbids lesion, motor, speech"):
        still_forbidden(["hand"], regions)
    with pytest.raises(InputError, match="no region is forbidden by --from"):
        still_forbidden(["motor"], ())


def test_nothing_said_is_what_the_devices_ask(blocks: Anatomy) -> None:
    assert limits(blocks) == OWN


def test_each_option_sets_its_own_limit(blocks: Anatomy) -> None:
    given = limits(
        blocks, "--clearance", "0.5", "--vein-clearance", "0.2", "--array-clearance", "0.9", "--localisation", "0.3",
        "--angle", "42", "--access", "occipital-pole",
    )  # fmt: skip
    assert given == replace(
        OWN,
        clearance_mm=0.5,
        vein_clearance_mm=0.2,
        array_clearance_mm=0.9,
        localisation_mm=0.3,
        angle_deg=42.0,
        access=access_preset("occipital pole", blocks),
    )


def test_options_go_before_the_profile_and_the_profile_before_the_devices(blocks: Anatomy) -> None:
    cautious = load_profile("cautious")
    given = limits(blocks, "--angle", "20", "--profile", "cautious", "--vein-clearance", "0")
    assert given.angle_deg == 20
    assert given.vein_clearance_mm == 0
    assert given.clearance_mm == cautious.clearance_mm
    assert given.localisation_mm == cautious.localisation_mm
    assert given.max_depth_mm == OWN.max_depth_mm


def test_an_approach_can_be_opened_again(blocks: Anatomy) -> None:
    assert limits(blocks, "--profile", "occipital-pole").access.windows
    assert limits(blocks, "--profile", "occipital-pole", "--access", "unrestricted").access == UNRESTRICTED


def test_labels_become_regions_of_the_hemisphere_that_their_names_say(blocks: Anatomy, tmp_path: Path) -> None:
    left, right = (blocks.hemispheres[name].faces[0].tolist() for name in ("lh", "rh"))
    one = write_label(tmp_path / "lh.V2.label", left)
    other = write_label(tmp_path / "RH.MT:old.label", right)
    regions = limits(blocks, "--forbid", str(one), "--forbid", str(other)).regions
    assert [(r.hemisphere, r.name, list(r.vertices)) for r in regions] == [
        ("lh", "lh.V2", sorted(left)),
        ("rh", "RH.MT:old", sorted(right)),
    ]


def test_what_is_forbidden_twice_is_one_region(blocks: Anatomy, tmp_path: Path) -> None:
    label = str(write_label(tmp_path / "lh.V2.label", blocks.hemispheres["lh"].faces[0].tolist()))
    assert [r.name for r in limits(blocks, "--forbid", label, "--forbid", label).regions] == ["lh.V2"]


def test_a_parcel_is_named_behind_the_annotation(blocks: Anatomy, tmp_path: Path) -> None:
    import nibabel as nib

    hemisphere = blocks.hemispheres["rh"]
    codes = np.full(len(hemisphere.pial_mm), -1)
    codes[hemisphere.faces[3]] = 1
    table = np.array([[10, 20, 30, 0, 0], [40, 50, 60, 0, 0]])
    path = tmp_path / "rh.mine.annot"
    nib.freesurfer.write_annot(path, codes, table, [b"unknown", b"cuneus"], fill_ctab=True)
    assert forbidden(f"{path}:cuneus") == Forbidden(path, "cuneus", "rh")
    (region,) = limits(blocks, "--forbid", f"{path}:cuneus").regions
    assert (region.name, region.hemisphere) == ("cuneus", "rh")
    assert list(region.vertices) == sorted(hemisphere.faces[3].tolist())
    with pytest.raises(InputError, match="has no parcel called 'precuneus'"):
        limits(blocks, "--forbid", f"{path}:precuneus")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lh.aparc.annot", "names no parcel; write its name behind"),
        ("lh.aparc.annot:", "names no parcel"),
        ("V2.label", "does not say of which hemisphere it is; begin the file's name with lh or rh and a dot."),
        ("/a/lh.b/V2.label", "does not say of which hemisphere"),
        ("lh.V2.label", "there is no such file"),
        ("lh.aparc.annot:cuneus", "there is no such file"),
        ("lh.V2.gii", "is no label and no annotation"),
        ("lh.V2.label:V2", "is no label and no annotation"),
        ("", "is no label and no annotation"),
    ],
)
def test_what_cannot_be_a_region_is_refused_in_a_sentence(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words) as raised:
        asked_limits(parsed("--forbid", text))
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_a_label_of_a_single_vertex_is_a_region_and_one_of_a_side_that_is_not_there_is_refused(
    blocks: Anatomy, tmp_path: Path
) -> None:
    face = write_label(tmp_path / "rh.V2.label", blocks.hemispheres["rh"].faces[0].tolist())
    left = replace(blocks, hemispheres={"lh": blocks.hemispheres["lh"]})
    with pytest.raises(InputError, match="is of rh, which the case does not have"):
        limits(left, "--forbid", str(face))
    other = write_label(tmp_path / "lh.other.label", [0, len(blocks.hemispheres["lh"].pial_mm)])
    with pytest.raises(InputError, match="names vertices that a surface of"):
        limits(blocks, "--forbid", str(other))


def test_a_label_of_a_single_vertex_is_forbidden_too(blocks: Anatomy, tmp_path: Path) -> None:
    dot = write_label(tmp_path / "lh.dot.label", [3])
    assert [r.vertices for r in limits(blocks, "--forbid", str(dot)).regions] == [(3,)]


def test_regions_are_added_to_those_of_a_plan_that_is_gone_on_from(blocks: Anatomy, tmp_path: Path) -> None:
    one, other = (str(write_label(tmp_path / f"lh.{n}.label", [n])) for n in (3, 5))
    before = limits(blocks, "--forbid", one, "--angle", "30")
    after = limits_on(asked_limits(parsed("--forbid", other, "--forbid", one, "--clearance", "0.4")), before, blocks)
    assert sorted(r.name for r in after.regions) == ["lh.3", "lh.5"]
    assert (after.angle_deg, after.clearance_mm) == (30, 0.4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--angle", "0"), "'0' is not a number from 1 to 90 °"),
        (("--angle", "91"), "'91' is not a number"),
        (("--access", "nose"), "'nose' is not one of unrestricted, occipital-pole, interhemispheric"),
        (("--localisation", "-1"), "'-1' is not a number from 0 to 100 mm"),
        (("--profile", "spoon"), "no profile is called 'spoon'; choose one of arrays"),
        (("--profile", "spoon.toml"), "spoon.toml: there is no such file; give the path of a profile's TOML file"),
        (("--forbid", "V2.label"), "does not say of which hemisphere"),
    ],
)
def test_what_can_be_refused_is_refused_before_the_case_is_loaded(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.anatomy.subject.load_anatomy", lambda *_, **__: pytest.fail("worked in vain"))
    assert main(["plan", "--out", str(tmp_path / "out"), *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_plan_keeps_to_the_limits_asked_for_and_says_them(
    once: None, demo: Anatomy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faces = demo.hemispheres["lh"].faces[demo.hemispheres["lh"].v1_faces][:40]
    label = write_label(tmp_path / "lh.no.label", np.unique(faces).tolist())
    options = ("--profile", "cautious", "--access", "interhemispheric", "--forbid", str(label))
    plan = ("plan", "--method", "coverage", "--threads", "2", "--json", "--out", str(tmp_path / "p"))
    assert main([*plan, *options]) == 0
    found = json.loads(capsys.readouterr().out)
    for margins in found["verdict"]["margins"].values():
        for name in ("angle", "access", "approach", "region", "current"):
            assert margins[name] >= 0, name
        assert margins["reach"] is None  # any
    assert "within 60° of pial's normal" in found["limits"]
    assert "Approach interhemispheric: 2 windows of radius 25 mm, cone 60°, reach any." in found["limits"]
    assert "Forbidden to touch: lh.no (lh, " in found["limits"]
    written = load_plan(tmp_path / "p" / "plan.json").limits
    assert written.access == access_preset("interhemispheric", demo)
    assert written.regions[0].vertices == tuple(np.unique(faces).tolist())
    label.unlink()  # the plan holds the region's vertices
    assert main(["verify", str(tmp_path / "p" / "plan.json")]) == 0
    said = capsys.readouterr().out
    assert "angle +" in said
    assert "The way to an entry is checked only from cortex laid bare" in said
