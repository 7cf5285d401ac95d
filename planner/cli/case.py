"""The anatomy that a plan was made on, found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.subject import load_anatomy
from planner.cli.output import say
from planner.plan.make import check_case
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.design.site import Site


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
