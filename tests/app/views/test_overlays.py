from __future__ import annotations

import numpy as np

from app.case import Case
from app.views.overlays import colours, table


def test_v1_is_coloured_by_the_overlay_and_the_rest_by_folds(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    v1 = hemisphere.retinotopy.area == 1
    folds, painted = colours(hemisphere, "curvature"), colours(hemisphere, "eccentricity")
    np.testing.assert_array_equal(folds[~v1], painted[~v1])
    far = hemisphere.retinotopy.eccentricity_deg.argmax()
    near = np.flatnonzero(v1)[hemisphere.retinotopy.eccentricity_deg[v1].argmin()]
    assert np.abs(painted[near] - table("eccentricity")[0]).max() < 40
    assert painted[far, 0] > painted[near, 0]
    upper = np.flatnonzero(v1)[hemisphere.retinotopy.polar_angle_deg[v1].argmin()]
    assert colours(hemisphere, "polar angle")[upper, 0] > 180
    assert len(np.unique(colours(hemisphere, "none"), axis=0)) == 1
