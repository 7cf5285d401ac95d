from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from string import ascii_letters

import pytest
from PIL import ImageFont

from planner.errors import InputError
from planner.tasks.fonts import FONTS, check_characters, chosen_font, font_files, font_path, typeface


@pytest.mark.parametrize("name", FONTS)
def test_every_font_of_the_catalogue_ships_with_matplotlib_and_has_all_letters(name: str) -> None:
    path = font_path(name)
    assert path.is_file()
    assert font_files(name) == ()
    check_characters([ascii_letters], path)
    sized = typeface(path, 300.0)
    _, top, _, bottom = sized.getbbox("H")
    assert bottom - top == pytest.approx(300.0, abs=1.5)  # by Pillow's own measure, of whole pixels


def test_the_catalogues_fonts_differ() -> None:
    drawn = {bytes(typeface(font_path(name), 40.0).getmask("Rag")) for name in FONTS}
    assert len(drawn) == len(FONTS)


def test_a_font_of_ones_own_is_named_by_its_absolute_path_and_remembered_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(font_path("serif"), tmp_path / "mine.ttf")
    monkeypatch.chdir(tmp_path)
    font = chosen_font("mine.ttf")
    assert Path(font) == tmp_path / "mine.ttf"
    (file,) = font_files(font)
    assert file.name == "mine.ttf"
    assert file.sha256 == hashlib.sha256((tmp_path / "mine.ttf").read_bytes()).hexdigest()
    assert chosen_font("serif") == "serif"


def test_a_font_that_is_none_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose one of sans, sans-bold"):
        chosen_font("comic")
    with pytest.raises(InputError, match="does not exist"):
        font_files(str(tmp_path / "none.ttf"))
    broken = tmp_path / "broken.ttf"
    broken.write_text("no font")
    with pytest.raises(InputError, match="font cannot be read"):
        typeface(broken, 10.0)
    with pytest.raises(InputError, match="font cannot be read"):
        check_characters("A", broken)


def test_letters_that_a_font_lacks_are_named_and_not_drawn_as_boxes() -> None:
    check_characters(["Größe"], font_path("sans"))
    with pytest.raises(InputError, match="has no ß ö"):
        check_characters(["Größe"], font_path("roman"))


def test_a_font_without_an_h_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFont.FreeTypeFont, "getbbox", lambda *_, **__: (0, 5, 0, 5))
    with pytest.raises(InputError, match="draws no H"):
        typeface(font_path("sans"), 10.0)
