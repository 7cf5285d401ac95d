"""A DICOM segmentation of the threads, with the case's volume as an MR series that it goes with.

The label map of ``nii.gz`` as one segment a thread, and the volume that the case's surfaces were made from, in one
frame of reference: patient coordinates of DICOM are scanner RAS with x and y the other way round (LPS). The case's own
DICOM files are not known, so patient, study and frame of reference are this program's: their identifiers follow from
the case's files, those of the segmentation from the plan, so that exports of one case lie over each other.

Written with highdicom (MIT licence), which the extra ``dicom`` installs.
"""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner import RESEARCH_NOTICE, __version__
from planner.anatomy.volumes import Volume, load_volume
from planner.errors import InputError
from planner.frames import RAS_TO_LPS, FloatArray
from planner.plan.export.labelmap import SAFE, UNKNOWN, UNSAFE, grid_of, label_map
from planner.plan.export.readback import require_equal, require_same
from planner.plan.make import Examined
from planner.plan.plan import Plan
from planner.plan.stamp import fingerprint, unknown_threads, unsafe_threads, verdict_words

FILE: Final = "threads.dcm"
SERIES: Final = "volume"
NAMES: Final = (FILE,)
BRIGHTEST: Final = 4095  # of the series, which has 12 bits
PLACE_DIGITS: Final = 6  # decimals of mm that a coordinate keeps in 16 characters
PLACE_MM: Final = 1e-3
_ROOT: Final = "2.25."  # UIDs made of a number alone (DICOM PS3.5, B.2)


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write the series and the segmentation, and read both back.

    Raises
    ------
    InputError
        Where highdicom is not installed, the case has no volume, or a thread leaves its grid.
    """
    try:
        hd: Any = import_module("highdicom")
    except ImportError as error:
        raise InputError(
            "DICOM is written with highdicom, which is not installed", remedy="install calcarine[dicom]"
        ) from error
    grid = grid_of(examined)
    labels = label_map(examined, grid)
    (folder / SERIES).mkdir()
    slices = _series(examined, load_volume(examined.anatomy), folder / SERIES)
    segmentation = _segmentation(hd, examined, [image for _, image in slices], labels, grid.voxel_to_scanner)
    file = folder / FILE
    segmentation.save_as(file)
    _check(hd, file, examined.plan, labels, grid.voxel_to_scanner)
    return [file, *(path for path, _ in slices)]


def _series(examined: Examined, volume: Volume, folder: Path) -> list[tuple[Path, Any]]:
    """The volume's slices as MR images of research mode, in files of their own."""
    pydicom: Any = import_module("pydicom")
    shown = volume.values.astype(np.float64)
    low, high = float(shown.min()), float(shown.max())
    values = np.round((shown - low) * (BRIGHTEST / max(high - low, 1e-12))).astype(np.uint16)
    across, down, _ = (_lps(volume.voxel_to_scanner)[:3, axis] for axis in range(3))
    step = np.linalg.norm(volume.voxel_to_scanner[:3, :3], axis=0)
    slices = []
    for number in range(values.shape[2]):
        image = _identified(pydicom, examined, "volume")
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = pydicom.uid.MRImageStorage
        image.SOPInstanceUID = _uid(_case_mark(examined.plan), volume.name, str(number))
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.Modality, image.SeriesNumber, image.InstanceNumber = "MR", 1, number + 1
        image.SeriesDescription = f"{volume.name}, written by Calcarine"
        image.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
        image.ScanningSequence, image.SequenceVariant, image.ScanOptions = "RM", "NONE", ""  # research mode
        image.MRAcquisitionType, image.EchoTime, image.EchoTrainLength = "3D", None, None
        image.Rows, image.Columns = values.shape[1], values.shape[0]
        image.PixelSpacing = [_decimal(step[1]), _decimal(step[0])]  # between rows, then between columns
        image.SliceThickness = image.SpacingBetweenSlices = _decimal(step[2])
        image.ImageOrientationPatient = [_decimal(x) for x in (*across / step[0], *down / step[1])]
        place = _lps(volume.voxel_to_scanner) @ (0.0, 0.0, float(number), 1.0)
        image.ImagePositionPatient = [_decimal(x) for x in place[:3]]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
        image.PixelData = np.ascontiguousarray(values[:, :, number].T).tobytes()
        path = folder / f"{number + 1:04d}.dcm"
        image.save_as(path, enforce_file_format=True)
        read = pydicom.dcmread(path)
        require_equal(path, "the slice", read.pixel_array, values[:, :, number].T)
        require_same(path, "its place", list(read.ImagePositionPatient), list(image.ImagePositionPatient))
        slices.append((path, image))
    return slices


def _segmentation(
    hd: Any, examined: Examined, slices: list[Any], labels: NDArray[np.uint16], voxel_to_scanner: FloatArray
) -> Any:
    plan = examined.plan
    concept, color = hd.sr.CodedConcept, hd.color.CIELabColor.from_rgb
    method = hd.AlgorithmIdentificationSequence(
        name="Calcarine", family=concept("123109", "DCM", "Manual Processing"), version=__version__
    )
    unknown, unsafe = unknown_threads(plan), unsafe_threads(plan)
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=_text(thread.name),
            segmented_property_category=concept("260787004", "SCT", "Physical object"),
            segmented_property_type=concept("16470007", "SCT", "Electrode"),
            algorithm_type="SEMIAUTOMATIC",
            algorithm_identification=method,
            display_color=color(*(UNSAFE if thread.name in unsafe else UNKNOWN if thread.name in unknown else SAFE)),
        )
        for number, thread in enumerate(plan.threads, 1)
    ]
    # frames are slices of the last axis, with rows along the second
    affine = _lps(voxel_to_scanner)[:, [2, 1, 0, 3]]
    volume = hd.Volume(
        np.ascontiguousarray(labels.transpose(2, 1, 0)), affine, "PATIENT", slices[0].FrameOfReferenceUID
    )
    return hd.seg.Segmentation(
        source_images=slices,
        pixel_array=volume,
        segmentation_type="BINARY",
        segment_descriptions=segments,
        series_instance_uid=_uid(fingerprint(plan), "series"),
        series_number=2,
        sop_instance_uid=_uid(fingerprint(plan), "threads"),
        instance_number=1,
        manufacturer="Calcarine",
        manufacturer_model_name="Calcarine",
        software_versions=__version__,
        device_serial_number=fingerprint(plan),
        content_label="THREADS",
        specific_character_set="ISO_IR 192",
        content_description=f"{verdict_words(plan)}. Research use only."[:64],
        series_description=f"Threads of plan {fingerprint(plan)}. Research use only.",
    )


def _check(hd: Any, file: Path, plan: Plan, labels: NDArray[np.uint16], voxel_to_scanner: FloatArray) -> None:
    """Read the segmentation back: every voxel of every thread where it was, by the file's own matrix, and no other."""
    read = hd.seg.segread(file)
    names = [read.get_segment_description(number).SegmentLabel for number in read.segment_numbers]
    require_same(file, "the threads' names", names, [_text(thread.name) for thread in plan.threads])
    found = read.get_volume(combine_segments=True)
    there, here = (np.argwhere(array > 0) for array in (found.array, labels))
    require_same(file, "how many voxels the threads have", len(there), len(here))
    placed = here @ _lps(voxel_to_scanner)[:3, :3].T + _lps(voxel_to_scanner)[:3, 3]
    inverse = np.linalg.inv(found.affine)
    index = placed @ inverse[:3, :3].T + inverse[:3, 3]
    nearest = np.round(index).astype(np.int64)
    away = np.linalg.norm((index - nearest) * np.linalg.norm(found.affine[:3, :3], axis=0), axis=1)
    require_same(file, "the matrix", bool(away.max(initial=0.0) < PLACE_MM), True)
    require_equal(file, "the labels", found.array[tuple(nearest.T)], labels[tuple(here.T)])


def _identified(pydicom: Any, examined: Examined, kind: str) -> Any:
    """A data set with the patient, study and frame of reference of all exports of the case."""
    plan, mark = examined.plan, _case_mark(examined.plan)
    image = pydicom.Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"  # UTF-8
    image.PatientName, image.PatientID = f"{_text(examined.anatomy.name, 63)}^", mark  # a family name alone
    image.PatientBirthDate = image.PatientSex = ""
    image.PatientComments = RESEARCH_NOTICE
    image.StudyInstanceUID, image.FrameOfReferenceUID = _uid(mark, "study"), _uid(mark, "frame")
    image.SeriesInstanceUID = _uid(mark, kind)
    image.StudyID, image.AccessionNumber, image.ReferringPhysicianName = "1", "", ""
    image.StudyDate = image.StudyTime = ""
    image.StudyDescription = f"Calcarine, {len(plan.threads)} threads. Research use only."
    image.PositionReferenceIndicator, image.Manufacturer = "", "Calcarine"
    return image


def _case_mark(plan: Plan) -> str:
    """Sixteen hexadecimal digits that all plans on the same files share."""
    return sha256("".join(f"{name}{digest}" for name, digest in sorted(plan.case.hashes.items())).encode()).hexdigest()[
        :16
    ]


def _text(words: str, most: int = 64) -> str:
    """Words as DICOM has them: a backslash would begin another value."""
    return words.replace("\\", "/").strip()[:most]


def _uid(*parts: str) -> str:
    """An identifier that follows from what it is of."""
    return _ROOT + str(int.from_bytes(sha256("/".join(parts).encode()).digest()[:16], "big"))


def _lps(voxel_to_scanner: FloatArray) -> FloatArray:
    return np.asarray(RAS_TO_LPS.matrix @ voxel_to_scanner)


def _decimal(value: float) -> str:
    """A number of at most 16 characters, as DICOM has them."""
    return f"{value:.{PLACE_DIGITS}f}" if abs(value) >= 1 else f"{value:.10f}"
