from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from planner.percept.magnification import A_DEG, B_DEG, K_MM, eccentricity, magnification


def test_it_is_the_slope_of_the_wedge_dipole_map() -> None:
    ecc = torch.linspace(0, 60, 50, dtype=torch.float64, requires_grad=True)
    along_meridian = K_MM * torch.log((ecc + A_DEG) / (ecc + B_DEG))
    (slope,) = torch.autograd.grad(along_meridian.sum(), ecc)
    torch.testing.assert_close(magnification(ecc.detach()), slope)


def test_it_is_that_of_dynaphos(shared_data: Path) -> None:
    rows = json.loads((shared_data / "oracle" / "peers.json").read_text())["dynaphos"]["sigma"]
    ecc = torch.tensor(rows["ecc_deg"], dtype=torch.float64)
    np.testing.assert_allclose(magnification(ecc), rows["magnification_mm_per_deg"], rtol=1e-9)


def test_eccentricity_is_smooth_at_the_fovea() -> None:
    points = torch.tensor([[0.0, 0.0], [3.0, -4.0]], dtype=torch.float64, requires_grad=True)
    ecc = eccentricity(points)
    ecc.sum().backward()
    assert ecc.tolist() == pytest.approx([0, 5], abs=2e-6)
    assert points.grad.flatten().tolist() == pytest.approx([0, 0, 0.6, -0.8])
