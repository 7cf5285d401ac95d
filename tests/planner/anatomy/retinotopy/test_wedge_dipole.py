"""The wedge-dipole template against its closed form, against Benson's atlas, and against the anatomy of fsaverage."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy import benson
from planner.anatomy.retinotopy.wedge_dipole import PARAMETERS, SOURCE, wedge_dipole_retinotopy
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName, polar_to_field

SCRIPT = Path(__file__).parents[4] / "packaging" / "fit_wedge_dipole.py"
Surface = Callable[[str, HemisphereName], tuple[np.ndarray, np.ndarray]]

both_hemispheres = pytest.mark.parametrize("name", HEMISPHERES)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fit_wedge_dipole", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def surface(script: ModuleType) -> Surface:
    known: dict[tuple[str, HemisphereName], tuple[np.ndarray, np.ndarray]] = {}

    def read(kind: str, name: HemisphereName) -> tuple[np.ndarray, np.ndarray]:
        if (kind, name) not in known:
            known[kind, name] = script.read_fsaverage5(kind, name)
        return known[kind, name]

    return read


def atlas_of(name: HemisphereName) -> Retinotopy:
    atlas, _ = benson.fsaverage_retinotopy(name)
    if atlas is None:
        pytest.skip("neuropythy's data files are not installed")
    return atlas


def on_sphere(eccentricity: np.ndarray, angle: np.ndarray, p: dict[str, Any]) -> np.ndarray:
    """Visual field to unit vectors, as the papers have it: the dipole, the inverse affine, Lambert's inverse."""
    z = eccentricity * np.exp(1j * p["wedge"] * np.deg2rad(90 - angle))
    w = np.log((z + p["a_deg"]) / (z + p["b_deg"])) - np.log(p["a_deg"] / p["b_deg"])
    rows = np.array([p["real"], p["imaginary"]])
    x, y = np.linalg.solve(rows[:, 1:], np.stack([w.real, w.imag]) - rows[:, :1])
    azimuth, latitude = (
        np.arctan2(p["centre"][1], p["centre"][0]),
        np.arcsin(p["centre"][2] / np.linalg.norm(p["centre"])),
    )
    rho = np.hypot(x, y)
    c = 2 * np.arcsin(rho / 2)
    # Snyder, Map Projections (1987), equations 20-14 and 20-15
    phi = np.arcsin(np.cos(c) * np.sin(latitude) + y * np.sin(c) * np.cos(latitude) / rho)
    lam = azimuth + np.arctan2(x * np.sin(c), rho * np.cos(latitude) * np.cos(c) - y * np.sin(latitude) * np.sin(c))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


@both_hemispheres
@pytest.mark.parametrize("radius", [1.0, 100.0])
def test_inverts_the_closed_form_map_at_any_radius(name: HemisphereName, radius: float) -> None:
    parameters = tomllib.loads(PARAMETERS.read_text(encoding="utf-8"))[name]
    eccentricity, angle = (g.ravel() for g in np.meshgrid(np.geomspace(0.01, 89.9, 60), np.linspace(0.1, 179.9, 41)))
    found = wedge_dipole_retinotopy(radius * on_sphere(eccentricity, angle, parameters), name)
    assert (found.area == V1).all()
    np.testing.assert_allclose(found.eccentricity_deg, eccentricity, rtol=1e-9)
    np.testing.assert_allclose(found.polar_angle_deg, angle, atol=1e-8)


@both_hemispheres
@pytest.mark.parametrize(("eccentricity", "angle"), [(91.0, 90.0), (20.0, -1.5), (20.0, 181.5)])
def test_ends_at_the_edge_of_the_visual_field(name: HemisphereName, eccentricity: float, angle: float) -> None:
    parameters = tomllib.loads(PARAMETERS.read_text(encoding="utf-8"))[name]
    found = wedge_dipole_retinotopy(on_sphere(np.array([eccentricity]), np.array([angle]), parameters), name)
    assert (found.area[0], found.eccentricity_deg[0], found.polar_angle_deg[0]) == (0, 0.0, 0.0)


@both_hemispheres
def test_agrees_with_benson(name: HemisphereName, surface: Surface) -> None:
    atlas = atlas_of(name)
    found = wedge_dipole_retinotopy(surface("sphere", name)[0], name)
    in_atlas, in_model = atlas.area == V1, found.area == V1
    shared = in_atlas & in_model
    assert shared.sum() > 0.95 * in_atlas.sum()
    assert 2 * shared.sum() / (in_atlas.sum() + in_model.sum()) > 0.89
    compared = shared & (atlas.eccentricity_deg > 0)
    true = atlas.eccentricity_deg[compared]
    assert np.median(np.abs(found.polar_angle_deg - atlas.polar_angle_deg)[compared]) < 4.5
    assert np.median(np.abs(found.eccentricity_deg[compared] - true) / true) < 0.15


@both_hemispheres
def test_is_one_unfolded_patch(name: HemisphereName, surface: Surface) -> None:
    sphere, faces = surface("sphere", name)
    found = wedge_dipole_retinotopy(sphere, name)
    inner = faces[(found.area[faces] == V1).all(axis=1)]
    sides = np.concatenate([inner[:, [0, 1]], inner[:, [1, 2]]])
    graph = coo_array((np.ones(len(sides)), sides.T), shape=(len(sphere), len(sphere)))
    _, patch = connected_components(graph, directed=False)
    assert len(np.unique(patch[np.unique(inner)])) == 1

    field = polar_to_field(found.eccentricity_deg, found.polar_angle_deg, name)[inner]
    ab, ac = field[:, 1] - field[:, 0], field[:, 2] - field[:, 0]
    turn = np.sign(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    assert (turn == turn[0]).all()


@both_hemispheres
def test_lies_on_the_calcarine_as_v1_does(name: HemisphereName, surface: Surface) -> None:
    white, faces = surface("white", name)
    found = wedge_dipole_retinotopy(surface("sphere", name)[0], name)
    v1 = found.area == V1
    eccentricity, angle = found.eccentricity_deg, found.polar_angle_deg

    assert white[v1 & (angle < 90), 2].mean() < white[v1 & (angle > 90), 2].mean() - 5  # upper field ventral
    assert white[v1 & (eccentricity < 1), 1].mean() < white[:, 1].min() + 10  # fovea at the occipital pole
    assert white[v1 & (eccentricity > 40), 1].mean() > white[v1 & (eccentricity < 1), 1].mean() + 25
    a, b, c = (white[corner] for corner in faces[v1[faces].all(axis=1)].T)
    area_mm2 = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert 1200 < area_mm2 < 2500  # people's V1, 1470 mm² for 2-12° alone (Dougherty 2003), fsaverage5's among them


def test_sees_the_opposite_half_of_the_visual_field(surface: Surface) -> None:
    for name, side in (("lh", 1), ("rh", -1)):
        white = surface("white", name)[0]
        found = wedge_dipole_retinotopy(surface("sphere", name)[0], name)
        v1 = found.area == V1
        x_deg = polar_to_field(found.eccentricity_deg, found.polar_angle_deg, name)[v1, 0]
        assert (side * x_deg >= 0).all()
        assert side * white[v1, 0].mean() < 0


def test_names_itself_and_leaves_the_rest_of_the_cortex_empty(surface: Surface) -> None:
    found = wedge_dipole_retinotopy(surface("sphere", "lh")[0], "lh")
    outside = found.area != V1
    assert found.source == SOURCE
    assert not found.area[outside].any()
    assert not found.eccentricity_deg[outside].any()
    assert not found.polar_angle_deg[outside].any()


@pytest.mark.parametrize("broken", [0.0, np.nan, np.inf])
def test_refuses_a_sphere_with_a_vertex_that_has_no_direction(broken: float) -> None:
    with pytest.raises(InputError, match=r"sphere\.reg"):
        wedge_dipole_retinotopy(np.array([[0.0, 0.0, 100.0], [broken] * 3]), "lh")


def test_the_rebuild_command_is_deterministic_and_gives_what_is_shipped(script: ModuleType, tmp_path: Path) -> None:
    atlas_of("lh")
    outputs = [tmp_path / "first.toml", tmp_path / "new" / "second.toml"]
    for output in outputs:
        assert script.main([str(output)]) == 0
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    rebuilt, shipped = (tomllib.loads(path.read_text(encoding="utf-8")) for path in (outputs[0], PARAMETERS))
    for name in HEMISPHERES:
        for key, value in shipped[name].items():
            assert rebuilt[name][key] == pytest.approx(value, rel=0.01, abs=0.01), (name, key)


def test_the_rebuild_command_says_what_it_needs(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benson, "fsaverage_retinotopy", lambda _name: (None, {}))
    assert script.main([str(tmp_path / "out.toml")]) == 2
    assert "neuropythy" in capsys.readouterr().err
    assert not (tmp_path / "out.toml").exists()
