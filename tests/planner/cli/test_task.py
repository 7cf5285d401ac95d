from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from planner.cli.parser import Parser
from planner.cli.task import add_task_arguments, skipped_words, task_of
from planner.errors import InputError
from planner.tasks.fonts import font_path
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord


def task(*options: str) -> TaskRecord:
    parser = Parser(allow_abbrev=False)
    add_task_arguments(parser)
    return task_of(parser.parse_args(options))[0]


def test_nothing_asked_is_the_default_task_and_every_task_has_a_height_that_fits() -> None:
    assert task() == TaskRecord()
    assert task("--task", "words").height_deg == 4.0
    assert task("--task", "symbols").height_deg == 9.0
    for words, height_deg in (("SUN", 4.0), ("MOON,TREE", 3.0), ("WINDOW", 2.0)):
        made = task("--task", "words", "--words", words)
        assert made.height_deg == height_deg
        make_task(made)


def test_every_option_finds_its_setting() -> None:
    assert task("--field", "20", "--pixels", "48", "--height", "8,4", "--font", "serif", "--polarity", "dark") == (
        TaskRecord("reading", 20.0, 48, 8.0, (4.0,), "serif", "dark")
    )
    assert task("--task", "words", "--words", "moon, tree") == (
        TaskRecord("words", height_deg=3.0, words=("moon", "tree"))
    )
    assert task(
        *("--task", "images", "--pictures", "cat,coins", "--encoding", "linear", "--contrast", "stretch", "--edges")
    ) == TaskRecord("images", pictures=("cat", "coins"), encoding="linear", contrast="stretch", edges=True)
    assert task("--task", "symbols", "--symbol", "landolt-c", "--orientations", "8", "--height", "12,6,3") == (
        TaskRecord("symbols", height_deg=12.0, further_heights_deg=(6.0, 3.0), orientations=8)
    )


def test_a_folder_and_a_font_are_remembered_with_their_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.png", "a.png", "c.png"):
        Image.new("L", (9, 9), 50).save(tmp_path / name)
    shutil.copy(font_path("mono"), tmp_path / "mine.ttf")
    monkeypatch.chdir(tmp_path)
    asked = task("--task", "images", "--images", ".", "--most", "2")
    assert asked.folder == str(tmp_path)
    assert [file.name for file in asked.files] == ["a.png", "b.png"]
    asked = task("--font", "mine.ttf")
    assert asked.font == str(tmp_path / "mine.ttf")
    assert [file.name for file in asked.files] == ["mine.ttf"]


def test_what_of_a_folder_is_left_out_is_said_in_a_sentence() -> None:
    few = skipped_words(Path("p"), [("a.txt", "has no picture's name")])
    assert few == "Left out of p: a.txt (has no picture's name)."
    many = skipped_words(Path("p"), [(f"{n}.txt", "is hidden") for n in range(30)])
    assert many.endswith(", and 22 more.")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--task", "singing"], "invalid choice: 'singing'"),
        (["--words", "A"], "--words is not about the task reading; leave it out, or give --task words"),
        (["--task", "symbols", "--font", "serif"], "give --task reading or words"),
        (["--task", "images", "--height", "3"], "--height is not about the task images"),
        (["--task", "images", "--most", "3"], "--most is about no folder"),
        (["--edges"], "--edges is not about the task reading"),
        (["--task", "words", "--words", "A,,B"], "no word that can be drawn"),
        (["--height", "9,x"], "'x' is not a number from 0 to 180 degrees"),
        (["--height", "0"], "heights above 0°"),
        (["--field", "0"], "width above 0°"),
        (["--pixels", "5"], "'5' is not a whole number from 11"),
        (["--font", "comic"], "choose one of sans"),
        (["--font", "none.otf"], "does not exist"),
        (["--task", "images", "--images", "nowhere"], "cannot be listed"),
        (["--task", "images", "--images", ".", "--pictures", "cat"], "leave one of them out"),
        (["--task", "symbols", "--symbol", "tumbling-e", "--orientations", "8"], "give 4"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_a_sentence(
    options: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        task(*options)
    assert words in str(refused.value)
