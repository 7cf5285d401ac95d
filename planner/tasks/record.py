"""The settings that make the same task again, as plans keep them: plain values, which need no torch to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final, Literal, get_args

from planner.errors import InputError

TaskName = Literal["reading", "words", "images", "symbols", "drawing"]
Polarity = Literal["light", "dark"]
Encoding = Literal["srgb", "linear"]
Contrast = Literal["as-is", "stretch"]
Symbol = Literal["landolt-c", "tumbling-e"]

TASK_NAMES: Final[tuple[TaskName, ...]] = get_args(TaskName)
POLARITIES: Final[tuple[Polarity, ...]] = get_args(Polarity)
ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
CONTRASTS: Final[tuple[Contrast, ...]] = get_args(Contrast)
SYMBOLS: Final[tuple[Symbol, ...]] = get_args(Symbol)

HEIGHT_DEG: Final[Mapping[TaskName, float]] = {
    "reading": 9.0,
    "words": 4.0,
    "images": 9.0,
    "symbols": 9.0,
    "drawing": 9.0,
}
"""A height that suits the default field of 16°; images and drawings fill the field and have none of their own."""

LEAST_PIXELS: Final = 11
"""The window of SSIM: a smaller picture could not be measured."""
MOST_PIXELS: Final = 2048
MOST_PICTURES: Final = 256
MOST_VALUES: Final = 2**27
"""Of all pictures of a task together: half a gibibyte of float32."""
MOST_CHARACTERS: Final = 32
MOST_HEIGHTS: Final = 16
MOST_POINTS: Final = 20_000
"""Of all strokes of a drawing together."""


@dataclass(frozen=True)
class UsedFile:
    """A file that a task is made of: its name, without folder, and the SHA-256 of its bytes, hex."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or self.name in (".", "..") or set(self.name) & set("/\\\0"):
            raise InputError(
                f"{self.name!r} is no name of a file in the task's folder", remedy="give its name without a folder"
            )
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise InputError("its SHA-256 is not 64 hexadecimal digits", source=self.name, remedy="make the task again")


@dataclass(frozen=True)
class Stroke:
    """One stroke of a drawing, by a round pen.

    Attributes
    ----------
    points_deg : tuple of (x, y)
        Where the pen was, one after the other, degrees of the visual field (x right, y up); one alone is a dot.
    width_deg : float
        Of the pen, degrees.
    erases : bool
        Whether it takes light away.
    """

    points_deg: tuple[tuple[float, float], ...]
    width_deg: float
    erases: bool = False

    def __post_init__(self) -> None:
        if not self.points_deg:
            raise InputError("a stroke of the drawing has no points", remedy="draw it again")
        if not all(isfinite(value) and abs(value) <= 180 for point in self.points_deg for value in point):
            raise InputError("a stroke of the drawing leaves the visual field", remedy="draw it again")
        if not (isfinite(self.width_deg) and 0 < self.width_deg <= 180):
            raise InputError(f"a pen of {self.width_deg:g}° cannot draw", remedy="give a width above 0° and up to 180°")


@dataclass(frozen=True)
class TaskRecord:
    """The visual task a plan is measured by. Each setting is heeded by the tasks named with it, else by all.

    Attributes
    ----------
    name : "reading", "words", "images", "symbols" or "drawing"
        The 26 capital letters; words; natural images; Landolt rings or tumbling Es; a picture drawn by hand.
    extent_deg : float
        Width and height of the visual field shown, centred on fixation, degrees.
    pixels : int
        Along each side of it.
    height_deg : float
        Reading, words: the height of ``H``, degrees; symbols: the symbol's height.
    further_heights_deg : tuple of float
        Heights at which the same is shown again, degrees: an estimate of acuity needs several. None for images and
        drawings.
    font : str
        Reading, words: a name of `planner.tasks.fonts.FONTS`, or a font file's absolute path; `files` then holds it.
    polarity : "light" or "dark"
        Light on dark, or its negative, 1 less each value.
    words : tuple of str
        Words; none given: `planner.tasks.reading.WORDS`.
    pictures : tuple of str
        Images: names of `planner.tasks.images.BUILT_IN`; none given: all of them.
    folder : str
        Images: the absolute path of a folder with the pictures `files`, instead of built-in ones; empty for none.
    files : tuple of UsedFile
        The files from outside the program that the task is made of; compared whenever it is made again.
    encoding : "srgb" or "linear"
        Images: what a value means; see `planner.tasks.images`.
    contrast : "as-is" or "stretch"
        Images: whether each is spread over black to white.
    edges : bool
        Images: show the edges in them instead.
    symbol : "landolt-c" or "tumbling-e"
        Symbols.
    orientations : int
        Symbols: 4, or for the Landolt ring 8.
    strokes : tuple of Stroke
        Drawing: what was drawn, each over those before it. The plan holds all of it, so that nothing else is needed.

    Raises
    ------
    InputError
        Where no task has these settings.
    """

    name: TaskName = "reading"
    extent_deg: float = 16.0
    pixels: int = 64
    height_deg: float = 9.0
    further_heights_deg: tuple[float, ...] = ()
    font: str = "sans-bold"
    polarity: Polarity = "light"
    words: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    folder: str = ""
    files: tuple[UsedFile, ...] = ()
    encoding: Encoding = "srgb"
    contrast: Contrast = "as-is"
    edges: bool = False
    symbol: Symbol = "landolt-c"
    orientations: int = 4
    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_numbers(self)
        _check_words(self)
        _check_files(self)
        _check_strokes(self)

    @property
    def heights_deg(self) -> tuple[float, ...]:
        """All heights at which the task's letters, words or symbols are shown, degrees."""
        return (self.height_deg, *self.further_heights_deg)


def usual_height(name: TaskName, words: Sequence[str]) -> float:
    """The task's own height; lower where words of one's own are longer than its own three letters."""
    return min(HEIGHT_DEG[name], 3 * HEIGHT_DEG[name] / max(map(len, words), default=3))


def usual_settings(task: TaskRecord) -> TaskRecord:
    """The same letters, words, pictures, symbols or strokes at the usual size, in the usual field."""
    usual = TaskRecord()
    return replace(
        task,
        extent_deg=usual.extent_deg,
        pixels=usual.pixels,
        height_deg=usual_height(task.name, task.words),
        further_heights_deg=(),
        polarity=usual.polarity,
        encoding=usual.encoding,
        contrast=usual.contrast,
        edges=usual.edges,
        orientations=usual.orientations,
    )


def _check_choices(record: TaskRecord) -> None:
    for value, known, what in (
        (record.name, TASK_NAMES, "task"),
        (record.polarity, POLARITIES, "polarity"),
        (record.encoding, ENCODINGS, "encoding"),
        (record.contrast, CONTRASTS, "contrast"),
        (record.symbol, SYMBOLS, "symbol"),
    ):
        if value not in known:
            raise InputError(f"the {what} {value!r} is not known", remedy=f"choose one of {', '.join(known)}")
    allowed = (4, 8) if record.symbol == "landolt-c" else (4,)
    if record.orientations not in allowed:
        raise InputError(
            f"the symbol {record.symbol} has no {record.orientations} orientations",
            remedy=f"give {' or '.join(map(str, allowed))}",
        )


def _check_numbers(record: TaskRecord) -> None:
    if not (isfinite(record.extent_deg) and 0 < record.extent_deg <= 180):
        raise InputError(
            f"a visual field of {record.extent_deg:g}° cannot be drawn", remedy="give a width above 0° and up to 180°"
        )
    if not LEAST_PIXELS <= record.pixels <= MOST_PIXELS:
        raise InputError(
            f"a task of {record.pixels} pixels a side cannot be measured",
            remedy=f"give {LEAST_PIXELS} to {MOST_PIXELS} pixels",
        )
    if record.further_heights_deg and record.name in ("images", "drawing"):
        raise InputError(
            "pictures fill the field whatever their height", remedy="give no heights with images and drawings"
        )
    if len(record.further_heights_deg) >= MOST_HEIGHTS:
        raise InputError("there are too many heights", remedy=f"give at most {MOST_HEIGHTS}")
    for height in record.heights_deg:
        if not (isfinite(height) and 0 < height <= 180):
            raise InputError(f"a height of {height:g}° cannot be drawn", remedy="give heights above 0° and up to 180°")
    _refuse_twins(record.heights_deg, "height")


def _check_words(record: TaskRecord) -> None:
    if len(record.words) > MOST_PICTURES or len(record.pictures) > MOST_PICTURES:
        raise InputError("a task has too many pictures", remedy=f"give at most {MOST_PICTURES}")
    for word in record.words:
        if not 0 < len(word) <= MOST_CHARACTERS or not word.isprintable() or any(c.isspace() for c in word):
            raise InputError(
                f"{word[: MOST_CHARACTERS + 1]!r} is no word that can be drawn",
                remedy=f"give words of 1 to {MOST_CHARACTERS} letters, without spaces",
            )
    _refuse_twins(record.words, "word")
    _refuse_twins(record.pictures, "picture")


def _check_files(record: TaskRecord) -> None:
    if len(record.files) > MOST_PICTURES:
        raise InputError("a task has too many pictures", remedy=f"give at most {MOST_PICTURES}")
    _refuse_twins([file.name for file in record.files], "file")
    if record.folder and (record.name != "images" or record.pictures):
        raise InputError(
            "a folder of pictures is for the task images, and instead of built-in ones", remedy="leave one of them out"
        )
    if record.folder and not record.files:
        raise InputError("no picture of the folder is named", source=record.folder, remedy="give at least one picture")


def _check_strokes(record: TaskRecord) -> None:
    if (record.name == "drawing") != bool(record.strokes):
        raise InputError("a drawing is made of strokes, and no other task is", remedy="draw something, or leave it out")
    if sum(len(stroke.points_deg) for stroke in record.strokes) > MOST_POINTS:
        raise InputError("the drawing is too long", remedy=f"draw with at most {MOST_POINTS} points")


def _refuse_twins(values: Sequence[object], what: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise InputError(f"the {what} {value} is given twice", remedy="give it once")
