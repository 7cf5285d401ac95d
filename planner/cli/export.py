"""``calcarine export``: a plan for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from planner.cli.request import add_moved_case_argument

FORMATS: Final = ("csv", "mrk.json", "vtp", "stl", "ply", "bids", "freeview", "nii.gz", "dicom", "pulse2percept", "pdf")
"""As `planner.plan.export.FORMATS`, said without NumPy, so that help comes at once."""
HELP: Final = "write a plan for other programs"
DETAILS: Final = (
    "csv: one row a contact; mrk.json: 3D Slicer markups; vtp, stl and ply: meshes of threads, contacts and surfaces, "
    "vtp with vessels; bids: electrodes of iEEG, under derivatives; freeview: a point set; nii.gz: a label map on the "
    "case's volume; dicom: the same as a segmentation, with the volume as a series (needs calcarine[dicom]); "
    "pulse2percept: a Python file of the implant; pdf: a report, its numbers as JSON too. The plan is "
    "verified anew; every file says whether it is feasible and bears the plan's fingerprint, which tells it from other "
    "plans' files in the same folder."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a plan.json")
    add_moved_case_argument(parser)
    parser.add_argument("--format", required=True, metavar="FORMAT", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    parser.add_argument(
        "--out", type=Path, default=Path("."), metavar="DIR", help="folder for the files (default: here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Examine, write, name the files."""
    from planner.cli import DONE
    from planner.cli.case import open_measured_plan, site_of
    from planner.cli.output import print_json, print_lines, print_verdict, warn
    from planner.plan.claims import false_claims
    from planner.plan.document import verdict_values
    from planner.plan.export import check_export, write_export
    from planner.plan.make import examine
    from planner.plan.stamp import fingerprint, limits_words, notice

    plan = open_measured_plan(arguments.plan, arguments.case)
    check_export(plan, arguments.format)
    examined = examine(plan, site_of(plan))
    for sentence in false_claims(plan, examined.plan, examined.anatomy):
        warn(sentence)
    files = write_export(examined, arguments.format, arguments.out)
    if arguments.json:
        verdict = examined.plan.verdict
        print_json(
            {
                "format": arguments.format,
                "plan": fingerprint(examined.plan),
                "files": [str(file) for file in files],
                "verdict": verdict_values(verdict) if verdict else None,
                "limits": limits_words(examined.plan),
                "notice": notice(examined.plan),
            }
        )
    else:
        print_verdict(examined.plan)
        print(f"The plan's fingerprint in these files: {fingerprint(examined.plan)}.")
        print_lines(str(file) for file in files)
    return DONE
