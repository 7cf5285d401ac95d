"""What other programs read: one file a format, each with ``write(examined, folder)`` that checks what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.errors import InputError
from planner.plan.atomic import staged_folder
from planner.plan.make import Examined, examine
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.design.site import Site

Writer = Callable[[Examined, Path], list[Path]]


def _writer(module: str) -> Writer:
    def write(examined: Examined, folder: Path) -> list[Path]:
        # imported when used: a table of contacts needs no VTK
        written: list[Path] = import_module(f"planner.plan.export.{module}").write(examined, folder)
        return written

    return write


_MODULES: Final = {
    "csv": "table",
    "mrk.json": "slicer",
    "vtp": "vtp",
    "stl": "stl",
    "ply": "ply",
    "bids": "bids",
    "freeview": "freeview",
    "nii.gz": "labelmap",
    "dicom": "dicom_seg",
    "pulse2percept": "pulse2percept",
    "pdf": "report",
}
FORMATS: Final[Mapping[str, Writer]] = {format: _writer(module) for format, module in _MODULES.items()}
"""Formats by the ending of their files, or by what reads them where the ending says too little."""


def export_plan(plan: Plan, site: Site, format: str, out_dir: Path) -> list[Path]:
    """Write a plan for other programs.

    The plan is measured and verified anew, so that what the files say of it holds now; files appear in `out_dir` only
    when all of them were written, read back and compared.

    Parameters
    ----------
    plan : Plan
    site : Site
        Of the anatomy that the plan was made on.
    format : str
        One of `FORMATS`.
    out_dir : Path
        Made if it does not exist; files of the same names are replaced.

    Returns
    -------
    list of Path
        The files, in `out_dir`.

    Raises
    ------
    InputError
        For an unknown format, a plan without threads, another anatomy than the plan's, or a place that cannot be
        written.
    """
    check_export(plan, format)
    return write_export(examine(plan, site), format, out_dir)


def check_export(plan: Plan, format: str) -> None:
    """Refuse what cannot be exported before any work is done.

    Raises
    ------
    InputError
        For an unknown format or a plan without threads.
    """
    if format not in FORMATS:
        raise InputError(f"no export format is called {format!r}", remedy=f"choose one of {', '.join(FORMATS)}")
    if plan.aside and not plan.threads:
        raise InputError("no thread of the plan is used, so there is nothing to export", remedy="use some again first")
    if not plan.threads:
        raise InputError("the plan has no threads, so there is nothing to export", remedy="add threads first")


def write_export(examined: Examined, format: str, out_dir: Path) -> list[Path]:
    """Write one format of an examined plan, all files or none; see `export_plan`."""
    check_export(examined.plan, format)
    with staged_folder(out_dir) as stage:
        names = [file.relative_to(stage).as_posix() for file in FORMATS[format](examined, stage)]
        check_stale(format, names, out_dir)
    return [out_dir / name for name in names]


def check_stale(format: str, written: Collection[str], folder: Path) -> None:
    """Refuse a folder in which files of another export would stand beside these as if they were one.

    Raises
    ------
    InputError
        Where `folder` holds a file of the format that this export does not write.
    """
    names: tuple[str, ...] = import_module(f"planner.plan.export.{_MODULES[format]}").NAMES
    stale = [name for name in names if name not in written and (folder / name).exists()]
    if stale:
        raise InputError(
            f"holds {', '.join(stale)} of another export, which this plan has not",
            source=folder,
            remedy="choose another folder, or remove them",
        )
