"""The anatomy that a plan was made on, found again, also where it lies elsewhere by now."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.anatomy.subject import load_anatomy
from planner.cli.output import say
from planner.errors import InputError
from planner.plan.files import load_plan
from planner.plan.make import check_case, task_of
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.design.site import Site


def open_plan(file: Path, case: str) -> Plan:
    """Read a plan, its case being where `case` says, if anything.

    Raises
    ------
    InputError
        Where the plan cannot be used, or names a folder that is no more.
    """
    plan = load_plan(file)
    request = plan.case.request
    if case:
        return replace(plan, case=replace(plan.case, request=moved(request, _folder(case))))
    if os.path.isabs(request.source) and not os.path.exists(request.source):
        raise InputError(
            f"was made on the case {request.source}, which does not exist",
            source=file,
            remedy="say where the case lies now with --case DIR",
        )
    return plan


def open_measured_plan(file: Path, case: str) -> Plan:
    """The same of a plan that is about to be measured: its task must be one that can be made.

    Raises
    ------
    InputError
        Also where the task cannot be made, naming the plan.
    """
    plan = open_plan(file, case)
    try:
        task_of(plan)
    except InputError as error:
        about = f"{error.source}: {error.what}" if error.source else error.what
        raise InputError(f"its task cannot be made: {about}", source=file, remedy=error.remedy) from error
    return plan


def moved(request: CaseRequest, folder: str) -> CaseRequest:
    """The request with the case in another folder, and with the vessels and maps that lay within the old one."""

    def elsewhere(path: str) -> str:
        within = os.path.isabs(request.source) and Path(path).is_relative_to(request.source)
        return str(Path(folder) / Path(path).relative_to(request.source)) if path and within else path

    vessels = tuple(replace(v, file=elsewhere(v.file), imaged=elsewhere(v.imaged)) for v in request.vessels)
    return replace(request, source=folder, vessels=vessels, retinotopy=elsewhere(request.retinotopy))


def _folder(case: str) -> str:
    """Absolute, unless it is the name of a case and no folder."""
    path = os.path.expanduser(case)
    return os.path.realpath(path) if os.path.isdir(path) else case


def anatomy_of(plan: Plan) -> Anatomy:
    """Load the case named in a plan and make sure that it has not changed.

    Raises
    ------
    InputError
        Where a file is missing, cannot be used, or differs from the one that the plan was made on.
    """
    anatomy = load_anatomy(plan.case.request, progress=say)
    check_case(plan, anatomy)
    return anatomy


def site_of(plan: Plan) -> Site:
    """The same, ready for measuring."""
    from planner.design.site import prepare_site

    anatomy = anatomy_of(plan)
    say("Preparing the site")
    return prepare_site(anatomy)
