from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.study.cells import Cell
from planner.study.measure import case_content, measure, study_case
from planner.study.vessels import vessel_words, with_vessels


@pytest.fixture
def bare(demo: Anatomy) -> Anatomy:
    """The template as files have it, without vessels."""
    names = {vessel.name for vessel in demo.vessels}
    return replace(demo, vessels=(), hashes={key: one for key, one in demo.hashes.items() if key not in names})


def test_the_template_gets_the_vessels_that_the_demo_has(demo: Anatomy, bare: Anatomy) -> None:
    grown = with_vessels(bare)
    assert [(tree.name, tree.kind, tree.sides) for tree in grown.vessels] == [
        (tree.name, tree.kind, tree.sides) for tree in demo.vessels
    ]
    assert grown.hashes == demo.hashes
    assert all(tree.synthetic for tree in grown.vessels)
    assert (vessel_words(bare), vessel_words(grown)) == ("none", "synthetic, grown from seed 0")


def test_a_case_with_vessels_keeps_them(demo: Anatomy) -> None:
    one = replace(demo, vessels=demo.vessels[:1])
    assert with_vessels(one) is one
    traced = replace(demo, vessels=(replace(demo.vessels[0], name="TOF arteries", synthetic=False),))
    assert vessel_words(traced) == "TOF arteries"


def test_a_brain_that_is_not_the_templates_gets_none(bare: Anatomy) -> None:
    another = {
        name: replace(hemisphere, white_mm=hemisphere.white_mm * np.array([1.0, 1.1, 1.0]))
        for name, hemisphere in bare.hemispheres.items()
    }
    assert with_vessels(replace(bare, hemispheres=another)).vessels == ()
    alone = replace(bare, hemispheres={"lh": bare.hemispheres["lh"]})
    assert with_vessels(alone).vessels == ()


@pytest.mark.slow
def test_plans_on_fsaverage_have_vessels_to_keep_off(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUBJECTS_DIR", raising=False)
    monkeypatch.setenv("NILEARN_DATA", str(shared_data / "nilearn"))
    case = study_case("fsaverage")
    assert case.vessels == "synthetic, grown from seed 0"
    assert case_content(case) == case.content
    safe, unsafe = (measure(Cell(case, "reading", 24, method, 0)) for method in ("coverage", "coverage_unsafe"))
    assert safe["feasible"]
    assert safe["vessel_mm"] >= 0
    assert unsafe["violations_vessel"] > 0 > unsafe["vessel_mm"]
