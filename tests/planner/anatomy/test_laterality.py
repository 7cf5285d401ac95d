from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.laterality import check_laterality
from planner.anatomy.subject import load_anatomy
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

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
    load_anatomy(str(surf.parent))
    for path in list(surf.glob("lh.*")):
        other = surf / path.name.replace("lh.", "rh.")
        other.rename(surf / "kept")
        path.rename(other)
        (surf / "kept").rename(path)
    with pytest.raises(InputError, match="the file names and the coordinates disagree"):
        load_anatomy(str(surf.parent))
