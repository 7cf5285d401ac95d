"""DICOM, read back by pydicom alone on an asymmetric phantom: left is left, up is up, and nothing is elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from planner.errors import InputError
from planner.frames import FloatArray, VolumeGeometry
from planner.implant.thread import Thread
from planner.plan.export import dicom_seg, write_export
from planner.plan.make import Examined

HIGH_LEFT, LOW_RIGHT = (-12.0, -90.0, 1.8), (16.0, -95.0, -6.0)


@pytest.fixture
def phantom(examined: Examined, tmp_path: Path) -> Examined:
    """One thread high in the left, a longer one low in the right; in the volume a bright voxel at the first's entry."""
    grid = examined.anatomy.geometry
    assert isinstance(grid, VolumeGeometry)
    values = np.zeros(grid.shape, dtype=np.uint8)
    values[tuple(np.rint(grid.scanner_to_voxel(np.array(HIGH_LEFT))).astype(int))] = 250
    nib.save(nib.MGHImage(values, grid.voxel_to_scanner), tmp_path / "T1.mgz")
    threads = (
        Thread("Ä1", "lh", HIGH_LEFT, (0.0, 0.0, -1.0), 1.5),
        Thread("T02", "rh", LOW_RIGHT, (0.0, 0.6, -0.8), 3.0),
    )
    anatomy = replace(examined.anatomy, volumes={"T1": tmp_path / "T1.mgz"})
    return replace(examined, plan=replace(examined.plan, threads=threads, verdict=None), anatomy=anatomy)


def places(image: Any, pixels: FloatArray, position: Any, orientation: Any, spacing: Any) -> FloatArray:
    """Lit pixels of a frame in scanner RAS, by DICOM's equation for the mapping (PS3.3, C.7.6.2.1.1)."""
    row, column = np.nonzero(pixels)
    across, down = np.array(orientation, dtype=float).reshape(2, 3)
    between_rows, between_columns = map(float, spacing)
    lps = (
        np.array(position, dtype=float)
        + column[:, None] * between_columns * across
        + row[:, None] * between_rows * down
    )
    return lps * (-1.0, -1.0, 1.0)


def test_without_highdicom_it_is_said_what_to_install(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(dicom_seg, "import_module", absent)
    with pytest.raises(InputError, match=r"install calcarine\[dicom\]"):
        write_export(examined, "dicom", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_each_thread_is_a_segment_in_its_own_place(phantom: Examined, tmp_path: Path) -> None:
    pytest.importorskip("highdicom")
    pydicom = pytest.importorskip("pydicom")
    write_export(phantom, "dicom", tmp_path / "out")
    image = pydicom.dcmread(tmp_path / "out" / "threads.dcm")
    assert [segment.SegmentNumber for segment in image.SegmentSequence] == [1, 2]
    assert image.SegmentSequence[1].SegmentLabel == "T02"
    shared = image.SharedFunctionalGroupsSequence[0]
    orientation = shared.PlaneOrientationSequence[0].ImageOrientationPatient
    spacing = shared.PixelMeasuresSequence[0].PixelSpacing
    lit: dict[int, list[FloatArray]] = {1: [], 2: []}
    frames = image.pixel_array.reshape(-1, image.Rows, image.Columns)
    for pixels, group in zip(frames, image.PerFrameFunctionalGroupsSequence, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        position = group.PlanePositionSequence[0].ImagePositionPatient
        lit[number].append(places(image, pixels, position, orientation, spacing))
    grid = phantom.anatomy.geometry
    assert isinstance(grid, VolumeGeometry)
    reach = float(np.linalg.norm(grid.voxel_mm)) / 2
    for number, thread in enumerate(phantom.plan.threads, 1):
        points = np.concatenate(lit[number])
        entry, tip = np.array(thread.entry_mm), np.array(thread.tip_mm)
        assert len(points) >= thread.depth_mm / grid.voxel_mm.max()
        share = np.clip((points - entry) @ (tip - entry) / thread.depth_mm**2, 0, 1)[:, None]
        assert np.linalg.norm(points - entry - share * (tip - entry), axis=1).max() <= reach
        assert np.linalg.norm(points - entry, axis=1).min() <= reach
        assert np.linalg.norm(points - tip, axis=1).min() <= reach
    assert np.concatenate(lit[1])[:, 0].max() < 0 < np.concatenate(lit[2])[:, 0].min()


def test_the_series_lies_where_the_segmentation_lies(phantom: Examined, tmp_path: Path) -> None:
    pytest.importorskip("highdicom")
    pydicom = pytest.importorskip("pydicom")
    write_export(phantom, "dicom", tmp_path / "out")
    segmentation = pydicom.dcmread(tmp_path / "out" / "threads.dcm")
    files = sorted((tmp_path / "out" / "volume").iterdir())
    assert len(files) == phantom.anatomy.geometry.shape[2]
    bright = []
    for file in files:
        image = pydicom.dcmread(file)
        assert image.FrameOfReferenceUID == segmentation.FrameOfReferenceUID
        assert image.StudyInstanceUID == segmentation.StudyInstanceUID
        bright.append(
            places(
                image, image.pixel_array, image.ImagePositionPatient, image.ImageOrientationPatient, image.PixelSpacing
            )
        )
    (place,) = np.concatenate(bright)
    assert np.abs(place - HIGH_LEFT).max() <= np.max(phantom.anatomy.geometry.voxel_mm) / 2
    assert "not a medical device" in segmentation.PatientComments.lower()


def test_a_case_without_a_volume_is_refused(phantom: Examined, tmp_path: Path) -> None:
    pytest.importorskip("highdicom")
    bare = replace(phantom, anatomy=replace(phantom.anatomy, geometry=None))
    with pytest.raises(InputError, match="has no volume"):
        write_export(bare, "dicom", tmp_path / "out")
