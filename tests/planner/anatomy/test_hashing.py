from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest

from planner.anatomy.hashing import sha256
from planner.errors import InputError


def test_empty_and_known_content(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert sha256(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    path.write_bytes(b"abc")  # FIPS 180-2's example
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.skipif(which("sha256sum") is None, reason="sha256sum is not installed")
def test_a_large_file_equals_sha256sum(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(range(256)) * 10_000)
    assert (
        sha256(path) == subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout.split()[0].decode()
    )


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            sha256(path)
