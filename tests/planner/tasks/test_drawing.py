"""A drawing is lit where the pen was, upright and unmirrored, by as much as its strokes' closed form says."""

from __future__ import annotations

import math

import pytest
import torch

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.drawing import drawn
from planner.tasks.make import make_task
from planner.tasks.record import MOST_POINTS, Stroke, TaskRecord

FIELD = VisualField(16.0, 64)


def lit_deg2(picture: torch.Tensor, visual_field: VisualField = FIELD) -> float:
    return float(picture.sum()) * (visual_field.extent_deg / visual_field.pixels) ** 2


@pytest.mark.parametrize("turn", [0.0, 0.3, math.pi / 4, 1.2])
def test_a_straight_stroke_is_as_large_as_a_capsule(turn: float) -> None:
    end = (5.0 * math.cos(turn), 5.0 * math.sin(turn))
    picture = drawn([Stroke(((-end[0], -end[1]), end), 2.0)], FIELD)
    assert lit_deg2(picture) == pytest.approx(10.0 * 2.0 + math.pi, rel=0.02)
    assert 0.0 <= picture.min() < picture.max() == 1.0


def test_a_dot_is_a_disc_and_finer_pixels_show_the_same() -> None:
    dot = [Stroke(((1.3, -2.1),), 3.0)]
    for pixels in (64, 200):
        visual_field = VisualField(16.0, pixels)
        assert lit_deg2(drawn(dot, visual_field), visual_field) == pytest.approx(math.pi * 1.5**2, rel=0.01)


def test_up_is_up_and_right_is_right() -> None:
    picture = drawn([Stroke(((5.0, 6.0),), 1.0)], FIELD)[0]
    rows, columns = torch.nonzero(picture > 0.5, as_tuple=True)
    assert columns.float().mean() == pytest.approx((5.0 + 8.0) * 4 - 0.5, abs=0.3)
    assert rows.float().mean() == pytest.approx((8.0 - 6.0) * 4 - 0.5, abs=0.3)


def test_an_eraser_takes_away_what_is_under_it_and_what_is_drawn_later_lies_over_it() -> None:
    line, gap = Stroke(((-6.0, 0.0), (6.0, 0.0)), 2.0), Stroke(((0.0, -3.0), (0.0, 3.0)), 2.0, erases=True)
    cut = drawn([line, gap], FIELD)
    assert lit_deg2(cut) == pytest.approx(lit_deg2(drawn([line], FIELD)) - 4.0, rel=0.02)
    assert cut[0, 32, 32] == 0.0
    assert drawn([gap, line], FIELD)[0, 32, 32] == 1.0


def test_what_is_drawn_beyond_the_field_is_cut_off() -> None:
    half = drawn([Stroke(((8.0, 0.0),), 4.0)], FIELD)
    assert lit_deg2(half) == pytest.approx(math.pi * 4 / 2, rel=0.02)
    assert lit_deg2(drawn([Stroke(((20.0, 0.0), (30.0, 9.0)), 2.0)], FIELD)) == 0.0


def test_a_drawing_is_a_task_of_one_picture_that_its_record_makes_again() -> None:
    strokes = (Stroke(((-3.0, 0.0), (0.0, 4.0), (3.0, 0.0)), 1.0),)
    task = make_task(TaskRecord("drawing", strokes=strokes))
    assert task.labels == ("drawing",)
    assert torch.equal(task.targets, drawn(strokes, FIELD))
    dark = make_task(TaskRecord("drawing", polarity="dark", strokes=strokes))
    assert torch.equal(dark.targets, 1 - task.targets)


def test_what_is_no_drawing_is_refused() -> None:
    stroke = Stroke(((0.0, 0.0),), 1.0)
    for record in (lambda: TaskRecord("drawing"), lambda: TaskRecord("reading", strokes=(stroke,))):
        with pytest.raises(InputError, match="made of strokes"):
            record()
    with pytest.raises(InputError, match="too long"):
        TaskRecord("drawing", strokes=(Stroke(((0.0, 0.0),) * (MOST_POINTS + 1), 1.0),))
    with pytest.raises(InputError, match="no heights"):
        TaskRecord("drawing", further_heights_deg=(4.0,), strokes=(stroke,))
    with pytest.raises(InputError, match="no points"):
        Stroke((), 1.0)
    with pytest.raises(InputError, match="pen of 0°"):
        Stroke(((0.0, 0.0),), 0.0)
    with pytest.raises(InputError, match="leaves the visual field"):
        Stroke(((0.0, math.nan),), 1.0)
    with pytest.raises(InputError, match="black"):  # all that was drawn is erased
        make_task(TaskRecord("drawing", strokes=(stroke, Stroke(((0.0, 0.0),), 3.0, erases=True))))
