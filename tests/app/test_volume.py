"""What slices are cut from is loaded beside all else, once, and is of the case on screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.case import Case
from app.session import Session
from app.volume import VolumeStore, gather


def test_it_holds_the_surfaces_and_vessels_of_the_case(case: Case) -> None:
    matter = gather(case.anatomy)
    assert matter.volume.schematic
    normal = np.array([0.0, 0.0, 1.0])
    cut = np.concatenate([its.cut(np.zeros(3), normal) for its in matter.surfaces["pial"]])
    left = cut[cut[..., 0].mean(axis=1) < 0]
    assert np.linalg.norm(left - (-45.0, 0.0, 0.0), axis=2) == pytest.approx(40.0, abs=0.3)
    edges = sum(len(vessel.edges) for vessel in case.anatomy.vessels)
    assert len(matter.tubes["artery"].start_mm) == edges
    assert matter.low_mm[0] == pytest.approx(-85.0)


def test_it_is_loaded_when_it_is_wanted_once_and_not_of_a_case_that_has_gone(
    qtbot, session: Session, case: Case
) -> None:
    store = VolumeStore(session)
    assert store.matter is None
    store.want()
    store.want()
    qtbot.waitUntil(lambda: store.matter is not None, timeout=20_000)
    first = store.matter
    store.want()
    assert not session.worker.busy
    store.choose("schematic")
    session.open(Case(case.site, case.cortices), session.plan)  # while it is loading
    assert store.matter is None
    qtbot.waitUntil(lambda: not session.worker.busy, timeout=20_000)
    assert store.matter is None
    assert first is not None


def test_a_volume_that_cannot_be_read_is_announced_and_the_slices_go_without(
    qtbot, session: Session, case: Case, tmp_path
) -> None:
    (tmp_path / "T1.mgz").write_bytes(b"nothing")
    torn = replace(case.anatomy, volumes={"T1": tmp_path / "T1.mgz"})
    session.open(Case(replace(case.site, anatomy=torn), case.cortices), session.plan)
    heard: list[object] = []
    session.worker.failed.connect(heard.append)
    store = VolumeStore(session)
    store.want()
    qtbot.waitUntil(lambda: store.failed, timeout=20_000)
    assert store.matter is None
    assert "T1.mgz" in str(heard[0])
