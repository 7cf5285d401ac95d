from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import rgb2gray, rgb2xyz

from planner.errors import InputError
from planner.tasks import luminance
from planner.tasks.luminance import averaged, decoded, read_bytes, to_linear, to_srgb

SOURCE = Path("picture.png")


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def shown(picture: Image.Image, kind: str = "PNG", **options: object) -> np.ndarray:
    return decoded(encoded(picture, kind, **options), SOURCE)


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def test_colours_become_the_luminance_that_scikit_image_finds() -> None:
    rgb = noise(24, 24, 3)
    found = shown(Image.fromarray(rgb))
    np.testing.assert_allclose(found, rgb2xyz(rgb)[..., 1], atol=2e-4)  # its matrix has other digits
    np.testing.assert_allclose(found, rgb2gray(to_linear(rgb / 255)), atol=2e-4)


@given(st.floats(0, 1))
def test_srgbs_curve_and_its_inverse_undo_each_other(value: float) -> None:
    assert to_srgb(to_linear(np.array(value))) == pytest.approx(value, abs=1e-6)


def test_srgbs_curve_passes_through_its_published_points() -> None:
    codes = np.array([0, 1, 10, 11, 118, 188, 255]) / 255
    linear = [0, 0.000303527, 0.00303527, 0.00334654, 0.18116424, 0.50288646, 1]  # IEC 61966-2-1, worked out by hand
    np.testing.assert_allclose(to_linear(codes), linear, atol=1e-6)


def test_gray_pictures_keep_their_16_bits() -> None:
    values = np.array([[0, 257], [258, 65535]], dtype=np.uint16)
    found = shown(Image.fromarray(values))
    np.testing.assert_allclose(found, to_linear(values / 65535), rtol=1e-6)
    assert found[0, 1] < found[1, 0]
    np.testing.assert_allclose(shown(Image.fromarray(values), "TIFF"), found)


def test_what_is_transparent_is_black_by_its_share_of_light() -> None:
    rgba = np.full((1, 3, 3, 4), 255, dtype=np.uint8)[0]
    rgba[0, 0, 3], rgba[1, 1, 3] = 0, 51
    found = shown(Image.fromarray(rgba))
    assert (found[0, 0], found[1, 1], found[2, 2]) == pytest.approx((0.0, 0.2, 1.0), abs=1e-6)
    palette = Image.fromarray(np.array([[0, 1], [1, 0]], dtype=np.uint8), "L").convert("P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    np.testing.assert_allclose(shown(palette, transparency=0), 0.0)
    np.testing.assert_allclose(shown(palette), [[1, 0], [0, 1]], atol=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_common_mode_is_read(mode: str) -> None:
    picture = Image.fromarray(noise(6, 6, 3)).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    expected = rgb2gray(to_linear(np.asarray(picture.convert("RGB")) / 255))
    np.testing.assert_allclose(shown(picture, kind), expected, atol=2e-4)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_every_promised_format_is_read(kind: str) -> None:
    picture = Image.fromarray(np.full((8, 8, 3), 188, dtype=np.uint8))
    np.testing.assert_allclose(shown(picture, kind), 0.503, atol=0.01)


def test_a_picture_stands_upright_as_its_exif_says() -> None:
    values = np.zeros((4, 4, 3), dtype=np.uint8)
    values[0, :] = 255  # the stored top is to be the right side: orientation 6 turns it clockwise
    exif = Image.Exif()
    exif[0x0112] = 6
    found = shown(Image.fromarray(values), exif=exif)
    np.testing.assert_allclose(found, [[0, 0, 0, 1]] * 4, atol=1e-6)


def test_the_central_square_is_taken() -> None:
    values = np.tile(np.array([10, 20, 30, 40, 50, 60], dtype=np.uint8), (4, 1))
    middle = to_linear(values[:, 1:5] / 255)
    np.testing.assert_allclose(shown(Image.fromarray(values)), middle, rtol=1e-6)
    np.testing.assert_allclose(shown(Image.fromarray(values.T.copy())).T, middle, rtol=1e-6)


@given(st.integers(1, 40), st.integers(1, 40))
def test_averaging_keeps_all_light_whatever_the_sizes(side: int, pixels: int) -> None:
    picture = np.random.default_rng(side).random((side, side), dtype=np.float32)
    means = averaged(picture, pixels)
    assert means.shape == (pixels, pixels)
    assert means.mean() == pytest.approx(picture.mean(), rel=1e-5)
    assert means.min() >= picture.min() - 1e-6
    assert means.max() <= picture.max() + 1e-6


def test_averages_are_those_of_blocks_and_of_shares_of_pixels() -> None:
    picture = np.random.default_rng(0).random((12, 12), dtype=np.float32)
    np.testing.assert_allclose(averaged(picture, 4), picture.reshape(4, 3, 4, 3).mean(axis=(1, 3)), rtol=1e-5)
    common = np.repeat(np.repeat(picture, 5, axis=0), 5, axis=1)  # 12 and 5 pixels both divide 60
    np.testing.assert_allclose(averaged(picture, 5), common.reshape(5, 12, 5, 12).mean(axis=(1, 3)), rtol=1e-5)


def test_light_is_averaged_and_not_code_values() -> None:
    board = np.indices((8, 8)).sum(axis=0) % 2 * 255
    found = averaged(shown(Image.fromarray(board.astype(np.uint8))), 2)
    np.testing.assert_allclose(to_srgb(found), 188 / 255, atol=0.002)  # half the light has the code 188, not 128


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"]), st.data())
def test_a_damaged_file_is_read_or_refused_in_a_sentence(kind: str, data: st.DataObject) -> None:
    content = bytearray(encoded(Image.fromarray(noise(9, 9, 3)), kind))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    with contextlib.suppress(InputError):
        found = decoded(bytes(content), SOURCE)
        assert np.isfinite(found).all()
        assert found.shape[0] == found.shape[1]


def test_a_truncated_file_is_refused() -> None:
    content = encoded(Image.fromarray(noise(64, 64, 3)))
    with pytest.raises(InputError, match="can be read whole"):
        decoded(content[: len(content) // 2], SOURCE)
    with pytest.raises(InputError, match="no picture"):
        decoded(b"GIF89a, so to say", SOURCE)


def test_a_picture_of_absurd_size_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luminance, "LIMIT_PIXELS", 100)
    with pytest.raises(InputError, match="make it smaller"):
        shown(Image.new("L", (11, 10)))
    for limit in (30, 80):  # Pillow's own: an error from twice the limit, else a warning
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InputError, match="far too many pixels"):
            shown(Image.new("L", (11, 10)))


def test_numbers_that_mean_no_gray_are_refused() -> None:
    with pytest.raises(InputError, match="no whole numbers"):
        shown(Image.fromarray(np.zeros((4, 4), dtype=np.float32)), "TIFF")
    with pytest.raises(InputError, match="more than 16 bits"):
        shown(Image.fromarray(np.full((4, 4), 70000, dtype=np.int32)), "TIFF")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_bytes(tmp_path / "none.png")
    with pytest.raises(InputError, match="is a folder"):
        read_bytes(tmp_path)
