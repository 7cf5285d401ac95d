"""Left and right, and where a point appears: with a phantom that is alike on no side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from app.slicing import Plane, SliceName, along_thread, letters, picture, probes_eye, standard, window_of
from planner.anatomy.volumes import Volume
from planner.implant.thread import Thread

LEFT_FRONT_UP = np.array([-23.0, 14.0, 9.0])  # in the left hemisphere, in front, above
SHAPE = (64, 72, 60)


def phantom(turn: Rotation, flip: bool = False) -> Volume:
    """One bright ball in the dark, at `LEFT_FRONT_UP` of the scanner, on a grid that stands any way."""
    matrix = np.eye(4)
    matrix[:3, :3] = turn.as_matrix() @ np.diag([-1.1 if flip else 1.1, 0.9, 1.3])
    matrix[:3, 3] = -matrix[:3, :3] @ (np.array(SHAPE) / 2)
    grid = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    place = grid @ matrix[:3, :3].T + matrix[:3, 3]
    ball = np.exp(-(((place - LEFT_FRONT_UP) / 3.0) ** 2).sum(axis=-1))
    return Volume("phantom", (200 * ball).astype(np.float32), matrix, "made")


def brightest(volume: Volume, plane: Plane) -> tuple[float, float]:
    """Where the brightest pixel is: to the right and up from the plane's origin, mm."""
    found = picture(volume, plane, np.zeros(2), (90.0, 80.0), 0.5)
    row, column = np.unravel_index(found.values.argmax(), found.values.shape)
    height, width = found.values.shape
    return (
        found.left_mm + (column + 0.5) * found.width_mm / width,
        found.top_mm - (row + 0.5) * found.height_mm / height,
    )


TURNS = [Rotation.identity(), Rotation.from_euler("xyz", [20, -15, 30], degrees=True)]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("radiological", [True, False])
@pytest.mark.parametrize("name", ["axial", "coronal"])
def test_the_patients_left_is_at_the_right_of_the_screen_only_where_the_view_is_radiological(
    turn: Rotation, flip: bool, radiological: bool, name: SliceName
) -> None:
    at = np.array([0.0, LEFT_FRONT_UP[1], LEFT_FRONT_UP[2]])
    plane = standard(name, at, radiological)
    right, _ = brightest(phantom(turn, flip), plane)
    assert right == pytest.approx(23.0 if radiological else -23.0, abs=1.0)
    assert plane.edge_letters()[:2] == (("L", "R") if radiological else ("R", "L"))
    assert plane.flat(LEFT_FRONT_UP)[0] == pytest.approx(right, abs=1.0)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("radiological", [True, False])
def test_sagittal_slices_have_the_front_at_the_left_and_the_top_above_either_way(
    turn: Rotation, radiological: bool
) -> None:
    plane = standard("sagittal", np.array([LEFT_FRONT_UP[0], 0.0, 0.0]), radiological)
    assert brightest(phantom(turn), plane) == pytest.approx((-14.0, 9.0), abs=1.0)
    assert plane.edge_letters() == ("P", "A", "S", "I")


@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal"])
def test_a_picture_shows_the_very_value_of_each_point(name: SliceName) -> None:
    volume = phantom(TURNS[1])
    plane = standard(name, LEFT_FRONT_UP + 1.0)
    found = picture(volume, plane, np.array([2.0, -3.0]), (30.0, 20.0), 0.6)
    for row, column in ((9, 25), (17, 22), (20, 20)):
        flat = np.array([found.left_mm + (column + 0.5) * 0.6, found.top_mm - (row + 0.5) * 0.6])
        voxel = np.linalg.solve(volume.voxel_to_scanner, np.append(plane.point(flat), 1.0))[:3]
        low = np.floor(voxel).astype(int)
        share = voxel - low
        expected = sum(
            volume.values[tuple(low + corner)] * np.prod(np.where(corner, share, 1 - share))
            for corner in np.stack(np.meshgrid(*[[0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        )
        assert found.values[row, column] == pytest.approx(expected, abs=1e-3)


def thread(direction: tuple[float, float, float]) -> Thread:
    unit = np.array(direction) / np.linalg.norm(direction)
    return Thread("T01", "lh", (-10.0, -90.0, 5.0), tuple(float(v) for v in unit), 4.0)


WAYS = [(0.3, 0.9, -0.2), (1.0, 0.05, 0.0), (0.0, 0.1, -1.0), (-0.4, 0.2, 0.9)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("turn", [0.0, 37.0, 180.0])
def test_a_thread_lies_in_its_own_plane_and_goes_down_the_screen(way: tuple[float, float, float], turn: float) -> None:
    it = thread(way)
    plane = along_thread(it, turn)
    ends = np.array([it.entry_mm, it.tip_mm])
    assert np.abs(plane.height(ends)).max() < 1e-9
    entry, tip = plane.flat(ends)
    assert entry[0] == pytest.approx(tip[0], abs=1e-9)
    assert entry[1] - tip[1] == pytest.approx(4.0)
    assert (
        np.abs(np.array([*plane.axes, plane.along]) @ np.array([*plane.axes, plane.along]).T - np.eye(3)).max() < 1e-9
    )


def test_along_a_thread_left_and_right_are_as_in_the_other_slices() -> None:
    it = thread((0.1, 0.9, -0.2))
    for radiological in (True, False):
        plane = along_thread(it, radiological=radiological)
        assert plane.edge_letters()[0][0] == ("L" if radiological else "R")


@pytest.mark.parametrize("way", WAYS)
def test_the_probes_eye_looks_the_way_the_thread_goes_in(way: tuple[float, float, float]) -> None:
    it = thread(way)
    at = np.asarray(it.entry_mm) + 1.5 * np.asarray(it.direction)
    plane = probes_eye(it, at + 3.0 * plane_aside(it))
    right, up = plane.axes
    assert np.cross(right, up) == pytest.approx(-np.asarray(it.direction))  # what comes out of the screen
    assert plane.flat(np.asarray(it.entry_mm)) == pytest.approx([0.0, 0.0], abs=1e-9)
    assert plane.height(at) == pytest.approx(0.0, abs=1e-9)


def plane_aside(it: Thread) -> np.ndarray:
    return along_thread(it).axes[0]


def test_the_probes_eye_from_behind_has_the_patients_left_at_the_left() -> None:
    plane = probes_eye(thread((0.0, 1.0, 0.0)), np.zeros(3))
    assert plane.edge_letters() == ("R", "L", "S", "I")


def test_letters_name_the_strongest_direction_first() -> None:
    assert letters((-0.9, 0.1, 0.42)) == "LS"
    assert letters((0.0, -1.0, 0.0)) == "P"


def test_the_window_leaves_air_dark_and_shows_tissue() -> None:
    values = np.zeros((60, 60, 60), np.uint8)
    values[20:40, 20:40, 20:40] = 75
    values[25:35, 25:35, 25:35] = 110
    low, high = window_of(values)
    assert 0 <= low < 40
    assert 110 < high < 150  # white matter is bright, but not as bright as what is drawn over it
    assert window_of(np.zeros((4, 4, 4))) == (0.0, 1.0)
