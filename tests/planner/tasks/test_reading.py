from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase

import pytest
import torch

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.reading import letters, reading_task
from planner.tasks.task import Task


@pytest.fixture(scope="module")
def task() -> Task:
    return reading_task()


def picture(task: Task, letter: str) -> torch.Tensor:
    return task.targets[task.labels.index(letter)]


def box_deg(letter: torch.Tensor, pixel_deg: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink, degrees from fixation, to a fraction of a pixel."""
    sides = []
    for dim in (0, 1):
        ink = letter.amax(dim=dim)
        inside = torch.nonzero(ink > 0.02).flatten()
        first, last = int(inside[0]), int(inside[-1])
        half = len(ink) / 2
        sides.append(((first + 1 - ink[first] - half) * pixel_deg, (last + ink[last] - half) * pixel_deg))
    (left, right), (top, bottom) = sides
    return float(left), -float(top), float(right), -float(bottom)


def test_there_are_26_different_letters_light_on_dark(task: Task) -> None:
    assert "".join(task.labels) == ascii_uppercase
    assert task.targets.shape == (26, 64, 64)
    assert task.targets.min() == 0
    assert task.targets.max() == 1
    assert 0.05 < task.targets.mean() < 0.4
    distances = torch.cdist(task.targets.flatten(1), task.targets.flatten(1)) + torch.eye(26) * 100
    assert distances.min() > 5


@pytest.mark.parametrize(("height_deg", "pixels"), [(9.0, 64), (9.0, 128), (6.0, 100)])
def test_capitals_have_the_height_asked_for(height_deg: float, pixels: int) -> None:
    field = VisualField(16.0, pixels)
    for letter in letters("HEITLX", field, height_deg):
        _, top, _, bottom = box_deg(letter, field.pixel_deg)
        assert top - bottom == pytest.approx(height_deg, abs=0.15 * field.pixel_deg)


def test_letters_are_centred_and_keep_off_the_edge(task: Task) -> None:
    pixel = task.visual_field.pixel_deg
    for letter in task.labels:
        if letter in "HEFLITMNXZ":  # straight sides: the box is known to a fraction of a pixel
            left, top, right, bottom = box_deg(picture(task, letter), pixel)
            assert abs(left + right) / 2 < 0.1 * pixel, letter
            assert abs(top + bottom) / 2 < 0.1 * pixel, letter
    border = torch.ones(64, 64, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert task.targets[:, border].max() == 0


def test_letters_stand_upright_and_are_not_mirrored(task: Task) -> None:
    def halves(letter: str) -> tuple[float, float, float, float]:
        ink = picture(task, letter)
        return tuple(part.sum().item() for part in (ink[:32], ink[32:], ink[:, :32], ink[:, 32:]))  # type: ignore[return-value]

    top, bottom, left, right = halves("L")
    assert bottom > 1.3 * top
    assert left > 1.3 * right
    top, bottom, left, right = halves("F")
    assert top > 1.3 * bottom
    assert left > 1.3 * right
    top, bottom, left, right = halves("J")
    assert right > left


def test_a_coarse_picture_is_the_average_of_a_fine_one() -> None:
    coarse, fine = (letters("QR", VisualField(16.0, pixels), 8.0) for pixels in (32, 128))
    torch.testing.assert_close(torch.nn.functional.avg_pool2d(fine, 4), coarse, atol=2e-3, rtol=0)


def test_what_cannot_be_drawn_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"at most 9\.\d°") as refused:
        reading_task(height_deg=14.0)
    largest = float(str(refused.value).split("at most ")[1].split("°")[0])
    reading_task(height_deg=largest)
    with pytest.raises(InputError, match="above zero"):
        reading_task(height_deg=0.0)
    broken = tmp_path / "broken.ttf"
    broken.write_text("no font")
    with pytest.raises(InputError, match="font"):
        reading_task(font=broken)


def test_the_settings_make_the_same_task_again(task: Task) -> None:
    settings = task.settings
    again = reading_task(VisualField(settings["extent_deg"], settings["pixels"]), settings["height_deg"])
    assert torch.equal(again.targets, task.targets)


def test_a_tasks_pictures_match_its_labels_and_field() -> None:
    with pytest.raises(ValueError, match="2 labels"):
        Task("wrong", ("A", "B"), torch.zeros(2, 8, 9), VisualField(16.0, 8))
