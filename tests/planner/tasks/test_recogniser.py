from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch.autograd import gradcheck
from torch.nn.functional import avg_pool2d

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.percept.forward import forward
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.tasks import recogniser
from planner.tasks.reading import reading_task
from planner.tasks.recogniser import GRID, LETTERS, WEIGHTS, cross_entropy, load_recogniser, on_grid, read

TASK = reading_task()


def test_letters_of_a_font_that_it_never_saw_are_read() -> None:
    assert sum(a == b for a, b in zip(read(TASK.targets), TASK.labels, strict=True)) >= 25


def test_pictures_are_averaged_over_the_grid_by_overlap() -> None:
    images = torch.rand(2, 3 * GRID, 2 * GRID, dtype=torch.float64)
    torch.testing.assert_close(on_grid(images), avg_pool2d(images, (3, 2)))
    odd = torch.rand(1, 45, 45, dtype=torch.float64)
    finely = odd.repeat_interleave(GRID, dim=1).repeat_interleave(GRID, dim=2)
    torch.testing.assert_close(on_grid(odd), avg_pool2d(finely, 45))
    few = torch.rand(1, 7, 7, dtype=torch.float64)
    torch.testing.assert_close(on_grid(few).mean(), few.mean())


@pytest.mark.parametrize("gain", [1e-30, 1e-6, 1e6, 1e30])
def test_the_unit_of_brightness_makes_no_difference(gain: float) -> None:
    network = load_recogniser()
    torch.testing.assert_close(network(TASK.targets * gain), network(TASK.targets), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("pixels", [32, 50, 100, 256])
def test_the_number_of_pixels_makes_little_difference(pixels: int) -> None:
    letters = reading_task(VisualField(16.0, pixels))
    assert sum(a == b for a, b in zip(read(letters.targets), letters.labels, strict=True)) >= 25


def test_a_black_percept_has_finite_logits_and_a_finite_gradient() -> None:
    images = torch.zeros(26, 64, 64, requires_grad=True)
    loss = cross_entropy(images, TASK.labels)
    loss.backward()
    assert loss > 0.9 * math.log(26)  # no better than guessing
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert (images.grad != 0).any()
    assert len(set(read(images.detach()))) == 1


def test_cross_entropy_is_minus_the_log_probability_of_the_truth() -> None:
    logits = load_recogniser()(TASK.targets).double().numpy()
    expected = -np.diagonal(log_softmax(logits, axis=1)).mean()
    assert float(cross_entropy(TASK.targets, TASK.labels)) == pytest.approx(expected, rel=1e-5)


def test_gradient_agrees_with_differences() -> None:
    torch.manual_seed(0)
    images = torch.rand(2, 6, 5, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda pictures: cross_entropy(pictures, "AQ"), (images,))


def test_a_dim_picture_has_an_exact_gradient_too() -> None:
    images = (1e-20 * torch.rand(1, 5, 5, dtype=torch.float64)).requires_grad_()
    (grad,) = torch.autograd.grad(cross_entropy(images, "A"), images)
    bright = (images.detach() * 1e20).requires_grad_()
    (expected,) = torch.autograd.grad(cross_entropy(bright, "A"), bright)
    torch.testing.assert_close(grad * 1e-20, expected, rtol=1e-9, atol=1e-12)


def test_descending_the_loss_moves_phosphenes_until_another_letter_is_read() -> None:
    torch.manual_seed(0)
    shown = TASK.targets[[LETTERS.index("H")]]
    centre = (torch.rand(150, 2) * 9 - 4.5).requires_grad_()

    def percept() -> torch.Tensor:
        lit = Phosphenes(centre, torch.ones(len(centre)))
        return forward(lit, shown, view_of(Dynaphos(), TASK.visual_field, 80.0), Stimulus(), 80.0, 100.0).images

    optimiser = torch.optim.Adam([centre], lr=0.1)
    wanted = "N"
    assert read(percept().detach()) != (wanted,)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(percept(), wanted).backward()
        assert centre.grad is not None
        assert centre.grad.isfinite().all()
        optimiser.step()
    assert read(percept().detach()) == (wanted,)


def test_it_is_loaded_once_in_each_precision_and_learns_no_more() -> None:
    assert load_recogniser() is load_recogniser(torch.float32, "cpu")
    double = load_recogniser(torch.float64)
    assert all(p.dtype == torch.float64 and not p.requires_grad for p in double.parameters())
    single = load_recogniser()(TASK.targets)
    torch.testing.assert_close(double(TASK.targets.double()).float(), single, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("label", ["a", "Ä", "AB", "", "7"])
def test_other_labels_are_refused_in_words(label: str) -> None:
    with pytest.raises(InputError, match="capitals from A to Z"):
        cross_entropy(TASK.targets[:1], [label])


def test_missing_or_damaged_weights_are_named_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = tmp_path / "strange.npz"
    np.savez(strange, weight=np.zeros(3))
    cut = tmp_path / "cut.npz"
    cut.write_bytes(WEIGHTS.read_bytes()[:5000])
    spoilt = tmp_path / "spoilt.npz"
    whole = WEIGHTS.read_bytes()
    spoilt.write_bytes(whole[:50_000] + bytes(1000) + whole[51_000:])
    nothing = tmp_path / "empty.npz"
    nothing.touch()
    for file in (strange, cut, spoilt, nothing, tmp_path / "absent.npz"):
        monkeypatch.setattr(recogniser, "WEIGHTS", file)
        with pytest.raises(InputError, match=r"train_recogniser\.py"):
            load_recogniser()


def test_the_weights_are_small_and_their_record_lies_beside_them() -> None:
    assert WEIGHTS.stat().st_size < 150_000
    record = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["held_out_accuracy"]["clean"] >= 0.97
