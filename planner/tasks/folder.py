"""A folder of a user's own pictures: which of them can be shown, and whether they are still what they were."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planner.errors import InputError
from planner.tasks.luminance import Luminance, decoded, read_bytes
from planner.tasks.record import MOST_PICTURES, UsedFile

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
_MOST_ENTRIES: Final = 100_000


@dataclass(frozen=True)
class Listing:
    """What was found in a folder.

    Attributes
    ----------
    folder : str
        Absolute.
    files : tuple of UsedFile
        The pictures, in the order of their names.
    skipped : tuple of (str, str)
        Name of everything else and why it is left out.
    """

    folder: str
    files: tuple[UsedFile, ...]
    skipped: tuple[tuple[str, str], ...]


def listing(folder: Path, most: int = MOST_PICTURES) -> Listing:
    """Look through a folder, without its folders; every picture is decoded once to see that it is whole.

    Parameters
    ----------
    folder : Path
    most : int
        How many pictures to take, the first by name.

    Raises
    ------
    InputError
        Where it cannot be read or has no picture.
    """
    folder = Path(os.path.abspath(os.path.expanduser(folder)))
    names = _names(folder)
    files: list[UsedFile] = []
    skipped: list[tuple[str, str]] = []
    for name in names:
        why = _unfit(folder / name) or (f"comes after the first {most} pictures" if len(files) == most else "")
        if not why:
            try:
                content = read_bytes(folder / name)
                decoded(content, folder / name)
                files.append(UsedFile(name, hashlib.sha256(content).hexdigest()))
            except InputError as error:
                why = error.what
        if why:
            skipped.append((name, why))
    if not files:
        raise InputError(
            f"has no picture that can be shown among {len(names)} entries",
            source=folder,
            remedy=f"give a folder with pictures ({', '.join(SUFFIXES)})",
        )
    return Listing(str(folder), tuple(files), tuple(skipped))


def pictures_of(folder: str, files: Sequence[UsedFile]) -> list[Luminance]:
    """The pictures of a folder, each as it was when the task was made.

    Raises
    ------
    InputError
        Naming the first that is missing or has changed.
    """
    return [decoded(content_of(Path(folder), file), Path(folder) / file.name) for file in files]


def content_of(folder: Path, file: UsedFile) -> bytes:
    """The bytes of a file that has not changed since the task was made.

    Raises
    ------
    InputError
        Where it is missing or has changed.
    """
    content = read_bytes(folder / file.name)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise InputError(
            "has changed since the task was made",
            source=folder / file.name,
            remedy="bring back the file, or make the task again",
        )
    return content


def _names(folder: Path) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"cannot be listed ({reason})", source=folder, remedy="give a folder of pictures that may be read"
        ) from error
    if len(names) > _MOST_ENTRIES:
        raise InputError(
            f"has {len(names)} entries", source=folder, remedy=f"give a folder with at most {_MOST_ENTRIES}"
        )
    return names


def _unfit(path: Path) -> str:
    """Why an entry is not even looked into; empty where it may be a picture."""
    if path.name.startswith("."):
        return "is hidden"
    if path.is_dir():
        return "is a folder"
    if path.suffix.lower() not in SUFFIXES:
        return "has no picture's name"
    if not path.name.isprintable() or "\\" in path.name:
        return "has a name that a plan cannot hold"
    return ""
