from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from planner.errors import InputError
from planner.tasks.folder import listing
from planner.tasks.fonts import font_files, font_path
from planner.tasks.make import make_task
from planner.tasks.reading import WORDS, letters, reading_task
from planner.tasks.record import HEIGHT_DEG, TASK_NAMES, Stroke, TaskName, TaskRecord


@pytest.mark.parametrize("name", TASK_NAMES)
def test_every_task_is_made_of_its_defaults_and_the_same_each_time(name: TaskName) -> None:
    strokes = (Stroke(((-3.0, 0.0), (3.0, 2.0)), 1.5),) if name == "drawing" else ()
    record = TaskRecord(name, height_deg=HEIGHT_DEG[name], strokes=strokes)
    task, again = make_task(record), make_task(record)
    assert task.name == name
    assert len(set(task.labels)) == len(task.labels) == len(task.targets)
    assert task.targets.dtype == torch.float32
    assert 0 <= task.targets.min() < task.targets.max() <= 1
    assert torch.equal(task.targets, again.targets)


def test_the_default_task_is_the_26_letters_bit_for_bit() -> None:
    task = make_task(TaskRecord())
    assert torch.equal(task.targets, reading_task().targets)
    assert task.labels == reading_task().labels


def test_dark_on_light_is_the_negative() -> None:
    light, dark = (make_task(TaskRecord("symbols", polarity=p)).targets for p in ("light", "dark"))  # type: ignore[arg-type]
    assert torch.equal(dark, 1 - light)


def test_several_heights_show_everything_at_each_and_say_so() -> None:
    task = make_task(TaskRecord("symbols", height_deg=8.0, further_heights_deg=(4.0, 2.5), orientations=8))
    assert len(task.labels) == 24
    assert task.labels[8:10] == ("C right 4°", "C upper right 4°")
    assert task.labels[-1] == "C lower right 2.5°"
    inks = task.targets.sum(dim=(1, 2)).view(3, 8).mean(dim=1)
    assert (inks[1] / inks[0]).item() == pytest.approx(4.0**2 / 8.0**2, rel=1e-3)
    assert (inks[2] / inks[0]).item() == pytest.approx(2.5**2 / 8.0**2, rel=1e-3)


def test_words_are_ones_own_or_the_built_in_ones() -> None:
    assert make_task(TaskRecord("words", height_deg=4.0)).labels == WORDS
    mine = make_task(TaskRecord("words", height_deg=3.0, words=("moon", "tree"), font="times"))
    assert mine.labels == ("moon", "tree")
    expected = letters(["moon", "tree"], mine.visual_field, 3.0, font_path("times"))
    assert torch.equal(mine.targets, expected)


def test_a_font_of_ones_own_must_still_be_the_one_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.ttf"
    shutil.copy(font_path("mono"), file)
    record = TaskRecord(font=str(file), files=font_files(str(file)))
    assert torch.equal(make_task(record).targets, make_task(TaskRecord(font="mono")).targets)
    shutil.copy(font_path("serif"), file)
    assert hashlib.sha256(file.read_bytes()).hexdigest() != record.files[0].sha256
    with pytest.raises(InputError, match="has changed since the task was made"):
        make_task(record)
    with pytest.raises(InputError, match="does not say which font"):
        make_task(TaskRecord(font=str(file)))


def test_pictures_in_which_nothing_is_to_be_seen_are_refused(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 255).save(tmp_path / "white.png")
    found = listing(tmp_path)
    record = TaskRecord("images", folder=found.folder, files=found.files)
    assert make_task(record).targets.min() == 1
    for blank in (replace(record, edges=True), replace(record, polarity="dark")):
        with pytest.raises(InputError, match="all pictures of the task are black"):
            make_task(blank)


def test_a_task_that_would_take_too_much_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(InputError, match=r"260 pictures is too large"):
        make_task(TaskRecord(height_deg=9.0, further_heights_deg=tuple(float(h) / 10 for h in range(10, 19))))
    with pytest.raises(InputError, match=r"52 pictures of 2048 × 2048 pixels are too much"):
        make_task(TaskRecord(pixels=2048, further_heights_deg=(4.0,)))
