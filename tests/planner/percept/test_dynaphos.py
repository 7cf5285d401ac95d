from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from planner.errors import InputError
from planner.percept.dynaphos import brightness, sigma_deg, unit_response
from planner.percept.parameters import Dynaphos

CURRENTS = torch.linspace(0, 100, 201, dtype=torch.float64)


@pytest.fixture(scope="module")
def oracle(shared_data: Path) -> dict[str, Any]:
    return json.loads((shared_data / "oracle" / "peers.json").read_text())["dynaphos"]


def test_sizes_are_those_of_dynaphos(oracle: dict[str, Any]) -> None:
    rows = oracle["sigma"]
    currents = torch.tensor(rows["amp_uA"], dtype=torch.float64)[:, None]
    sigma = sigma_deg(torch.tensor(rows["ecc_deg"], dtype=torch.float64), currents, Dynaphos())
    np.testing.assert_allclose(sigma, rows["sigma_deg[amp][ecc]"], rtol=1e-6)


def test_the_older_convention_doubles_sizes() -> None:
    ecc = torch.tensor([0.5, 3.0])
    assert torch.equal(2 * sigma_deg(ecc, 80.0, Dynaphos()), sigma_deg(ecc, 80.0, Dynaphos(sigma_per_diameter=0.5)))


def test_activation_and_brightness_follow_dynaphos_frame_by_frame(oracle: dict[str, Any]) -> None:
    compared = 0
    for row in oracle["brightness"]["rows"]:
        current = torch.tensor(row["amp_A"] * 1e6, dtype=torch.float64)
        for i, frame in enumerate(row["frames"]):
            params = Dynaphos(frequency_hz=row["freq_hz"], pulse_width_us=row["pw_s"] * 1e6, moment=frame)
            activation = unit_response(params) * max(0.0, row["amp_A"] - params.rheobase_ua * 1e-6)
            assert activation == pytest.approx(row["activation"][i], rel=1e-6, abs=1e-20)
            shown = row["brightness"][i] if row["activation"][i] >= params.activation_threshold else 0.0
            assert brightness(current, params, gate="exact").item() == pytest.approx(shown, rel=1e-6)
            compared += shown > 0
    assert compared > 50


def test_the_peak_is_the_brightest_frame_of_the_window(oracle: dict[str, Any]) -> None:
    frames = [brightness(CURRENTS, Dynaphos(moment=k), gate="exact") for k in range(1, 36)]
    assert torch.equal(brightness(CURRENTS, Dynaphos(), gate="exact"), torch.stack(frames).amax(dim=0))


def test_a_constant_stimulus_fades_to_the_steady_state() -> None:
    late = unit_response(Dynaphos(moment=100_000))
    assert late == pytest.approx(unit_response(Dynaphos(moment="steady")), rel=1e-6)
    assert late < 0.01 * unit_response(Dynaphos())


def test_50_ua_appears_and_30_ua_never_does() -> None:
    thirty, fifty = brightness(torch.tensor([30.0, 50.0]), Dynaphos(), gate="exact").tolist()
    assert thirty == 0
    assert fifty > 0.5


def test_the_soft_gate_follows_the_exact_one_as_it_narrows() -> None:
    away = (CURRENTS - 43.35).abs() > 1
    soft, exact = (brightness(CURRENTS, Dynaphos(gate_width=1e-10), gate=gate) for gate in ("soft", "exact"))
    torch.testing.assert_close(soft[away], exact[away], atol=1e-9, rtol=1e-6)
    wide = brightness(CURRENTS, Dynaphos())
    assert (wide.diff() > 0).all()
    assert wide[0] < 1e-4


def test_dark_contacts_keep_a_gradient() -> None:
    current = torch.zeros(3, dtype=torch.float32, requires_grad=True)
    brightness(current, Dynaphos()).sum().backward()
    assert (current.grad > 1e-6).all()


def test_derivatives_in_current_and_eccentricity() -> None:
    current = torch.tensor([0.0, 10.0, 23.9, 43.0, 90.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda i: brightness(i, Dynaphos()), current)
    ecc = torch.tensor([0.0, 0.3, 8.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda e, i: sigma_deg(e, i, Dynaphos()), (ecc, current.detach()[2:].clone()))


def test_zero_current_has_no_size_and_no_nan() -> None:
    current = torch.zeros(2, requires_grad=True)
    sigma = sigma_deg(torch.tensor([0.0, 5.0]), current, Dynaphos())
    sigma.sum().backward()
    assert sigma.tolist() == [0, 0]
    assert current.grad.tolist() == [0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"current_spread_ua_mm2": 0.0},
        {"rheobase_ua": float("nan")},
        {"frames_per_second": 5.0},
        {"a_deg": 200.0},
        {"frequency_hz": 1e4},
        {"moment": 0},
        {"moment": "never"},
        {"window_frames": 0},
    ],
)
def test_impossible_parameters_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="dynaphos"):
        Dynaphos(**wrong)
