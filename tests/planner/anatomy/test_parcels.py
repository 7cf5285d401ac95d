from __future__ import annotations

import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.parcels import read_annotation, read_parcel
from planner.errors import InputError

NAMES = ["unknown", "cuneus", "pericalcarine"]
COLOURS = np.array([[25, 5, 25, 0], [220, 20, 100, 0], [120, 100, 60, 0]])
OF = np.random.default_rng(3).integers(0, 3, 50)


@pytest.fixture
def annotation(tmp_path: Path) -> Path:
    path = tmp_path / "lh.aparc.annot"
    nib.freesurfer.write_annot(path, OF, np.column_stack([COLOURS, np.zeros(3, int)]), NAMES, fill_ctab=True)
    return path


def first_version(path: Path) -> None:
    """FreeSurfer's older table, which nibabel reads but does not write; its vertices out of order."""
    codes = COLOURS[OF] @ [1, 2**8, 2**16, 0]
    order = np.random.default_rng(0).permutation(len(OF))
    parts = [struct.pack(">i", len(OF)), np.stack([order, codes[order]], axis=1).astype(">i4").tobytes()]
    parts += [struct.pack(">iii", 1, 3, 6), b"table\0"]
    for name, colour in zip(NAMES, COLOURS, strict=True):
        parts += [struct.pack(">i", len(name) + 1), name.encode() + b"\0", struct.pack(">4i", *colour.tolist())]
    path.write_bytes(b"".join(parts))


def test_parcels_are_those_that_nibabel_reads(annotation: Path) -> None:
    labels, _, names = nib.freesurfer.read_annot(annotation)
    for index, name in enumerate(names):
        np.testing.assert_array_equal(read_parcel(annotation, name.decode(), 50), np.flatnonzero(labels == index))


def test_the_older_table_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "old.annot"
    first_version(path)
    assert [name.decode() for name in nib.freesurfer.read_annot(path)[2]] == NAMES
    for index, name in enumerate(NAMES):
        np.testing.assert_array_equal(read_parcel(path, name, 50), np.flatnonzero(index == OF))


def test_every_cut_is_refused(annotation: Path, tmp_path: Path) -> None:
    content = annotation.read_bytes()
    short = tmp_path / "short.annot"
    for length in range(len(content)):
        short.write_bytes(content[:length])
        with pytest.raises(InputError, match="short"):
            read_annotation(short, 50)


def test_lengths_that_lie_are_refused(annotation: Path, tmp_path: Path) -> None:
    content, table = annotation.read_bytes(), 4 + 8 * 50
    bad = tmp_path / "bad.annot"
    for at in (table + 12, table + 4):
        for value in (-1, 2**31 - 1, -(2**31)):
            bad.write_bytes(content[:at] + struct.pack(">i", value) + content[at + 4 :])
            with pytest.raises(InputError, match="annotation"):
                read_annotation(bad, 50)
    bad.write_bytes(content[:4] + struct.pack(">i", 7) + content[8:])  # vertex 7 twice, 0 nowhere
    with pytest.raises(InputError, match="annotation"):
        read_annotation(bad, 50)


def test_other_surfaces_and_unknown_parcels_are_said(annotation: Path) -> None:
    with pytest.raises(InputError, match="surface of 50 vertices, not of one of 51"):
        read_parcel(annotation, "cuneus", 51)
    with pytest.raises(InputError, match="cuneus, pericalcarine"):
        read_parcel(annotation, "V1", 50)


def test_a_parcel_without_a_vertex_is_said(tmp_path: Path) -> None:
    path = tmp_path / "lh.annot"
    table = np.column_stack([COLOURS, np.zeros(3, int)])
    nib.freesurfer.write_annot(path, np.minimum(OF, 1), table, NAMES, fill_ctab=True)
    with pytest.raises(InputError, match="no vertex"):
        read_parcel(path, "pericalcarine", 50)
