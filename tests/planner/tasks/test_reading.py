from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from string import ascii_uppercase

import pytest
import torch

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.fonts import font_path, typeface
from planner.tasks.reading import FIELD, WORDS, letters, reading_task
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
    with pytest.raises(InputError, match=r"at most (9\.\d\d|10)°") as refused:
        reading_task(height_deg=14.0)
    largest = float(str(refused.value).split("at most ")[1].split("°")[0])
    largest_letters = reading_task(height_deg=largest).targets
    assert largest_letters[:, [0, -1]].max() == largest_letters[:, :, [0, -1]].max() == 0
    assert max(largest_letters[:, 1:3].max(), largest_letters[:, -3:-1].max(), largest_letters[:, :, 1:3].max()) > 0
    with pytest.raises(InputError, match="above zero"):
        reading_task(height_deg=0.0)
    with pytest.raises(InputError, match="lower than a pixel"):
        reading_task(height_deg=1e-9)
    with pytest.raises(InputError, match="at most"):
        reading_task(height_deg=1e9)
    broken = tmp_path / "broken.ttf"
    broken.write_text("no font")
    with pytest.raises(InputError, match="font"):
        reading_task(font=broken)


def test_the_default_letters_are_bit_for_bit_those_that_earlier_plans_were_measured_by(task: Task) -> None:
    if version("pillow") == "13.0.0":  # another FreeType may round otherwise
        digest = hashlib.sha256(task.targets.numpy().tobytes()).hexdigest()
        assert digest == "3ed31af26050dca9bf63a6712b00d46e74dd481c478cc988831db44f1afe6f85"


@pytest.mark.parametrize("font", ["sans-bold", "serif", "typewriter"])
def test_words_are_as_wide_as_their_font_says_and_centred(font: str) -> None:
    field = VisualField(16.0, 128)
    pictures = letters(WORDS, field, 3.0, font_path(font))
    sized = typeface(font_path(font), 3.0 / 16 * 1024)
    for word, picture in zip(WORDS, pictures, strict=True):
        across = torch.nonzero(picture.amax(dim=0) > 0).flatten()
        width = (across[-1] - across[0] + 1).item() * field.pixel_deg
        left, _, right, _ = sized.getmask(word).getbbox()
        assert width == pytest.approx((right - left) / 1024 * 16, abs=2 * field.pixel_deg)
        assert across[0] + across[-1] == pytest.approx(127, abs=1)


def test_a_words_ink_is_that_of_its_letters() -> None:
    field = VisualField(16.0, 128)
    word = letters(["HIT"], field, 3.0, font_path("mono"))
    assert word.sum().item() == pytest.approx(letters("HIT", field, 3.0, font_path("mono")).sum().item(), rel=2e-3)


def test_a_word_wider_than_the_field_is_refused_with_the_largest_height_that_fits() -> None:
    with pytest.raises(InputError, match=r"the word WINDMILL 4° high .* at most \d\.\d+°") as refused:
        letters(["CAT", "WINDMILL"], FIELD, 4.0)
    largest = float(str(refused.value).split("at most ")[1].split("°")[0])
    picture = letters(["WINDMILL"], FIELD, largest)[0]
    across = torch.nonzero(picture.amax(dim=0) > 0).flatten()
    assert across[0] in (1, 2)
    assert across[-1] in (61, 62)


def test_letters_that_the_font_lacks_are_refused() -> None:
    with pytest.raises(InputError, match="has no É"):
        letters(["ÉTÉ"], FIELD, 2.0, font_path("roman"))


def test_a_tasks_pictures_match_its_labels_and_field() -> None:
    with pytest.raises(ValueError, match="2 labels"):
        Task("wrong", ("A", "B"), torch.zeros(2, 8, 9), VisualField(16.0, 8))
