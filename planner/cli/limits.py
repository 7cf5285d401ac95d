"""The options that say what a plan has to keep to: a profile, clearances, the way in, forbidden cortex."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.anatomy.approaches import PRESETS
from planner.cli.numbers import real
from planner.errors import InputError

if TYPE_CHECKING:
    from planner.anatomy.hemisphere import Anatomy
    from planner.anatomy.regions import Region
    from planner.design.limits import Limits
    from planner.design.profiles import Profile
    from planner.frames import HemisphereName

LARGEST_MM: Final = 100
LEAST_DEG, MOST_DEG = 1, 90

OPTIONS: Final[Mapping[str, str]] = {
    "clearance": "clearance_mm",
    "vein_clearance": "vein_clearance_mm",
    "array_clearance": "array_clearance_mm",
    "localisation": "localisation_mm",
    "angle": "angle_deg",
    "access": "access",
}
"""The options that set a field of `planner.design.profiles.Profile`, and which."""


@dataclass(frozen=True)
class Forbidden:
    """Cortex that is not to be touched, as ``--forbid`` names it: a label, or a parcel of an annotation."""

    file: Path
    parcel: str
    hemisphere: HemisphereName


@dataclass(frozen=True)
class AskedLimits:
    """What is asked for, before there is an anatomy to lay it on.

    Attributes
    ----------
    profile : Profile
        The one that is named, if any, with whatever other options say in the place of what it says.
    forbidden : tuple of Forbidden
    """

    profile: Profile
    forbidden: tuple[Forbidden, ...] = ()


def add_limits_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --profile and the limits that go before it."""
    group = parser.add_argument_group(
        "limits", "what a plan has to keep to; what is given here goes before the profile"
    )
    add = group.add_argument
    length = real(0, LARGEST_MM, "mm")
    add("--profile", metavar="NAME", help="a set of limits: see calcarine profiles, or a TOML file")
    add("--clearance", type=length, metavar="MM", help="from shaft to vessel wall (default: the device's)")
    add("--vein-clearance", type=length, metavar="MM", help="to veins, where it is another one")
    add("--array-clearance", type=length, metavar="MM", help="of arrays, where it is larger than that of threads")
    add(
        "--localisation",
        type=length,
        metavar="MM",
        help="your own localisation error, added to every clearance and to forbidden regions",
    )
    add(
        "--angle",
        type=real(LEAST_DEG, MOST_DEG, "°"),
        metavar="DEG",
        help="largest angle between a thread and pial's normal where it goes in (default 90: any)",
    )
    add("--access", type=_preset, metavar="PRESET", help=f"the way in, {' or '.join(map(_hyphened, PRESETS))}")
    add(
        "--forbid",
        action="append",
        default=[],
        metavar="FILE[:PARCEL]",
        help="cortex that no shaft may touch: lh.NAME.label, or lh.NAME.annot:PARCEL; repeatable",
    )


def asked_limits(arguments: argparse.Namespace) -> AskedLimits:
    """What is asked for, read and checked as far as that goes without an anatomy.

    Raises
    ------
    InputError
        Where the profile cannot be used, or a region's file is not there or does not say what it is.
    """
    from planner.design.profiles import Profile, load_profile

    profile = load_profile(arguments.profile) if arguments.profile else Profile("", "", "")
    given = {field: getattr(arguments, option) for option, field in OPTIONS.items()}
    own: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    return AskedLimits(replace(profile, **own), tuple(dict.fromkeys(map(forbidden, arguments.forbid))))


def limits_on(asked: AskedLimits, limits: Limits, anatomy: Anatomy) -> Limits:
    """The limits of the devices, or of a plan, with what is asked for, laid on an anatomy; regions are added to theirs.

    Raises
    ------
    InputError
        Where the anatomy has no place for the windows or regions.
    """
    from planner.design.profiles import profile_limits

    regions = tuple(_region(one, anatomy) for one in asked.forbidden)
    found = profile_limits(asked.profile, limits, anatomy)
    kept = tuple(region for region in found.regions if region not in regions)
    return replace(found, regions=(*kept, *regions))


def forbidden(text: str) -> Forbidden:
    """What ``FILE[:PARCEL]`` names.

    Raises
    ------
    InputError
        Where it is neither a label nor a parcel, its hemisphere cannot be told, or there is no such file.
    """
    from planner.anatomy.regions import hemisphere_of_file

    named, dot, behind = text.rpartition(".annot:")
    parcel = behind if dot else ""
    path = Path(os.path.expanduser(f"{named}.annot" if dot else text))
    if path.suffix == ".annot" and not parcel.strip():
        raise InputError(
            f"--forbid {text} names no parcel", remedy="write its name behind, such as lh.aparc.annot:cuneus"
        )
    if path.suffix not in (".label", ".annot"):
        raise InputError(
            f"--forbid {text} is no label and no annotation", remedy="give FILE.label or FILE.annot:PARCEL"
        )
    hemisphere = hemisphere_of_file(path)
    if not path.is_file():
        raise InputError("there is no such file", source=path, remedy="give the path of a label or annotation")
    return Forbidden(path, parcel, hemisphere)


def still_forbidden(allowed: Sequence[str], regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions that a plan forbids without those that ``--allow`` names.

    Raises
    ------
    InputError
        Where none is called so.
    """
    names = [region.name for region in regions]
    for name in allowed:
        if name not in names:
            there = f"the plan of --from forbids {', '.join(names)}" if names else "no region is forbidden by --from"
            raise InputError(f"--allow {name} names none: {there}", remedy="give the name of one of its regions")
    return tuple(region for region in regions if region.name not in allowed)


def _region(asked: Forbidden, anatomy: Anatomy) -> Region:
    from planner.anatomy.regions import region_from_annot, region_from_label

    hemisphere = anatomy.hemispheres.get(asked.hemisphere)
    if hemisphere is None:
        raise InputError(
            f"is of {asked.hemisphere}, which the case does not have", source=asked.file, remedy="leave it out"
        )
    if asked.parcel:
        return region_from_annot(asked.file, asked.parcel, hemisphere)
    return region_from_label(asked.file, hemisphere)


def _preset(text: str) -> str:
    name = text.replace("-", " ")
    if name not in PRESETS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(map(_hyphened, PRESETS))}")
    return name


def _hyphened(name: str) -> str:
    return name.replace(" ", "-")
