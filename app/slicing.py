"""Planes through a case: which way they are seen, and a volume's picture in them.

A plane is seen with one direction of the scanner to the right of the screen and one up. Everything that is drawn in a
slice, and what is left and right of it, comes from these two vectors alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkImagingCore import vtkImageReslice

from planner.frames import FloatArray
from planner.implant.thread import Thread, axes_of

if TYPE_CHECKING:  # the worker reads volumes, and imports what that takes
    from planner.anatomy.volumes import Volume

into_vtk: Any = numpy_support.numpy_to_vtk  # without types
from_vtk: Any = numpy_support.vtk_to_numpy

SliceName = Literal["axial", "coronal", "sagittal"]
Cut = Literal["axial", "coronal", "sagittal", "along", "probe"]
AXIS: Final[dict[SliceName, int]] = {"axial": 2, "coronal": 1, "sagittal": 0}
"""Which of the scanner's axes goes through each of the three slices."""
LETTERS: Final = (("R", "L"), ("A", "P"), ("S", "I"))
FINEST: Final = 0.5  # of a voxel: what is sampled finer shows nothing more


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane of scanner RAS and how it is seen.

    Attributes
    ----------
    origin_mm : (3,) float64
        A point of it.
    axes : (2, 3) float64
        Unit vectors to the right of the screen and up, at right angles to each other.
    along : (3,) float64
        The unit vector along which steps go; at right angles to both, on whichever side.
    """

    origin_mm: FloatArray
    axes: FloatArray
    along: FloatArray

    def flat(self, points_mm: FloatArray) -> FloatArray:
        """Points ``(..., 3)`` of scanner RAS as ``(..., 2)``: to the right and up from the origin, mm."""
        return np.asarray((points_mm - self.origin_mm) @ self.axes.T)

    def height(self, points_mm: FloatArray) -> FloatArray:
        """How far points ``(..., 3)`` lie from the plane, signed ``(...,)``; mm."""
        return np.asarray((points_mm - self.origin_mm) @ self.along)

    def point(self, flat_mm: FloatArray) -> FloatArray:
        """The point of scanner RAS ``(..., 3)`` at a place ``(..., 2)`` of the plane."""
        return np.asarray(self.origin_mm + flat_mm @ self.axes)

    def same(self, other: Plane | None) -> bool:
        """Whether it is the very plane, seen the same way."""
        return other is not None and all(
            np.array_equal(a, b)
            for a, b in ((self.origin_mm, other.origin_mm), (self.axes, other.axes), (self.along, other.along))
        )

    def edge_letters(self) -> tuple[str, str, str, str]:
        """What is at the right, left, upper and lower edge of the picture."""
        right, up = self.axes
        return letters(right), letters(-right), letters(up), letters(-up)


def letters(direction: tuple[float, float, float] | FloatArray) -> str:
    """Anatomical letters of a direction, the strongest first, e.g. ``SP``; axes under 0.4 are left out."""
    values = np.asarray(direction, dtype=np.float64)
    order = np.argsort(-np.abs(values))
    return "".join(LETTERS[axis][int(values[axis] < 0)] for axis in order if abs(values[axis]) > 0.4)


def standard(name: SliceName, at_mm: FloatArray, radiological: bool = True) -> Plane:
    """One of the three slices through a point.

    Radiological: axial slices are seen from the feet and coronal ones from the front, so that the patient's left is at
    the right of the screen; otherwise the left is left. Sagittal slices are seen from the patient's left (anterior at
    the left of the screen), as 3D Slicer shows them, either way.
    """
    left = np.array([-1.0, 0.0, 0.0]) if radiological else np.array([1.0, 0.0, 0.0])
    anterior, superior = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    axes = {"axial": (left, anterior), "coronal": (left, superior), "sagittal": (-anterior, superior)}[name]
    along = np.zeros(3)
    along[AXIS[name]] = 1.0
    return Plane((np.asarray(at_mm) @ along) * along, np.stack(axes), along)


def along_thread(thread: Thread, turn_deg: float = 0.0, radiological: bool = True) -> Plane:
    """The plane that a thread lies in, its way in leading down the screen; it can be turned about the thread.

    Its origin is the thread's entry. Unturned it is seen from that side from which the patient's left is to the right,
    where the view is radiological, and to the left otherwise (ours); the letters say which.
    """
    unit = np.asarray(thread.direction, dtype=np.float64)
    sideways = np.array([-1.0 if radiological else 1.0, 0.0, 0.0])
    first = _upright(sideways, unit, thread)
    turn = np.deg2rad(turn_deg)
    across = np.cos(turn) * first + np.sin(turn) * np.cross(unit, first)
    entry = np.asarray(thread.entry_mm, dtype=np.float64)
    return Plane(entry, np.stack([across, -unit]), np.cross(across, -unit))


def probes_eye(thread: Thread, at_mm: FloatArray) -> Plane:
    """The plane at right angles to a thread beside `at_mm`, seen the way the thread goes in, upright.

    What is left and right then follows from the way in alone, radiological or not.
    """
    unit = np.asarray(thread.direction, dtype=np.float64)
    up = _upright(np.array([0.0, 0.0, 1.0]), unit, thread)
    entry = np.asarray(thread.entry_mm, dtype=np.float64)
    return Plane(entry + ((np.asarray(at_mm) - entry) @ unit) * unit, np.stack([np.cross(unit, up), up]), unit)


def _upright(wanted: FloatArray, unit: FloatArray, thread: Thread) -> FloatArray:
    """The unit vector at right angles to a thread that is nearest to the wanted one; any where that runs along it."""
    aside = wanted - (wanted @ unit) * unit
    length = float(np.linalg.norm(aside))
    return np.asarray(aside / length if length > 0.2 else axes_of([thread])[0][0])


@dataclass(frozen=True, eq=False)
class Picture:
    """A volume's values in a rectangle of a plane.

    Attributes
    ----------
    values : (H, W) float32
        Row 0 at the top; 0 outside the volume.
    left_mm, top_mm, width_mm, height_mm : float
        The rectangle, in the plane's axes.
    """

    values: NDArray[np.float32]
    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


def picture(volume: Volume, plane: Plane, middle_mm: FloatArray, size_mm: tuple[float, float], px_mm: float) -> Picture:
    """A volume in a rectangle of a plane, by its matrix: the voxels' own axes may stand any way in the scanner.

    Values between voxels' centres are interpolated linearly.

    Parameters
    ----------
    volume : Volume
    plane : Plane
    middle_mm : (2,) float64
        The rectangle's middle, in the plane's axes.
    size_mm : (width, height)
    px_mm : float
        Size of a pixel; no finer than is of use.
    """
    to_voxel = np.linalg.inv(volume.voxel_to_scanner)
    voxel_mm = np.linalg.norm(volume.voxel_to_scanner[:3, :3], axis=0)
    step = max(px_mm, FINEST * float(voxel_mm.min()))
    columns, rows = (max(1, int(np.ceil(length / step))) for length in size_mm)
    left, top = middle_mm[0] - columns * step / 2, middle_mm[1] + rows * step / 2
    first = plane.point(np.array([left + step / 2, top - step / 2]))
    right, up = plane.axes
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = to_voxel[:3, :3] @ (step * right), to_voxel[:3, :3] @ (-step * up)
    matrix[:3, 2] = np.cross(matrix[:3, 0], matrix[:3, 1])  # of a single slice whatever leads out of it
    matrix[:3, 3] = to_voxel[:3, :3] @ first + to_voxel[:3, 3]
    reslice = vtkImageReslice()
    reslice.SetInputData(_image(volume))
    reslice.SetResliceAxes(_vtk(matrix))
    reslice.SetInterpolationModeToLinear()
    reslice.SetOutputDimensionality(2)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputExtent(0, columns - 1, 0, rows - 1, 0, 0)
    reslice.SetBackgroundLevel(0.0)
    reslice.Update()
    values = from_vtk(reslice.GetOutput().GetPointData().GetScalars()).reshape(rows, columns)
    return Picture(values.astype(np.float32), float(left), float(top), columns * step, rows * step)


@lru_cache(maxsize=1)
def _image(volume: Volume) -> vtkImageData:
    """A volume as VTK has them, in voxels: the first axis is the one that runs fastest."""
    image = vtkImageData()
    image.SetDimensions(*volume.values.shape)
    values = volume.values.ravel(order="F")
    image.GetPointData().SetScalars(into_vtk(values.astype(np.float32) if values.itemsize > 4 else values, deep=1))
    return image


def _vtk(matrix: FloatArray) -> vtkMatrix4x4:
    found = vtkMatrix4x4()
    found.DeepCopy(matrix.ravel().tolist())
    return found


def window_of(values: NDArray[np.generic]) -> tuple[float, float]:
    """The values shown black and white unless the user says otherwise (ours).

    From 1 % of what is not air, but not all of air's dark, to a quarter above its 98 %: what is drawn over white matter
    has to be seen.
    """
    coarse = np.asarray(values[::3, ::3, ::3], dtype=np.float32).ravel()
    tissue = coarse[coarse > coarse.min()]
    if len(tissue) == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(tissue, (1.0, 98.0)))
    low = min(low, float(coarse.min()) + 0.1 * (high - float(coarse.min())))  # air is dark, tissue is not
    return low, low + max(1.25 * (high - low), 1e-6)
