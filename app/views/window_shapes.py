"""How an approach window looks: its rim, its axis and its cone, in space and cut by a plane."""

from __future__ import annotations

from typing import Final

import numpy as np

from app.slicing import Plane
from planner.anatomy.access import Window
from planner.frames import FloatArray
from planner.implant.thread import any_across

CORNERS: Final = 72  # of a rim
ARROW_MM: Final = 22.0  # ours: so long is the axis drawn, from outside to the centre
FUNNEL_MM: Final = 13.0  # ours: so long are the lines of the cone
RIBS: Final = 8
HEAD_MM: Final = 3.0  # of the arrow in a slice
EDGE_ON: Final = 0.2  # ours: the cosine below which a disc is seen edge-on
NEAR_MM: Final = 3.0  # ours: an axis that begins no farther from a slice is drawn in it


def across(axis: FloatArray) -> FloatArray:
    """Two unit vectors ``(2, 3)`` at right angles to a unit vector and to each other."""
    first = any_across(axis[None])[0]
    return np.stack([first, np.cross(axis, first)])


def rim(window: Window) -> FloatArray:
    """The disc's edge ``(CORNERS, 3)``: the points of the window's plane that are its radius from the centre."""
    centre, axis = np.array(window.centre_mm), np.array(window.axis)
    return np.asarray(centre + window.radius_mm * _ring(CORNERS) @ across(axis))


def tail(window: Window) -> FloatArray:
    """Where the arrow begins ``(3,)``: outside, `ARROW_MM` before the centre."""
    return np.asarray(np.array(window.centre_mm) - ARROW_MM * np.array(window.axis))


def funnel(window: Window) -> tuple[FloatArray, FloatArray]:
    """From where shafts may come to the centre: ribs ``(RIBS, 2, 3)`` of the cone, and its mouth ``(CORNERS, 3)``."""
    centre, axis, cone = np.array(window.centre_mm), np.array(window.axis), np.deg2rad(window.cone_deg)
    mouth = centre + FUNNEL_MM * (-np.cos(cone) * axis + np.sin(cone) * _ring(CORNERS) @ across(axis))
    ends = mouth[:: CORNERS // RIBS]
    return np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1), mouth


def axis_from(window: Window, near_mm: FloatArray, far_mm: FloatArray) -> FloatArray:
    """The axis ``(3,)`` with which the arrow begins under the mouse, whose ray leads from a near to a far point.

    The arrow's beginning moves on a ball about the centre, on the side of it where it is; at its edge where the ray
    misses the ball.
    """
    centre = np.array(window.centre_mm)
    ray = far_mm - near_mm
    ray = ray / np.linalg.norm(ray)
    along = float((centre - near_mm) @ ray)
    foot = near_mm + along * ray - centre  # the point of the ray that is nearest to the centre
    inside = ARROW_MM**2 - float(foot @ foot)
    if inside > 0.0:
        behind = float((tail(window) - centre) @ ray) > 0.0
        foot = foot + (1.0 if behind else -1.0) * np.sqrt(inside) * ray
    return np.asarray(-foot / np.linalg.norm(foot))


def radius_from(window: Window, near_mm: FloatArray, far_mm: FloatArray) -> float:
    """How far from the centre a ray goes through the disc's plane; where that is seen edge-on, how far it passes by."""
    centre, axis = np.array(window.centre_mm), np.array(window.axis)
    ray = far_mm - near_mm
    ray = ray / np.linalg.norm(ray)
    steep = float(ray @ axis)
    if window.surface == "hull" and abs(steep) > EDGE_ON:
        at = near_mm + float((centre - near_mm) @ axis) / steep * ray
    else:
        at = near_mm + float((centre - near_mm) @ ray) * ray
    return float(np.linalg.norm(at - centre))


def cut_opening(window: Window, plane: Plane) -> FloatArray:
    """Where a plane cuts the opening, a line ``(K, 3)``: through a disc on the hull, round a ball on pial; none, K = 0.

    Entries of a window on pial lie in the ball.
    """
    centre, axis = np.array(window.centre_mm), np.array(window.axis)
    normal, height = np.cross(*plane.axes), float(plane.height(centre))
    normal = normal * np.sign(normal @ plane.along)  # heights are along `along`
    if window.surface == "pial":
        square = window.radius_mm**2 - height**2
        if square <= 0.0:
            return np.zeros((0, 3))
        ring = centre - height * normal + np.sqrt(square) * _ring(CORNERS) @ plane.axes
        return np.concatenate([ring, ring[:1]])
    down = normal - (normal @ axis) * axis  # within the disc, away from the plane the quickest
    slope = float(np.linalg.norm(down))
    if slope < 1e-6 or abs(height) / slope >= window.radius_mm:
        return np.zeros((0, 3))
    middle = centre - height / slope**2 * down
    half = np.sqrt(window.radius_mm**2 - (height / slope) ** 2) * np.cross(axis, down / slope)
    return np.stack([middle - half, middle + half])


def cut_axis(window: Window, plane: Plane) -> FloatArray:
    """The arrow ``(3, 2, 3)`` laid into a plane that its centre is near to; none ``(0, 2, 3)`` elsewhere."""
    centre = np.array(window.centre_mm)
    if abs(float(plane.height(centre))) > NEAR_MM:
        return np.zeros((0, 2, 3))
    tip, start = (plane.point(plane.flat(point)) for point in (centre, tail(window)))
    length = float(np.linalg.norm(tip - start))
    if length < HEAD_MM:
        return np.zeros((0, 2, 3))
    along = (tip - start) / length
    aside = np.cross(along, np.cross(*plane.axes))
    barbs = [tip - HEAD_MM * (along + sign * 0.5 * aside) for sign in (1.0, -1.0)]
    return np.stack([np.stack([start, tip]), *(np.stack([barb, tip]) for barb in barbs)])


def _ring(corners: int) -> FloatArray:
    turn = 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)
