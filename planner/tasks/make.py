"""Making a task of its record: the one way for plans, the command line and the window."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.drawing import LABEL, drawn
from planner.tasks.folder import content_of
from planner.tasks.fonts import FONTS, font_path
from planner.tasks.images import BUILT_IN, images
from planner.tasks.reading import LETTERS, WORDS, letters
from planner.tasks.record import MOST_PICTURES, MOST_VALUES, TaskRecord
from planner.tasks.symbols import symbols
from planner.tasks.task import Task

_BLACK: Final = 1e-3


def make_task(record: TaskRecord) -> Task:
    """The task that a record describes, the same whenever it is made.

    Labels are the letters, words, names of the pictures, or symbols with where they are open; where there are several
    heights each label ends with its own, e.g. ``C up 4.5°``.

    Raises
    ------
    InputError
        Where something does not fit the field, nothing is to be seen, or a file is missing or no longer what it was.
    """
    _check_size(record)
    visual_field = VisualField(record.extent_deg, record.pixels)
    labels: list[str] = []
    parts: list[Tensor] = []
    for height_deg in record.heights_deg:
        names, pictures = _drawn(record, visual_field, height_deg)
        labels += [f"{name} {height_deg:g}°" for name in names] if record.further_heights_deg else names
        parts.append(pictures)
    light = torch.cat(parts)
    targets = 1 - light if record.polarity == "dark" else light
    if targets.max() < _BLACK:
        raise InputError("all pictures of the task are black", remedy="use other pictures, or the other polarity")
    return Task(record.name, tuple(labels), targets, visual_field)


def _check_size(record: TaskRecord) -> None:
    once = {
        "reading": len(LETTERS),
        "words": len(record.words or WORDS),
        "images": len(record.files or record.pictures or BUILT_IN),
        "symbols": record.orientations,
        "drawing": 1,
    }
    count = once[record.name] * len(record.heights_deg)
    if count > MOST_PICTURES:
        raise InputError(f"a task of {count} pictures is too large", remedy=f"ask for at most {MOST_PICTURES}")
    if count * record.pixels**2 > MOST_VALUES:
        raise InputError(
            f"{count} pictures of {record.pixels} × {record.pixels} pixels are too much",
            remedy="give fewer pixels or fewer pictures",
        )


def _drawn(record: TaskRecord, visual_field: VisualField, height_deg: float) -> tuple[tuple[str, ...], Tensor]:
    if record.name == "images":
        return images(record)
    if record.name == "drawing":
        return (LABEL,), drawn(record.strokes, visual_field)
    if record.name == "symbols":
        return symbols(record.symbol, visual_field, height_deg, record.orientations)
    texts = LETTERS if record.name == "reading" else record.words or WORDS
    return texts, letters(texts, visual_field, height_deg, _font(record))


def _font(record: TaskRecord) -> Path:
    path = font_path(record.font)
    if record.font not in FONTS:
        if [file.name for file in record.files] != [path.name]:
            raise InputError("the task does not say which font this was", source=path, remedy="make the task again")
        content_of(path.parent, record.files[0])
    return path
