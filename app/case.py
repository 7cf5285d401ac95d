"""A case as the window needs it: the anatomy, ready for planning and for drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.cortex import Cortex, prepare_cortex
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.frames import HemisphereName

if TYPE_CHECKING:  # torch comes with it: the worker imports it once the window is on screen
    from planner.design.site import Site


@dataclass(frozen=True, eq=False)
class Case:
    """Loaded once, never changed, outside undo."""

    site: Site
    cortices: Mapping[HemisphereName, Cortex]

    @property
    def anatomy(self) -> Anatomy:
        """The anatomy that everything was made from."""
        return self.site.anatomy


def load_case(request: CaseRequest, progress: Callable[[str], None]) -> Case:
    """Load a case and make it ready; takes seconds, so it belongs in the worker.

    Raises
    ------
    InputError
        Where a file cannot be used.
    """
    from planner.anatomy.subject import load_anatomy
    from planner.design.site import prepare_site

    anatomy = load_anatomy(request, progress)
    progress("Preparing the ribbon and distances")
    site = prepare_site(anatomy)
    progress("Preparing the drawing")
    cortices = {name: prepare_cortex(hemisphere) for name, hemisphere in anatomy.hemispheres.items()}
    return Case(site, cortices)
