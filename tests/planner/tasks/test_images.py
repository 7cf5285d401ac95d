from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from skimage.color import rgb2gray
from skimage.filters import sobel

from planner.errors import InputError
from planner.tasks import images as module
from planner.tasks.folder import listing
from planner.tasks.images import BUILT_IN, edges, images, prepared, stretched
from planner.tasks.luminance import to_linear, to_srgb
from planner.tasks.record import TaskRecord


def record(**settings: object) -> TaskRecord:
    return TaskRecord("images", **settings)  # type: ignore[arg-type]


def test_all_built_in_pictures_lie_in_the_wheel_and_differ() -> None:
    labels, pictures = images(record())
    assert labels == tuple(BUILT_IN)
    assert pictures.shape == (len(BUILT_IN), 64, 64)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert all(picture.std() > 0.05 for picture in pictures)
    assert len({picture.numpy().tobytes() for picture in pictures}) == len(BUILT_IN)


def test_a_picture_is_the_luminance_of_scikit_images_own_averaged_in_linear_light() -> None:
    linear = rgb2gray(to_linear(skimage.data.astronaut() / 255))  # 512 × 512
    means = linear.reshape(64, 8, 64, 8).mean(axis=(1, 3))
    (raw,) = images(record(pictures=("astronaut",), encoding="linear"))[1].numpy()
    np.testing.assert_allclose(raw, means, atol=3e-4)
    (shown,) = images(record(pictures=("astronaut",)))[1].numpy()
    np.testing.assert_allclose(shown, to_srgb(means), atol=3e-3)


def test_stretching_makes_the_first_and_the_99th_percentile_black_and_white() -> None:
    values = np.linspace(0.4, 0.6, 10_000).reshape(100, 100)
    spread = stretched(values)
    assert (spread.min(), spread.max(), np.median(spread)) == pytest.approx((0.0, 1.0, 0.5))
    assert (spread == 0).mean() == pytest.approx(0.01, abs=2e-4)
    np.testing.assert_array_equal(stretched(np.full((4, 4), 0.3)), np.full((4, 4), 0.3))


def test_edges_are_sobels_and_show_an_edge_where_it_is() -> None:
    values = np.zeros((12, 12))
    values[:, 6:] = 0.2
    found = edges(values)
    assert found[:, 5:7] == pytest.approx(1.0)
    assert max(found[:, :5].max(), found[:, 7:].max()) < 1e-12
    noise = np.random.default_rng(0).random((12, 12))
    np.testing.assert_allclose(edges(noise), sobel(noise) / sobel(noise).max())
    assert edges(np.full((12, 12), 0.7)).max() == 0


def test_edges_are_taken_of_what_would_be_shown() -> None:
    picture = np.random.default_rng(0).random((32, 32), dtype=np.float32)
    shown = prepared(picture, record(pixels=16, contrast="stretch"))
    np.testing.assert_allclose(prepared(picture, record(pixels=16, contrast="stretch", edges=True)), edges(shown))


def test_a_folders_pictures_are_named_by_their_files(tmp_path: Path) -> None:
    for name in ("face.png", "door.png", "door.bmp"):
        Image.new("L", (20, 30), 99).save(tmp_path / name)
    found = listing(tmp_path)
    labels, pictures = images(record(folder=found.folder, files=found.files, pixels=16))
    assert labels == ("door.bmp", "door.png", "face")
    np.testing.assert_allclose(pictures.numpy(), 99 / 255, atol=1e-5)


def test_a_picture_that_is_not_built_in_is_refused_and_none_is_ever_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="'dog' is not known; choose from astronaut"):
        images(record(pictures=("dog",)))
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(InputError, match="missing from scikit-image"):
        images(record(pictures=("cat",)))
