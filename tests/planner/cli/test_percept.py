from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planner.cli import main
from planner.plan.files import load_plan

pytestmark = pytest.mark.usefixtures("once")


def arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "percept.npz") as file:
        return dict(file)


@pytest.mark.parametrize("model", ["dynaphos", "scoreboard", "sheet"])
def test_a_letter_is_seen_by_each_model(
    demo_plan: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seen"
    assert main(["percept", str(demo_plan), "--target", "W", "--model", model, "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["model"]["name"] == model
    assert sorted(path.name for path in out.iterdir()) == ["percept.npz", "percept.png"]
    with Image.open(out / "percept.png") as picture:
        assert picture.width > 1000
    found = arrays(out)
    plan = load_plan(demo_plan)
    contacts = len(plan.threads) * plan.device.contacts
    assert found["percept"].shape == found["target"].shape == (64, 64)
    assert found["current_ua"].shape == (contacts,)
    assert found["current_ua"].max() <= plan.device.max_current_ua
    # In whole pictures, what the measures say is what the arrays hold.
    error = float(((found["percept"] - found["target"]) ** 2).mean())
    assert answer["measures"]["mse"] == pytest.approx(error, rel=1e-5)


def test_a_picture_is_seen_and_parameters_are_heard(demo_plan: Path, tmp_path: Path) -> None:
    picture = tmp_path / "half white.png"
    values = np.zeros((90, 120), dtype=np.uint8)
    values[:, 60:] = 255  # the right half: left-hemisphere contacts have current, right-hemisphere ones none
    Image.fromarray(values).save(picture)
    for rho, folder in (("0.2", "narrow"), ("0.8", "wide")):
        command = ["percept", str(demo_plan), "--target", str(picture), "--model", "scoreboard"]
        assert main([*command, "--parameter", f"rho_mm={rho}", "--out", str(tmp_path / folder)]) == 0
    narrow, wide = arrays(tmp_path / "narrow"), arrays(tmp_path / "wide")
    right = narrow["field_deg"][:, 0] > 1.0
    left = narrow["field_deg"][:, 0] < -1.0
    inside = np.abs(narrow["field_deg"]).max(axis=1) < 7.5
    assert (narrow["current_ua"][left] < 1.0).all()
    assert (narrow["current_ua"][right & inside] > 90.0).all()
    assert wide["diameter_deg"] == pytest.approx(4 * narrow["diameter_deg"])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--target", "nowhere.png"], "nowhere.png"),
        (["--target", "TOO LONG FOR ANY FIELD"], "drawn"),
        (["--target", "A", "--parameter", "rho_mm=1"], "rho_mm"),
        (["--target", "A", "--model", "sheet", "--parameter", "reach_mm=0"], "reach_mm"),
    ],
)
def test_what_cannot_be_seen_is_refused_and_leaves_nothing(
    demo_plan: Path, words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["percept", str(demo_plan), *words, "--out", str(tmp_path / "seen")]) == 2
    assert named in capsys.readouterr().err
    assert not (tmp_path / "seen").exists()


def test_phosphenes_are_drawn_over_the_field(demo_plan: Path, tmp_path: Path) -> None:
    assert main(["phosphenes", str(demo_plan), "--map", str(tmp_path / "map.png")]) == 0
    with Image.open(tmp_path / "map.png") as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=int)
    blue = (pixels[..., 2] > pixels[..., 0] + 80) & (pixels[..., 1] < 160)
    orange = (pixels[..., 0] > pixels[..., 2] + 80) & (pixels[..., 1] < 160) & (pixels[..., 1] > 40)
    rows = slice(pixels.shape[0] // 4, 3 * pixels.shape[0] // 4)  # within the axes, below the legend
    middle = pixels.shape[1] * (0.09 + 0.43)
    assert np.nonzero(blue[rows])[1].mean() > middle  # the left hemisphere sees the right field
    assert np.nonzero(orange[rows])[1].mean() < middle
