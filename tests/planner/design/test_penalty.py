"""The augmented Lagrangian reaches a known constrained optimum, which a penalty of its last weight does not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import torch
from torch import Tensor

from planner.design.constraints import Margins
from planner.design.penalty import FAR_MM, KEEP_MM, LAST_WEIGHT, UPDATE_STEPS, Lagrangian, shortfalls


def error(at: Tensor) -> Tensor:
    """Least at (2, 1.5), beyond both limits."""
    x, y = at.unbind()
    return (x - 2.0) ** 2 + 2.0 * (y - 1.5) ** 2 + 0.5 * x * y


def margins(at: Tensor) -> Margins:
    """Of two threads each: within a circle, below a line; the second thread's are never broken."""
    x, y = at.unbind()
    far = torch.ones(())
    return {"vessel": torch.stack([1.5 - x**2 - y**2, far]), "depth": torch.stack([0.4 - y + 0.2 * x, far])}


def minimised(lagrangian: Lagrangian, at: Tensor) -> Tensor:
    """Where error and penalty together are least, from a point on."""
    point = at.clone().requires_grad_()
    lbfgs = torch.optim.LBFGS(
        [point], max_iter=200, tolerance_grad=1e-11, tolerance_change=1e-13, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        lbfgs.zero_grad()
        value = error(point) + lagrangian.penalty(margins(point))
        value.backward()  # type: ignore[no-untyped-call]
        return value

    lbfgs.step(loss)  # type: ignore[no-untyped-call]
    return point.detach()


def constrained() -> np.ndarray:
    """The same problem by sequential quadratic programming."""
    kept = [
        {"type": "ineq", "fun": lambda p, name=name: float(margins(torch.tensor(p))[name][0]) - KEEP_MM}
        for name in ("vessel", "depth")
    ]
    found = scipy.optimize.minimize(
        lambda p: float(error(torch.tensor(p))), [0.1, 0.1], constraints=kept, method="SLSQP", options={"ftol": 1e-14}
    )
    assert found.success
    return np.asarray(found.x)


def test_it_converges_to_the_constrained_optimum() -> None:
    lagrangian, at = Lagrangian(), torch.tensor([0.1, 0.1], dtype=torch.float64)
    for _ in range(30):
        at = minimised(lagrangian, at)
        for _ in range(UPDATE_STEPS):
            lagrangian.update(margins(at))
    assert lagrangian.firm
    np.testing.assert_allclose(at.numpy(), constrained(), atol=1e-5)
    short = KEEP_MM - min(float(margin.min()) for margin in margins(at).values())
    assert abs(short) < 1e-6
    # Two limits bind there; a penalty alone, however heavy, stops short of them.
    assert sum(float(margin[0]) - KEEP_MM < 1e-4 for margin in margins(at).values()) == 2
    alone = Lagrangian()
    alone._weight = LAST_WEIGHT
    assert np.abs(minimised(alone, at).numpy() - constrained()).max() > 1e-3


def test_margins_that_are_kept_add_nothing_however_long_they_are() -> None:
    lagrangian = Lagrangian()
    kept: Margins = {"vessel": torch.tensor([KEEP_MM, 3.0, torch.inf])}
    for _ in range(3 * UPDATE_STEPS):
        assert float(lagrangian.penalty(kept)) == 0.0
        lagrangian.update(kept)


@pytest.mark.parametrize(("name", "scale"), [("vessel", 1.0), ("reach", 1.0), ("angle", 0.05), ("approach", 0.05)])
def test_a_shortfall_counts_by_its_square_and_farther_away_by_its_length(name: str, scale: float) -> None:
    """A degree counts as a twentieth of a millimetre."""
    short = torch.tensor([-2.0, 0.0, 0.3, 0.999, 1.001, 4.0, 400.0], dtype=torch.float64) * FAR_MM
    margin = (KEEP_MM - short / scale).requires_grad_()
    expected = torch.where(short <= FAR_MM, short.clamp_min(0) ** 2, 2 * FAR_MM * short - FAR_MM**2)
    found = torch.stack([shortfalls({name: one[None]}) for one in margin])  # type: ignore[dict-item]
    torch.testing.assert_close(found, expected)
    kept = torch.full_like(margin, torch.inf)
    assert float(shortfalls({name: margin.detach(), "gray": kept})) == pytest.approx(float(expected.sum()))  # type: ignore[dict-item]
    (slope,) = torch.autograd.grad(found.sum(), margin)
    steep = -2 * short.clamp(0.0, FAR_MM) * scale
    torch.testing.assert_close(slope, steep)
