from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.frames import (
    HEMISPHERES,
    MNI305_TO_MNI152,
    RAS_TO_LPS,
    FloatArray,
    Points,
    Space,
    SpaceError,
    Transform,
    polar_to_field,
    tkras_to_scanner,
)

angles = st.floats(-np.pi, np.pi)
sizes = st.floats(0.3, 3.0)
shifts = st.floats(-300.0, 300.0)


@st.composite
def affines(draw: st.DrawFn) -> FloatArray:
    """Any scanner's matrix: turned, anisotropic, mirrored or not, shifted."""
    turn = nib.eulerangles.euler2mat(draw(angles), draw(angles), draw(angles))
    mirror = draw(st.sampled_from([1.0, -1.0]))
    zooms = np.array([mirror * draw(sizes), draw(sizes), draw(sizes)])
    return nib.affines.from_matvec(turn * zooms, [draw(shifts), draw(shifts), draw(shifts)])


POINTS = np.random.default_rng(1).uniform(-150.0, 150.0, (50, 3))


@settings(max_examples=60, deadline=None)
@given(affine=affines(), shape=st.tuples(*[st.integers(2, 512)] * 3))
def test_transform_equals_nibabels_own_matrices_and_returns(affine: FloatArray, shape: tuple[int, int, int]) -> None:
    header = nib.freesurfer.mghformat.MGHHeader()
    header.set_data_shape(shape)
    header["Mdc"] = (affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)).T
    header["delta"] = np.linalg.norm(affine[:3, :3], axis=0)
    header["Pxyz_c"] = affine[:3, 3] + affine[:3, :3] @ np.array(shape) / 2
    norig, torig = header.get_vox2ras(), header.get_vox2ras_tkr()
    transform = tkras_to_scanner(norig, torig)  # as nibabel gives them: float32
    norig, torig = norig.astype(float), torig.astype(float)

    voxels = nib.affines.apply_affine(np.linalg.inv(torig), POINTS)
    np.testing.assert_allclose(transform(POINTS), nib.affines.apply_affine(norig, voxels), atol=1e-9)
    np.testing.assert_allclose(transform.inverse()(transform(POINTS)), POINTS, atol=1e-9)
    assert (transform.source, transform.target) == (Space.TKRAS, Space.SCANNER_RAS)
    assert (transform.inverse().source, transform.inverse().target) == (Space.SCANNER_RAS, Space.TKRAS)


def test_c_ras_alone_would_be_wrong_for_an_oblique_scan(oblique: FloatArray) -> None:
    header = nib.MGHImage(np.zeros((60, 70, 80), np.uint8), oblique).header
    transform = tkras_to_scanner(np.array(header.get_vox2ras()), np.array(header.get_vox2ras_tkr()))
    shifted = POINTS + np.array(header["Pxyz_c"])
    assert np.linalg.norm(transform(POINTS) - shifted, axis=1).max() > 10.0
    np.testing.assert_allclose(transform(np.zeros((1, 3)))[0], header["Pxyz_c"], atol=1e-4)


def test_tkras_is_only_shifted_where_the_volume_is_conformed(conformed: FloatArray) -> None:
    header = nib.MGHImage(np.zeros((256, 256, 256), np.uint8), conformed).header
    transform = tkras_to_scanner(np.array(header.get_vox2ras()), np.array(header.get_vox2ras_tkr()))
    np.testing.assert_allclose(transform(POINTS), POINTS + np.array(header["Pxyz_c"]), atol=1e-4)


def test_transform_keeps_batch_shape() -> None:
    transform = Transform(Space.SCANNER_RAS, Space.TKRAS, nib.affines.from_matvec(np.eye(3), [1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(transform(np.zeros((2, 5, 3))), np.broadcast_to([1.0, 2.0, 3.0], (2, 5, 3)))
    np.testing.assert_array_equal(transform(np.zeros(3)), [1.0, 2.0, 3.0])


def test_points_of_another_space_are_refused() -> None:
    there = RAS_TO_LPS(Points(Space.SCANNER_RAS, POINTS))
    np.testing.assert_array_equal(there.mm_in(Space.LPS), POINTS * [-1, -1, 1])
    with pytest.raises(SpaceError, match="lps"):
        RAS_TO_LPS(there)
    with pytest.raises(SpaceError, match="lps"):
        there.mm_in(Space.SCANNER_RAS)
    with pytest.raises(SpaceError, match="mni305"):
        MNI305_TO_MNI152(Points(Space.MNI152, POINTS))


def test_transforms_follow_each_other_only_where_spaces_agree() -> None:
    same = RAS_TO_LPS.then(RAS_TO_LPS.inverse())
    assert (same.source, same.target) == (Space.SCANNER_RAS, Space.SCANNER_RAS)
    np.testing.assert_array_equal(same.matrix, np.eye(4))
    with pytest.raises(SpaceError, match="mni305"):
        RAS_TO_LPS.then(MNI305_TO_MNI152)


def test_mni152_agrees_with_the_example_that_freesurfer_publishes() -> None:
    found = MNI305_TO_MNI152(np.array([10.0, -20.0, 35.0]))
    np.testing.assert_allclose(found, [10.695, -18.409, 36.137], atol=5e-3)  # as rounded there


def test_lps_turns_x_and_y_only() -> None:
    np.testing.assert_array_equal(RAS_TO_LPS(np.array([1.0, 2.0, 3.0])), [-1.0, -2.0, 3.0])
    np.testing.assert_array_equal(RAS_TO_LPS.inverse()(RAS_TO_LPS(POINTS)), POINTS)


@pytest.mark.parametrize(
    ("angle", "expected"),
    [(0.0, (0.0, 4.0)), (45.0, (8**0.5, 8**0.5)), (90.0, (4.0, 0.0)), (180.0, (0.0, -4.0)), (180.0002, (0.0, -4.0))],
)
def test_left_hemisphere_sees_the_right_field_and_the_reverse(angle: float, expected: tuple[float, float]) -> None:
    x, y = expected
    four, turned = np.array([4.0]), np.array([angle])
    np.testing.assert_allclose(polar_to_field(four, turned, "lh"), [[x, y]], atol=1e-12)
    np.testing.assert_allclose(polar_to_field(four, turned, "rh"), [[-x, y]], atol=1e-12)


@pytest.mark.parametrize(("angle", "expected"), [(-30.0, (-2.0, 12**0.5)), (-150.0, (-2.0, -(12**0.5)))])
def test_negative_angles_lie_on_the_hemispheres_own_side(angle: float, expected: tuple[float, float]) -> None:
    x, y = expected
    four, turned = np.array([4.0]), np.array([angle])
    np.testing.assert_allclose(polar_to_field(four, turned, "lh"), [[x, y]], atol=1e-12)
    np.testing.assert_allclose(polar_to_field(four, turned, "rh"), [[-x, y]], atol=1e-12)


@given(st.floats(0.0, 90.0), st.floats(0.0, 180.0), st.sampled_from(HEMISPHERES))
def test_polar_coordinates_return_and_never_cross_the_midline(eccentricity: float, angle: float, name: str) -> None:
    field = polar_to_field(np.array(eccentricity), np.array(angle), name)  # type: ignore[arg-type]
    assert field[0] * (1 if name == "lh" else -1) >= 0
    assert np.hypot(*field) == pytest.approx(eccentricity, abs=1e-9)
    if eccentricity > 1e-6:
        assert np.rad2deg(np.arctan2(abs(field[0]), field[1])) == pytest.approx(angle, abs=1e-6)
