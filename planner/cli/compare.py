"""``calcarine compare``: plans side by side, measured and verified anew, the first one being the yardstick."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.cli.request import add_moved_case_argument

if TYPE_CHECKING:
    from planner.anatomy.request import CaseRequest
    from planner.plan.plan import Plan

HELP: Final = "measure plans side by side"
DETAILS: Final = "Differences are to the first plan."

LIMITS: Final = {
    "threads": "limit of threads",
    "clearance_mm": "limit of clearance mm",
    "vein_clearance_mm": "limit of clearance to veins mm",
    "array_clearance_mm": "limit of clearance of arrays mm",
    "localisation_mm": "localisation error added mm",
    "spacing_mm": "limit of spacing mm",
    "gray_mm": "limit inside gray mm",
    "max_depth_mm": "limit of length mm",
    "angle_deg": "limit of angle °",
}
"""The fields of `Limits` that are numbers, as the table names them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("first", type=Path, metavar="PLAN", help="a plan.json, the yardstick")
    parser.add_argument("others", type=Path, nargs="+", metavar="PLAN", help="plans to compare with it")
    add_moved_case_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Examine every plan and print a table."""
    from planner.cli import DONE
    from planner.cli.output import print_json
    from planner.plan.compare import numbers_of, unlike

    files = [arguments.first, *arguments.others]
    plans = _examined(files, arguments.case)
    columns = [numbers_of(plan) for plan in plans]
    apart = [_incomparable(plan, plans[0]) for plan in plans]
    names = list(dict.fromkeys(name for column in columns for name in column))
    if arguments.json:
        from planner.plan.document import limits_values, margin_value
        from planner.plan.stamp import limits_words, notice

        print_json(
            [
                {
                    "plan": str(file),
                    "case": plan.case.source,
                    "devices": [device.name for device in plan.devices],
                    "constraints": limits_values(plan.limits),
                    "limits": limits_words(plan),
                    "checked_differently": unlike(plan, plans[0]),
                    "method": plan.method,
                    "avoid_vessels": plan.avoid_vessels,
                    "feasible": column["violations"] == 0,
                    **{name: margin_value(column.get(name, math.inf)) for name in names},
                    "notice": notice(plan),
                    "difference": {
                        name: None
                        if name in others
                        else _difference(column.get(name, math.nan), columns[0].get(name, math.nan))
                        for name in names
                    },
                }
                for file, plan, column, others in zip(files, plans, columns, apart, strict=True)
            ]
        )
    else:
        _print(files, plans, columns, apart, names)
    return DONE


def _examined(files: list[Path], case: str) -> list[Plan]:
    from planner.cli.case import open_measured_plan, site_of
    from planner.cli.output import warn
    from planner.errors import InputError
    from planner.plan.claims import false_claims
    from planner.plan.make import examine

    plans = [open_measured_plan(file, case) for file in files]
    for file, plan in zip(files, plans, strict=True):
        if plan.task != plans[0].task:
            raise InputError(
                f"is measured by another task than {files[0]}",
                source=file,
                remedy="compare plans of one task and field",
            )
        if (plan.seeing.model, plan.seeing.stimulus) != (plans[0].seeing.model, plans[0].seeing.stimulus):
            raise InputError(
                f"is seen by another model or stimulus than {files[0]}",
                source=file,
                remedy="compare plans that are seen alike",
            )
    sites: dict[CaseRequest, Any] = {}
    found = []
    for file, plan in zip(files, plans, strict=True):
        request = plan.case.request
        if request not in sites:
            sites[request] = site_of(plan)
        site = sites[request]
        found.append(examine(plan, site).plan)
        for sentence in false_claims(plan, found[-1], site.anatomy):
            warn(f"{file}: {sentence}")
    return found


def _incomparable(plan: Plan, first: Plan) -> frozenset[str]:
    """The worst margins that are measured from other limits than the first plan's: subtracted they mean nothing."""
    from planner.design.limits import CONSTRAINTS, with_unit
    from planner.plan.compare import unlike_limits

    return frozenset(f"worst_{with_unit(name)}" for name in CONSTRAINTS if unlike_limits(name, plan, first))


def _difference(value: float, first: float) -> float | None:
    return value - first if math.isfinite(value) and math.isfinite(first) else None


def _print(
    files: list[Path],
    plans: list[Plan],
    columns: list[dict[str, float]],
    apart: list[frozenset[str]],
    names: list[str],
) -> None:
    from planner.cli.output import print_table
    from planner.design.limits import with_unit
    from planner.plan.compare import unlike
    from planner.plan.stamp import limits_words, notice, verdict_words

    rows = [
        ["", *(str(file) for file in files)],
        ["case", *(plan.case.source for plan in plans)],
        ["device", *(" + ".join(device.name for device in plan.devices) for plan in plans)],
        *([words, *(_limit(plan, name) for plan in plans)] for name, words in LIMITS.items()),
        ["approach", *(plan.limits.access.name for plan in plans)],
        ["forbidden", *(", ".join(region.name for region in plan.limits.regions) or "nothing" for plan in plans)],
        ["method", *(plan.method + ("" if plan.avoid_vessels else ", no vessels") for plan in plans)],
        ["verdict", *(verdict_words(plan) for plan in plans)],
    ]
    force = {f"worst_{with_unit(name)}" for plan in plans for name in plan.limits.in_force}
    for name in (name for name in names if name in force or not name.startswith("worst_")):
        first = columns[0].get(name, math.nan)
        cells = [
            _cell(name, column.get(name, math.nan), first, index > 0 and name not in apart[index])
            for index, column in enumerate(columns)
        ]
        rows.append([_words(name), *cells])
    print_table(rows)
    for file, plan in zip(files[1:], plans[1:], strict=True):
        if differing := unlike(plan, plans[0]):
            print(f"{file} is checked under different {', '.join(differing)} than {files[0]}: do not compare verdicts.")
    for line in dict.fromkeys(words(plan) for words in (limits_words, notice) for plan in plans):
        print(line)


def _limit(plan: Plan, name: str) -> str:
    value = getattr(plan.limits, name)
    return "as others" if value is None else f"{value:g}"


def _words(name: str) -> str:
    """A number's name as the table has it, its unit as people write it."""
    stem, _, last = name.rpartition("_")
    units = {"deg": "°", "ua": "µA"} if name.startswith("worst_") else {}
    return f"{stem}_{units.get(last, last)}".strip("_").replace("_", " ")


def _cell(name: str, value: float, first: float, compared: bool) -> str:
    whole = name in ("threads", "violations")
    text = _number(name, value, 0 if whole else 4)
    difference = _difference(value, first)
    if not compared or difference is None:
        return text
    if name in ("mse", "ssim", "gain") and first:
        return f"{text} ({_signed(100 * difference / first, 1)} %)"
    return f"{text} ({_signed(difference, 0 if whole else 4)})"


def _number(name: str, value: float, digits: int) -> str:
    if math.isnan(value) or value == math.inf:
        return "unknown" if value == math.inf and name == "worst_vessel_mm" else "none"
    if value == -math.inf:
        return "no window" if name == "worst_access_mm" else "impossible"
    return f"{value:.{digits}f}"


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"  # + 0.0: no minus before a zero
