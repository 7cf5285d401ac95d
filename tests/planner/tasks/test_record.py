from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from planner.errors import InputError
from planner.tasks.record import TaskRecord, UsedFile

HASH = "0123456789abcdef" * 4


def test_nothing_asked_is_the_26_letters_9_degrees_high_on_16() -> None:
    record = TaskRecord()
    assert (record.name, record.extent_deg, record.pixels, record.heights_deg) == ("reading", 16.0, 64, (9.0,))
    assert TaskRecord("symbols", height_deg=4.0, further_heights_deg=(2.0, 1.0)).heights_deg == (4.0, 2.0, 1.0)


def test_a_record_can_be_the_key_of_a_dictionary() -> None:
    one, other = (TaskRecord("images", folder="/p", files=(UsedFile("a.png", HASH),)) for _ in range(2))
    assert {one: 1}[other] == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "singing"}, "task 'singing' is not known; choose one of reading, words, images, symbols"),
        ({"polarity": "gray"}, "polarity 'gray'"),
        ({"encoding": "cie"}, "encoding 'cie'"),
        ({"contrast": "high"}, "contrast 'high'"),
        ({"symbol": "snellen"}, "symbol 'snellen'"),
        ({"orientations": 6}, "no 6 orientations; give 4 or 8"),
        ({"symbol": "tumbling-e", "orientations": 8}, "no 8 orientations; give 4"),
        ({"extent_deg": 0.0}, "field of 0°"),
        ({"extent_deg": float("nan")}, "field of nan°"),
        ({"extent_deg": 181.0}, "up to 180°"),
        ({"pixels": 10}, "give 11 to 2048 pixels"),
        ({"pixels": 2049}, "give 11 to 2048 pixels"),
        ({"height_deg": 0.0}, "heights above 0°"),
        ({"further_heights_deg": (float("inf"),)}, "heights above 0°"),
        ({"further_heights_deg": (9.0,)}, "height 9.0 is given twice"),
        ({"further_heights_deg": tuple(range(10, 26))}, "too many heights"),
        ({"name": "images", "further_heights_deg": (4.0,)}, "no heights with images"),
        ({"words": ("CAT", "CAT")}, "word CAT is given twice"),
        ({"words": ("",)}, "no word that can be drawn"),
        ({"words": ("A B",)}, "without spaces"),
        ({"words": ("A\u202eB",)}, "no word that can be drawn"),
        ({"words": ("A" * 33,)}, "1 to 32 letters"),
        ({"words": tuple(f"W{n}" for n in range(257))}, "at most 256"),
        ({"pictures": ("cat", "cat")}, "picture cat is given twice"),
        ({"name": "images", "folder": "/p"}, "no picture of the folder"),
        ({"folder": "/p", "files": (UsedFile("a", HASH),)}, "for the task images"),
        ({"name": "images", "folder": "/p", "pictures": ("cat",)}, "leave one of them out"),
        ({"files": (UsedFile("a", HASH), UsedFile("a", HASH))}, "file a is given twice"),
    ],
)
def test_settings_of_no_task_are_refused_with_a_remedy(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        TaskRecord(**settings)


@pytest.mark.parametrize("name", ["", ".", "..", "../a.png", "b/a.png", "b\\a.png", "a\0"])
def test_a_files_name_leads_out_of_no_folder(name: str) -> None:
    with pytest.raises(InputError, match="no name of a file"):
        UsedFile(name, HASH)


@pytest.mark.parametrize("sha256", ["", "abc", "G" * 64, HASH.upper()])
def test_a_hash_is_64_hexadecimal_digits(sha256: str) -> None:
    with pytest.raises(InputError, match="SHA-256"):
        UsedFile("a.png", sha256)


def test_a_record_is_read_without_torch_numpy_or_matplotlib() -> None:
    code = "import sys, planner.tasks.record\nassert not {'torch', 'numpy', 'matplotlib', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
