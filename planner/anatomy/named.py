"""Cases by name or folder: fsaverage, a subject in ``SUBJECTS_DIR``, a FreeSurfer folder, nilearn-named GIFTI files."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Final

from planner.anatomy.freesurfer import locate_subject
from planner.anatomy.fsaverage import SIDES
from planner.anatomy.locating import CaseFiles
from planner.anatomy.nilearn_folder import is_nilearn_folder, locate_nilearn_folder
from planner.errors import InputError

FSAVERAGE: Final = "fsaverage"
SUBJECTS_DIR: Final = "SUBJECTS_DIR"


def locate_case(source: str) -> CaseFiles:
    """Find the files of a case.

    Parameters
    ----------
    source : str
        A folder (FreeSurfer's layout, or nilearn-named GIFTI files), the name of a subject in ``SUBJECTS_DIR``, or
        ``fsaverage``: from ``SUBJECTS_DIR``, else from nilearn's data folders, else fetched.

    Raises
    ------
    InputError
        Where there is no such case, saying where it was looked for.
    """
    folder = Path(os.path.expanduser(source))
    is_name = folder.name == source and source not in (".", "..", "")
    if not is_name or os.path.isdir(folder / "surf") or is_nilearn_folder(folder):
        return _locate_folder(folder)
    subjects = os.environ.get(SUBJECTS_DIR, "")
    tried = [f"the folder {folder.absolute()}"]
    if subjects:
        subject = Path(os.path.expanduser(subjects)) / source
        if os.path.isdir(subject):
            return _locate_folder(subject)
        tried.append(f"{SUBJECTS_DIR} ({subjects})")
    else:
        tried.append(f"{SUBJECTS_DIR} (not set)")
    if source == FSAVERAGE:
        return replace(locate_nilearn_folder(_nilearn_fsaverage()), name=FSAVERAGE, source=FSAVERAGE)
    raise InputError(
        f"no case of this name was found in {' or '.join(tried)}",
        source=source,
        remedy=f"give demo, {FSAVERAGE}, the name of a subject in {SUBJECTS_DIR}, or a folder with surf/ and mri/",
    )


def _locate_folder(folder: Path) -> CaseFiles:
    if is_nilearn_folder(folder) and not os.path.isdir(folder / "surf"):
        return locate_nilearn_folder(folder)
    return locate_subject(folder)


def present_fsaverage() -> Path | None:
    """Where the full fsaverage lies on this machine: in ``SUBJECTS_DIR`` or one of nilearn's data folders; or None."""
    subjects = os.environ.get(SUBJECTS_DIR, "")
    installed = Path(os.path.expanduser(subjects)) / FSAVERAGE
    if subjects and os.path.isdir(installed):
        return installed
    return next(filter(_is_whole, _nilearn_folders()), None)


def _nilearn_folders() -> list[Path]:
    from nilearn.datasets import get_data_dirs  # a second or two, needed here only

    return [Path(place) / FSAVERAGE for place in get_data_dirs()]


def _is_whole(folder: Path) -> bool:
    return all(os.path.exists(folder / f"{key}_{side}.gii.gz") for key in ("white", "pial") for side in SIDES.values())


def _nilearn_fsaverage() -> Path:
    """The folder of nilearn's full fsaverage: in one of its data folders, or fetched there by nilearn."""
    folders = _nilearn_folders()
    for folder in filter(_is_whole, folders):
        return folder
    from nilearn.datasets import fetch_surf_fsaverage

    try:
        with redirect_stdout(sys.stderr):  # nilearn tells there what it fetches, and standard output may be JSON
            return Path(fetch_surf_fsaverage(FSAVERAGE).white_left).parent
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"is not in {' or '.join(map(str, folders))}, and could not be fetched ({type(error).__name__})",
            source=FSAVERAGE,
            remedy=f"connect to the internet once, set {SUBJECTS_DIR} to a FreeSurfer installation's subjects/, or use "
            "the case demo",
        ) from error
