"""packaging/train_recogniser.py: the percepts that it trains with, and the command itself."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from planner.tasks import recogniser
from planner.tasks.recogniser import LETTERS, WEIGHTS, load_recogniser
from planner.tasks.recognition import held_out_letters


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_recogniser", repository / "packaging" / "train_recogniser.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def torch_as_it_was() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def test_every_training_font_has_26_different_capitals(script: ModuleType) -> None:
    pictures, labels = script.alphabet()
    assert labels.tolist() == [*range(26)] * len(script.FONTS)
    for font, capitals in zip(script.FONTS, pictures.split(26), strict=True):
        assert len({capital.numpy().tobytes() for capital in capitals}) == 26, font
        assert (capitals.sum(dim=(1, 2)) > 0).all(), font


def test_a_map_has_about_as_many_phosphenes_as_asked_for_and_most_in_the_field(script: ModuleType) -> None:
    random = torch.Generator().manual_seed(0)
    for count in (100, 1000):
        lit = script.random_map(count, 16.0, random)
        assert len(lit.field_deg) == len(lit.weight)
        assert count - 33 < len(lit.weight) <= max(count, 10 * 33)  # whole threads of up to 32 contacts, at least ten
        assert (lit.field_deg.abs() < 8).all(dim=1).float().mean() > 0.8
        assert ((lit.weight >= 0) & (lit.weight <= 1)).all()


def test_a_map_is_as_dense_as_cortex(script: ModuleType) -> None:
    random = torch.Generator().manual_seed(0)
    radius = torch.cat([script.random_map(2000, 16.0, random).field_deg.norm(dim=1) for _ in range(20)])
    # ∫ M² e de with M = k (b - a) / ((e + a)(e + b)): half of the cortex within 8° lies within 2.72°
    assert 0.4 < float((radius < 2.72).float().sum() / (radius < 8).float().sum()) < 0.6


def test_varied_letters_stay_pictures(script: ModuleType) -> None:
    random = torch.Generator().manual_seed(0)
    pictures, _ = script.alphabet()
    varied = script.vary(pictures[:100], random)
    assert varied.shape == (100, 64, 64)
    assert varied.min() >= 0
    assert varied.max() <= 1 + 1e-6
    assert (varied.amax(dim=(1, 2)) > 0.3).all()
    assert script.smooth(varied, 2.0).mean() == pytest.approx(float(varied.mean()), rel=0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("torch_as_it_was")
def test_the_command_writes_the_same_weights_each_time_and_its_record(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.main([str(tmp_path / "one"), "--steps", "4", "--seed", "3"]) == 0
    again = {key: value.numpy().astype(np.float16) for key, value in script.train(seed=3, steps=4).state_dict().items()}
    with np.load(tmp_path / "one" / WEIGHTS.name, allow_pickle=False) as arrays:
        assert arrays.keys() == again.keys()
        assert all((arrays[key] == again[key]).all() for key in arrays)
    record = json.loads((tmp_path / "one" / WEIGHTS.with_suffix(".json").name).read_text(encoding="utf-8"))
    shipped = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert record.keys() == shipped.keys()
    assert record["fonts"] == shipped["fonts"]
    monkeypatch.setattr(recogniser, "WEIGHTS", tmp_path / "one" / WEIGHTS.name)
    assert load_recogniser()(held_out_letters().targets).shape == (312, len(LETTERS))


@pytest.mark.slow
def test_training_teaches(script: ModuleType) -> None:
    torch.manual_seed(0)
    network = script.train(seed=0, steps=150)
    task = held_out_letters()
    seen = network(task.targets).argmax(dim=1)
    truth = torch.tensor([LETTERS.index(label) for label in task.labels])
    assert (seen == truth).float().mean() > 0.15  # four times chance
