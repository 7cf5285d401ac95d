"""Small files that would unfold to more than a computer holds are refused, and large ones read, within 2 GiB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

READ = """
import resource, sys
from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import load_vessels
from planner.errors import InputError

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2 * 2**30,) * 2)
try:
    print(load_vessels(VesselFile(sys.argv[1]), {})[1].detail)
except InputError as error:
    print(error)
"""
PLY = """ply
format ascii 1.0
element vertex {}
property float x
property float y
property float z
element face {}
property list uchar int vertex_indices
end_header
"""


def text(path: Path, head: str, line: str, count: int) -> None:
    with path.open("w") as file:
        file.write(head)
        for _ in range(0, count, 100_000):
            file.write(line * 100_000)


def volume(path: Path, side: int) -> None:
    """A cube of zeros but for two opposite corners; the file has holes, so it is written at once."""
    header = nib.Nifti1Header()
    header.set_data_dtype(np.uint8)
    header.set_data_shape((side, side, side))
    header.set_sform(np.diag([0.2, 0.2, 0.2, 1.0]), 1)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    with path.open("wb") as file:
        file.write(header.binaryblock + b"\0\0\0\0\1")
        file.truncate(352 + side**3 - 1)
        file.seek(0, 2)
        file.write(b"\1")


BOMBS = {
    "more text than any mesh": ("a.ply", lambda p: text(p, PLY.format(3, 20_000_000), "3 0 1 2\n", 9_000_000)),
    "more faces than any vessel": ("b.ply", lambda p: text(p, PLY.format(3, 7_000_000), "3 0 1 2\n", 7_000_000)),
    "more vertices": ("c.ply", lambda p: text(p, PLY.format(8_000_000, 1), "0 0 0\n", 8_000_000)),
    "more faces of OBJ": ("d.obj", lambda p: text(p, "v 0 0 0\nv 1 0 0\nv 0 1 0\n", "f 1 2 3\n", 8_000_000)),
    "more voxels": ("e.nii", lambda p: volume(p, 1020)),
}


def read(path: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
@pytest.mark.parametrize("case", BOMBS)
def test_a_small_file_that_unfolds_to_gigabytes_is_refused(tmp_path: Path, case: str) -> None:
    name, write = BOMBS[case]
    write(tmp_path / name)
    assert "accepted" in read(tmp_path / name)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
def test_the_largest_segmentation_is_read_within_the_limit_however_far_apart_its_vessels_lie(tmp_path: Path) -> None:
    volume(tmp_path / "vein.nii", 800)
    assert "vein: a wall of 16 faces, spanning 160 × 160 × 160 mm" in read(tmp_path / "vein.nii")
