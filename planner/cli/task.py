"""The options that say what should be seen."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from planner.cli.numbers import real, whole
from planner.errors import InputError
from planner.tasks.record import (
    CONTRASTS,
    ENCODINGS,
    LEAST_PIXELS,
    MOST_PICTURES,
    MOST_PIXELS,
    POLARITIES,
    SYMBOLS,
    TASK_NAMES,
    TaskName,
    TaskRecord,
    usual_height,
)

SAYABLE: Final[tuple[TaskName, ...]] = tuple(name for name in TASK_NAMES if name != "drawing")
"""Tasks that options can say: a drawing is held by a plan alone."""
_TEXT: Final = ("reading", "words")
ABOUT: Final[Mapping[str, Sequence[TaskName]]] = {
    "height": (*_TEXT, "symbols"),
    "font": _TEXT,
    "words": ("words",),
    "pictures": ("images",),
    "images": ("images",),
    "most": ("images",),
    "encoding": ("images",),
    "contrast": ("images",),
    "edges": ("images",),
    "symbol": ("symbols",),
    "orientations": ("symbols",),
}
"""Which tasks an option is about; the others are about all."""

_AS_THEY_ARE: Final = (
    "pixels",
    "polarity",
    "words",
    "pictures",
    "encoding",
    "contrast",
    "edges",
    "symbol",
    "orientations",
)
"""Options whose values go into the record of the same name."""


def add_task_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --task and the options of every task."""
    group = parser.add_argument_group("task", "what should be seen; an option of another task than the one is refused")
    add = group.add_argument
    add("--task", choices=SAYABLE, default="reading", help="letters (default), words, images, or acuity's symbols")
    add("--field", type=real(0, 180, "degrees"), metavar="DEG", help="width of the field shown (default 16)")
    add("--pixels", type=whole(LEAST_PIXELS, MOST_PIXELS), metavar="N", help="along each of its sides (default 64)")
    add("--polarity", choices=POLARITIES, help="light on dark (default), or dark on light")
    add(
        "--height",
        type=_heights,
        metavar="DEG,…",
        help="of capitals or symbols; several show each at every one (default 9, words 4 or, if long, less)",
    )
    add("--font", metavar="NAME", help="such as sans-bold (default), serif or typewriter, or a font's file")
    add("--words", type=_listed, metavar="A,B,…", help="words to read (default: a list of short ones)")
    add("--pictures", type=_listed, metavar="A,B,…", help="built-in images, such as cat or coffee (default: all)")
    add("--images", type=Path, metavar="DIR", help="a folder of your own pictures instead")
    add("--most", type=whole(1, MOST_PICTURES), metavar="N", help=f"of its pictures, by name (default {MOST_PICTURES})")
    add("--encoding", choices=ENCODINGS, help="what an image's value means: sRGB's code (default) or linear light")
    add("--contrast", choices=CONTRASTS, help="whether an image is stretched from black to white (default as-is)")
    add("--edges", action="store_const", const=True, help="show the edges in images instead")
    add("--symbol", choices=SYMBOLS, help="which symbol (default landolt-c)")
    add("--orientations", type=int, choices=(4, 8), help="of each symbol (default 4)")


def task_of(arguments: argparse.Namespace) -> tuple[TaskRecord, tuple[tuple[str, str], ...]]:
    """The task asked for, and what of its folder is left out: names and reasons.

    Raises
    ------
    InputError
        Where an option is of another task, or no task has these settings.
    """
    name: TaskName = arguments.task
    _refuse_others(arguments, name)
    heights = arguments.height or (usual_height(name, arguments.words or ()),)
    asked: dict[str, Any] = {option: getattr(arguments, option) for option in _AS_THEY_ARE}
    asked |= {"extent_deg": arguments.field, "further_heights_deg": heights[1:]}
    skipped: tuple[tuple[str, str], ...] = ()
    if arguments.font is not None:
        asked |= _font(arguments.font)
    if arguments.images is not None:
        from planner.tasks.folder import listing

        found = listing(arguments.images, arguments.most or MOST_PICTURES)
        asked |= {"folder": found.folder, "files": found.files}
        skipped = found.skipped
    given = {key: value for key, value in asked.items() if value is not None}
    return TaskRecord(name, height_deg=heights[0], **given), skipped


def skipped_words(folder: Path, skipped: Sequence[tuple[str, str]]) -> str:
    """What of a folder was left out, in a sentence."""
    first = ", ".join(f"{name} ({why})" for name, why in skipped[:8])
    more = f", and {len(skipped) - 8} more" if len(skipped) > 8 else ""
    return f"Left out of {folder}: {first}{more}."


def _refuse_others(arguments: argparse.Namespace, name: TaskName) -> None:
    for option, tasks in ABOUT.items():
        if getattr(arguments, option) is not None and name not in tasks:
            raise InputError(
                f"--{option} is not about the task {name}",
                remedy=f"leave it out, or give --task {' or '.join(tasks)}",
            )
    if arguments.most is not None and arguments.images is None:
        raise InputError("--most is about no folder", remedy="give --images DIR")


def _font(text: str) -> dict[str, Any]:
    from planner.tasks.fonts import chosen_font, font_files

    font = chosen_font(text)
    return {"font": font, "files": font_files(font)}


def _heights(text: str) -> tuple[float, ...]:
    number = real(0, 180, "degrees")
    return tuple(number(part) for part in text.split(","))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))
