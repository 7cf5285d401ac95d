from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from planner.percept.field import VisualField
from planner.percept.forward import forward
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.tasks.reading import FONT, letters, reading_task
from planner.tasks.recogniser import LETTERS, WEIGHTS
from planner.tasks.recognition import CHANCE, HELD_OUT, SIZES, held_out_letters, recognition, wilson

FIELD = VisualField(16.0, 64)


@given(st.integers(1, 5000), st.floats(0.0, 1.0), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_is_wilsons(n: int, share: float, confidence: float) -> None:
    correct = round(share * n)
    expected = binomtest(correct, n).proportion_ci(confidence, method="wilson")
    assert wilson(correct, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_an_interval_needs_a_share() -> None:
    for correct, n in ((-1, 3), (4, 3), (0, 0)):
        with pytest.raises(ValueError, match="no share"):
            wilson(correct, n)


def test_the_letters_to_score_with_are_of_fonts_that_were_not_trained_with() -> None:
    record = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert tuple(record["held_out_fonts"]) == HELD_OUT
    trained = {name.split()[0] for name in record["fonts"]}
    assert not any(name.startswith("DejaVu") for name in trained)  # the whole family is held out


def test_every_letter_is_shown_in_each_held_out_font_and_size() -> None:
    task = held_out_letters(FIELD, 9.0)
    assert len(task.labels) == 26 * len(HELD_OUT) * len(SIZES)
    assert all(task.labels.count(letter) == len(HELD_OUT) * len(SIZES) for letter in LETTERS)
    assert len({picture.numpy().tobytes() for picture in task.targets}) > 0.99 * len(task.labels)
    assert task.targets.min() == 0
    assert task.targets.max() == 1


def test_they_lie_where_the_reading_task_has_its_own() -> None:
    task, own = held_out_letters(FIELD, 9.0), reading_task(FIELD, 9.0)
    first = HELD_OUT.index(FONT.stem) * len(SIZES) * 26
    assert SIZES[0] == 1
    assert (task.targets[first : first + 26] - own.targets).abs().mean() < 0.005


def test_letters_too_wide_for_the_field_are_cut_off_instead_of_refused() -> None:
    task = held_out_letters(VisualField(10.0, 45), 9.0)
    assert task.targets.shape[1:] == (45, 45)
    assert task.targets[task.labels.index("W"), :, 0].max() > 0.5


def test_clean_letters_are_read_and_black_ones_are_read_by_chance() -> None:
    task = held_out_letters(FIELD, 9.0)
    clean = recognition(task.targets, task.labels)
    assert clean.accuracy >= 0.97
    assert clean.low < clean.accuracy <= clean.high
    assert clean.n == len(task.labels)
    black = recognition(torch.zeros_like(task.targets), task.labels)
    assert black.accuracy == pytest.approx(CHANCE)
    assert black.low < CHANCE < black.high


def test_more_phosphenes_are_read_better() -> None:
    task = held_out_letters(FIELD, 9.0)
    generator = torch.Generator().manual_seed(0)
    shares = []
    for count in (30, 200, 2000):
        lit = Phosphenes(torch.rand(count, 2, generator=generator) * 16 - 8, torch.ones(count))
        percept = forward(lit, task.targets, view_of(Dynaphos(), FIELD, 80.0), Stimulus(), 80.0, 100.0)
        shares.append(recognition(percept.images, task.labels).accuracy)
    assert shares == sorted(shares)
    assert shares[0] < 0.4
    assert shares[-1] > 0.8


def test_small_letters_are_read_in_a_field_in_proportion() -> None:
    task = held_out_letters(VisualField(1.6, 48), 0.9)
    assert recognition(task.targets, task.labels).accuracy >= 0.97


def test_pictures_and_labels_must_agree() -> None:
    with pytest.raises(ValueError, match="2 pictures, but 1 labels"):
        recognition(letters("AB", FIELD, 9.0), "A")
