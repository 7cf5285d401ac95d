"""The options that say which case to load, alike for every verb that loads one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from planner.cli.numbers import real

if TYPE_CHECKING:
    from planner.anatomy.request import CaseRequest

KINDS = ("artery", "vein", "vessel")
SPACES = ("scanner_ras", "lps", "tkras")


def add_case_arguments(parser: argparse.ArgumentParser) -> None:
    """Add CASE, its retinotopy and its vessel files."""
    parser.add_argument(
        "case",
        nargs="?",
        default="demo",
        metavar="CASE",
        help="demo (default), demo-penetrating, fsaverage, a subject's folder or its name in SUBJECTS_DIR, or a folder "
        "of GIFTI surfaces as nilearn names them",
    )
    parser.add_argument(
        "--retinotopy", default="", metavar="DIR", help="folder of retinotopic maps to use instead of the case's own"
    )
    parser.add_argument(
        "--least-variance",
        type=real(0, 1, ""),
        default=0.1,
        metavar="SHARE",
        help="of variance explained, below which measured maps are not believed (default 0.1)",
    )
    group = parser.add_argument_group("vessels", "an option --vessel-… is about the --vessels FILE before it")
    group.add_argument(
        "--vessels",
        action=_Add,
        default=(),
        metavar="FILE",
        help="a vessel file to add (.swc, .vtp, .vtk, .vtu, .stl, .ply, .obj, .nii, .mgz); may be repeated",
    )
    add = _adder(group)
    add("name", str, "NAME", "what it is called")
    add("kind", str, "KIND", "artery, vein or vessel (default: what the file or its name says)", KINDS)
    add("space", str, "SPACE", "scanner_ras, lps or tkras (default: what the file says, or else scanner_ras)", SPACES)
    add("axes", str, "AXES", "which of its axes give x, y and z, e.g. --vessel-axes=-x,z,y")
    add("scale", real(1e-6, 1e6, "mm"), "MM", "millimetres for one of its units (default 1)")
    add("offset", _offset, "X,Y,Z", "mm to add, after axes and scale, e.g. --vessel-offset=-1.5,0,20")
    add("threshold", real(-1e6, 1e6, ""), "P", "a probability map is vessel from here on (default 0.5)")
    add("labels", str, "LABELS", "what the labels of a segmentation are, e.g. 1=artery,2=vein")
    add("error", real(0, 100, "mm"), "MM", "localisation error to add to the clearance (default 0)")
    add("imaged", str, "FILE", "a volume whose field of view is where these vessels were imaged")


def add_moved_case_argument(parser: argparse.ArgumentParser) -> None:
    """Add --case, of a verb that takes a plan and finds its case again."""
    parser.add_argument(
        "--case",
        default="",
        metavar="DIR",
        help="where the plan's case lies now, if it was moved; its files must be the same",
    )


def request_of(arguments: argparse.Namespace) -> CaseRequest:
    """What the options ask for."""
    from planner.anatomy.request import CaseRequest, VesselFile

    vessels = tuple(VesselFile(**options) for options in arguments.vessels)
    return CaseRequest(arguments.case, vessels, arguments.retinotopy, arguments.least_variance)


class _Add(argparse.Action):
    """A vessel file more, as the keywords of its `VesselFile`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option: str | None = None,
    ) -> None:
        namespace.vessels = (*namespace.vessels, {"file": str(values)})


class _Set(argparse.Action):
    """A word on the vessel file before; `dest` is ``vessel_`` and the field of `VesselFile`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option: str | None = None,
    ) -> None:
        if not namespace.vessels:
            parser.error(f"{option} is about no vessel file: put it behind its --vessels FILE")
        *before, last = namespace.vessels
        namespace.vessels = (*before, {**last, self.dest.removeprefix("vessel_"): values})


def _adder(group: argparse._ArgumentGroup) -> Callable[..., None]:
    units = {"offset": "_mm", "error": "_mm"}

    def add(
        name: str, kind: Callable[[str], object], metavar: str, text: str, choices: Sequence[str] | None = None
    ) -> None:
        group.add_argument(
            f"--vessel-{name}",
            action=_Set,
            dest=f"vessel_{name}{units.get(name, '')}",
            type=kind,
            choices=choices,
            metavar=metavar,
            default=argparse.SUPPRESS,
            help=text,
        )

    return add


def _offset(text: str) -> tuple[float, float, float]:
    number = real(-1e6, 1e6, "mm")
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers with commas between them")
    x, y, z = (number(part) for part in parts)
    return (x, y, z)
