from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planner.errors import InputError
from planner.tasks.folder import listing, pictures_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(["b.png", "a.JPG", "c.tif"]):
        Image.fromarray(np.full((6, 8), 80 * number, dtype=np.uint8)).save(tmp_path / name)
    return tmp_path


def test_pictures_are_taken_in_the_order_of_their_names_with_their_hashes(folder: Path) -> None:
    found = listing(folder)
    assert [file.name for file in found.files] == ["a.JPG", "b.png", "c.tif"]
    assert found.files[1].sha256 == hashlib.sha256((folder / "b.png").read_bytes()).hexdigest()
    assert found.folder == str(folder)
    assert found.skipped == ()
    assert [picture.shape for picture in pictures_of(found.folder, found.files)] == [(6, 6)] * 3


def test_whatever_is_left_out_is_named_with_its_reason(folder: Path) -> None:
    (folder / ".hidden.png").write_bytes((folder / "b.png").read_bytes())
    (folder / "more").mkdir()
    (folder / "notes.txt").write_text("none")
    (folder / "cut.png").write_bytes((folder / "b.png").read_bytes()[:40])
    (folder / "empty.png").touch()
    found = listing(folder, most=2)
    assert [file.name for file in found.files] == ["a.JPG", "b.png"]
    reasons = dict(found.skipped)
    assert reasons[".hidden.png"] == "is hidden"
    assert reasons["more"] == "is a folder"
    assert reasons["notes.txt"] == "has no picture's name"
    assert reasons["c.tif"] == "comes after the first 2 pictures"
    assert set(reasons) == {".hidden.png", "more", "notes.txt", "c.tif", "cut.png", "empty.png"}
    reasons = dict(listing(folder).skipped)
    assert "can be read whole" in reasons["cut.png"]
    assert reasons["empty.png"] == "is empty"


def test_a_name_that_no_plan_can_hold_is_left_out(folder: Path) -> None:
    (folder / "line\nbreak.png").write_bytes((folder / "b.png").read_bytes())
    (folder / "not\udcff text.png").write_bytes((folder / "b.png").read_bytes())
    assert {why for _, why in listing(folder).skipped} == {"has a name that a plan cannot hold"}
    assert len(listing(folder).skipped) == 2


def test_a_folder_without_pictures_or_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(InputError, match="no picture that can be shown among 1 entries"):
        listing(tmp_path)
    with pytest.raises(InputError, match="cannot be listed"):
        listing(tmp_path / "notes.txt")
    with pytest.raises(InputError, match="cannot be listed"):
        listing(tmp_path / "none")


def test_a_picture_that_changed_or_went_is_noticed_and_a_new_one_changes_nothing(folder: Path) -> None:
    found = listing(folder)
    Image.new("L", (5, 5)).save(folder / "aa.png")
    assert len(pictures_of(found.folder, found.files)) == 3
    Image.new("L", (5, 5)).save(folder / "b.png")
    with pytest.raises(InputError, match=r"b\.png: has changed since the task was made"):
        pictures_of(found.folder, found.files)
    (folder / "b.png").unlink()
    with pytest.raises(InputError, match=r"b\.png: does not exist"):
        pictures_of(found.folder, found.files)
