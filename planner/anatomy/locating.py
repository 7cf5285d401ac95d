"""Finding a case's files: links followed, broken ones named, folders that may not be read said so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.anatomy.bounded import check_readable
from planner.errors import InputError
from planner.frames import HemisphereName


@dataclass(frozen=True)
class CaseFiles:
    """Where a case's files lie; none of them read yet.

    Attributes
    ----------
    name : str
        Short name for titles.
    source : str
        By which the case is found again: a template's name or an absolute path.
    folder : Path
    surfaces : mapping
        By hemisphere, files by FreeSurfer's names: white, pial, inflated, sphere, sphere.reg, thickness, curv, sulc,
        V1_exvivo.thresh, V1_exvivo.
    mri : Path or None
        Folder of volumes.
    retinotopy : tuple of Path
        Folders that may hold retinotopic maps, best first.
    """

    name: str
    source: str
    folder: Path
    surfaces: dict[HemisphereName, dict[str, Path]]
    mri: Path | None
    retinotopy: tuple[Path, ...] = field(default=())


def first_present(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of `names` that `folder` holds.

    Raises
    ------
    InputError
        Where there is none but a link that leads nowhere.
    """
    present = [folder / name for name in names if os.path.lexists(folder / name)]
    for path in present:
        if os.path.exists(path):
            return path
    for path in present:
        if path.is_symlink() and not os.path.exists(os.path.realpath(path)) and not _circular(path):
            raise InputError(
                f"is a link to {os.readlink(path)}, which does not exist",
                source=path,
                remedy="copy the file itself here, or run recon-all again",
            )
        check_readable(path)
    return None


def check_folder(folder: Path, remedy: str) -> None:
    """Raise `InputError` unless a path leads to a folder that may be read."""
    if not os.path.isdir(folder):
        raise InputError("is not a folder", source=folder, remedy=remedy)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError("may not be read (permission denied)", source=folder, remedy="ask for permission to read it")


def _circular(path: Path) -> bool:
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
