from __future__ import annotations

import base64
import gzip
import os
import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import trimesh

from planner.anatomy.bounded import check_curv, check_geometry, check_gifti, check_readable, check_unpacked
from planner.errors import InputError
from tests.timing import cpu_seconds

VOLUMES = ["a.mgz", "a.mgh", "a.nii", "a.nii.gz", "b.nii"]


def write_volume(path: Path, shape: tuple[int, ...] = (7, 8, 9)) -> Path:
    data = np.random.default_rng(0).integers(0, 9, shape).astype(np.int16)
    kind = nib.MGHImage if "mg" in path.suffix else nib.Nifti2Image if path.name[0] == "b" else nib.Nifti1Image
    nib.save(kind(data, np.eye(4)), path)
    return path


def rewrite(path: Path, change: Callable[[bytearray], bytes | bytearray]) -> None:
    packed = path.suffix in {".gz", ".mgz"}
    content = path.read_bytes()
    changed = bytes(change(bytearray(gzip.decompress(content) if packed else content)))
    path.write_bytes(gzip.compress(changed) if packed else changed)


@pytest.mark.parametrize("name", VOLUMES)
@pytest.mark.parametrize("shape", [(7, 8, 9), (5, 1, 1), (2, 3, 4, 5)])
def test_what_nibabel_writes_passes(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    check_unpacked(write_volume(tmp_path / name, shape))


def test_surfaces_and_overlays_of_nibabel_pass(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    nib.freesurfer.write_geometry(tmp_path / "lh.white", ball.vertices, ball.faces)
    nib.freesurfer.write_morph_data(tmp_path / "lh.curv", np.ones(162, np.float32))
    check_geometry(tmp_path / "lh.white")
    check_curv(tmp_path / "lh.curv")


@pytest.mark.parametrize("name", ["plain.mgz", "mit Leerzeichen und Ümläut 脳.mgz", "a'b;c$d.mgz"])
def test_any_name_is_fine(tmp_path: Path, name: str) -> None:
    check_unpacked(write_volume(tmp_path / name))


@pytest.mark.parametrize("check", [check_readable, check_unpacked, check_geometry, check_curv, check_gifti])
def test_what_is_no_readable_file_is_named(tmp_path: Path, check: Callable[[Path], object]) -> None:
    (tmp_path / "folder.gii").mkdir()
    (tmp_path / "empty.mgz").touch()
    (tmp_path / "round").symlink_to(tmp_path / "round")
    os.mkfifo(tmp_path / "pipe.mgz")
    # fmt: off
    said = {"none": "does not exist", "folder.gii": "is a folder", "empty.mgz": "is empty", "round": "in a circle",
            "pipe.mgz": "a pipe", "empty.mgz/a": "does not exist", "n" * 300: "too long", "a\0b": "no path"}
    # fmt: on
    for name, words in said.items():
        with pytest.raises(InputError, match=words):
            check(tmp_path / name)
    with pytest.raises(InputError, match="a device"):
        check(Path("/dev/zero"))


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    write_volume(tmp_path / "a.mgz")
    (tmp_path / "link.mgz").symlink_to("a.mgz")
    check_unpacked(tmp_path / "link.mgz")


def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = write_volume(tmp_path / "a.mgz")
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # root may read everything
    try:
        with pytest.raises(InputError, match="permission denied"):
            check_readable(path)
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("name", VOLUMES)
def test_headers_that_claim_more_than_there_is_are_refused(tmp_path: Path, name: str) -> None:
    path = write_volume(tmp_path / name)
    rewrite(path, lambda content: content[:-400])
    with pytest.raises(InputError, match="cut off"):
        check_unpacked(path)


def sizes(values: list[int]) -> Callable[[bytearray], bytearray]:
    """Set the sizes in the header of MGH and both NIfTI, each told by its start."""

    def change(content: bytearray) -> bytearray:
        if content[:4] == b"\0\0\0\1":
            content[4:16] = struct.pack(">3i", *values)
        elif content[:4] == b"\x5c\1\0\0":
            content[42:48] = struct.pack("<3h", *(max(min(v, 2**15 - 1), -(2**15)) for v in values))
        else:
            content[24:48] = struct.pack("<3q", *values)
        return content

    return change


@pytest.mark.parametrize("name", VOLUMES)
@pytest.mark.parametrize("shape", [[2**30, 2**30, 2**30], [-5, 8, 9], [0, 8, 9], [9, 9, 9]])
def test_sizes_that_lie_are_refused(tmp_path: Path, name: str, shape: list[int]) -> None:
    path = write_volume(tmp_path / name)
    rewrite(path, sizes(shape))
    with pytest.raises(InputError, match=r"once unpacked|claims|cut off"):
        check_unpacked(path)


@pytest.mark.parametrize("name", VOLUMES)
def test_an_unknown_type_of_number_is_refused(tmp_path: Path, name: str) -> None:
    path = write_volume(tmp_path / name)

    def change(content: bytearray) -> bytearray:
        place = {0: 23, 0x5C: 70, 0x1C: 12}[content[0]]
        content[place] = 99
        return content

    rewrite(path, change)
    with pytest.raises(InputError, match=r"unknown type"):
        check_unpacked(path)


@pytest.mark.parametrize("name", VOLUMES)
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    for content in (b"x", b"x" * 1000, bytes(1000), gzip.compress(b"x" * 1000), b"\x1f\x8b", b"\x1f\x8bxxxxxxxx"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            check_unpacked(tmp_path / name)


def bomb(path: Path, head: bytes = b"", mib: int = 128) -> Path:
    packer = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(head))
        for _ in range(mib):
            file.write(packer.compress(bytes(2**20)))
        file.write(packer.flush())
    return path


def test_a_bomb_is_refused_without_being_unpacked(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.gii.gz")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for check in (check_unpacked, check_gifti):
        with pytest.raises(InputError, match="once unpacked"):
            check(path, 2**26)
    header = nib.MGHImage(np.zeros((2, 2, 2), np.uint8), np.eye(4)).header
    head = bytearray(header.binaryblock[:90]) + bytes(194)
    head[4:16] = struct.pack(">3i", 512, 512, 512)
    for name, limit in (("a.mgz", 2**26), ("honest.mgz", 2**30)):
        bomb(tmp_path / name, bytes(head))
        if limit > 2**27:
            check_unpacked(tmp_path / name, limit)  # it holds what it says, within the limit: a volume of zeros
        else:
            with pytest.raises(InputError, match="once unpacked"):
                check_unpacked(tmp_path / name, limit)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024  # KiB


def test_members_joined_into_one_gzip_file_are_counted_together(tmp_path: Path) -> None:
    content = gzip.decompress(write_volume(tmp_path / "a.mgz").read_bytes())
    (tmp_path / "a.mgz").write_bytes(gzip.compress(content[:900]) + gzip.compress(content[900:]))
    check_unpacked(tmp_path / "a.mgz")


@pytest.mark.parametrize("count", [2**31 - 1, -1, 0, 163])
def test_counts_that_lie_are_refused(tmp_path: Path, count: int) -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    nib.freesurfer.write_geometry(tmp_path / "lh.white", ball.vertices, ball.faces)
    nib.freesurfer.write_morph_data(tmp_path / "lh.curv", np.ones(162, np.float32))
    for name, check, place in (("lh.white", check_geometry, None), ("lh.curv", check_curv, 3)):
        content = bytearray((tmp_path / name).read_bytes())
        start = place or content.index(b"\n\n") + 2
        for field in (0, 4) if place is None else (0,):
            changed = content.copy()
            changed[start + field : start + field + 4] = struct.pack(">i", count if count != 163 else 321)
            (tmp_path / name).write_bytes(changed)
            with pytest.raises(InputError, match="header counts"):
                check(tmp_path / name)


def write_gifti(path: Path, vertices: int = 200_000) -> Path:
    points = np.random.default_rng(0).normal(size=(vertices, 3)).astype(np.float32)
    nib.save(nib.gifti.GiftiImage(darrays=[nib.gifti.GiftiDataArray(points, "NIFTI_INTENT_POINTSET")]), path)
    return path


def test_gifti_passes_and_its_lies_are_refused(tmp_path: Path) -> None:
    check_gifti(write_gifti(path := tmp_path / "a.gii"))
    text = path.read_bytes()
    start, end = text.index(b"<Data>") + 6, text.index(b"</Data>")
    stuffed = base64.b64encode(zlib.compress(np.random.default_rng(0).bytes(6_000_000)))
    for changed, words in (
        (text[:-30], "cannot be read as GIFTI"),
        (text.replace(b"UTF-8", b"UTF-1"), "unknown encoding"),
        (text.replace(b'Dim0="200000"', b'Dim0="99000000000"'), "absurd size"),
        (text.replace(b'Dim0="200000"', b'Dim0="-4"'), "impossible size"),
        (text.replace(b'Dim0="200000"', b'Dim0="x"'), "without a size"),
        (text[:start] + stuffed + text[end:], "larger than it says"),
        (text[:start] + b"A" + text[start + 9 : end] + text[end:], "broken array"),
        (b'<!DOCTYPE G [<!ENTITY a "aaaa">]>' + text[text.index(b"<GIFTI") :], "entities"),
    ):
        path.write_bytes(changed)
        with pytest.raises(InputError, match=words):
            check_gifti(path)


def test_a_brain_is_checked_in_no_time(shared_data: Path) -> None:
    volume = shared_data / "fsaverage_mri" / "brain.mgz"
    surface = shared_data / "nilearn" / "fsaverage" / "pial_left.gii.gz"
    check_unpacked(volume)
    check_gifti(surface)
    assert cpu_seconds(lambda: check_unpacked(volume)) < 0.02  # 0.0001 s; unpacking it takes 0.05 s
    assert cpu_seconds(lambda: check_gifti(surface)) < 0.5  # 0.06 s
