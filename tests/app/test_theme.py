from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from app.palettes import DARK, LIGHT

PROGRAM = """
import sys
from app import theme
theme.use(sys.argv[1])
from PySide6.QtWidgets import QApplication
application = QApplication([])
theme.dress(application)
from app.commands.group import icon
from app.views.case_report import COLOURS
print(application.palette().window().color().name(), COLOURS["missing"])
"""


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_words_can_be_read_on_every_ground(palette) -> None:
    for words, ground in product(
        ("TEXT", "MUTED", "SAFE", "UNSAFE", "WARNING", "CURVE", "CURVE_TOO"), ("WINDOW", "BASE", "PANEL")
    ):
        assert contrast(palette[words], palette[ground]) >= 4.5, (words, ground)  # WCAG AA
    assert contrast(palette["TEXT"], palette["NOTICE"]) >= 4.5
    assert contrast(palette["TEXT"], palette["CHOSEN"]) >= 4.5
    assert contrast("#ffffff", palette["STRONG"]) >= 4.5
    for ground in ("SCENE_BOTTOM", "SCENE_TOP"):
        assert contrast(palette["MUTED"], palette[ground]) >= 3.0


def test_both_looks_name_the_same_colours() -> None:
    assert DARK.keys() == LIGHT.keys()
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in (*DARK.values(), *LIGHT.values()))


@pytest.mark.parametrize(("name", "palette"), [("dark", DARK), ("light", LIGHT)])
def test_a_look_that_is_chosen_first_reaches_what_is_imported_after(name: str, palette) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, name], capture_output=True, text=True, check=True)
    window, missing = done.stdout.split()
    assert window == palette["WINDOW"]
    assert missing == palette["WARNING"]


def test_no_colour_is_written_outside_the_palettes() -> None:
    files = [f for f in Path(__file__).parents[2].glob("app/**/*.py") if f.name not in ("palettes.py", "theme.py")]
    assert files
    for file in files:
        assert not re.findall(r"[\"' ]#[0-9a-fA-F]{6}\b", file.read_text(encoding="utf-8")), file
