"""vimplant's own objective put to its kind of search, to chance and to ours: what is searched, and one search.

Each hemisphere is placed by itself, as in van Hoof et al. 2025 (see `planner.study.vimplant_objective`). Every search
is a task of its own, so that `planner.study.run` can keep its result as soon as it is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import torch

from planner.anatomy.request import CaseRequest
from planner.anatomy.subject import load_anatomy
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName
from planner.study.cells import StudyCase
from planner.study.ledger import Row
from planner.study.measure import case_content
from planner.study.vimplant_objective import REGIONS, Objective, field_target
from planner.study.vimplant_searches import (
    BUDGET,
    Search,
    descend,
    gaussian_process,
    gaussian_process_within,
    random_search,
    random_within,
)

METHODS: Final[Mapping[str, tuple[Search, int]]] = {
    "Gaussian process": (gaussian_process, BUDGET),
    "Gaussian process within the hull": (gaussian_process_within, BUDGET),
    "random": (random_search, BUDGET),
    "random within the hull": (random_within, BUDGET),
    "random, 600": (random_search, 600),
    "ours": (descend, BUDGET),
    "ours, 1500": (descend, 10 * BUDGET),
}
"""Searches by their names in the table, with their evaluations."""


@dataclass(frozen=True)
class SearchCell:
    """One search: where, by which method, from which seed.

    Attributes
    ----------
    case : StudyCase
    hemisphere : "lh" or "rh"
    region : str
        What should be filled: one of `planner.study.vimplant_objective.REGIONS`.
    method : str
        Of `METHODS`.
    seed : int
    sources : str
        Which program searches; see `sources`.
    """

    case: StudyCase
    hemisphere: HemisphereName
    region: str
    method: str
    seed: int
    sources: str

    def key(self, program: str) -> str:
        """What its result is kept under: 32 hexadecimal digits of everything that the result depends on."""
        settings = asdict(self)
        settings["case"] = self.case.content  # the same case in another place is the same
        text = json.dumps(["vimplant", program, settings], sort_keys=True, allow_nan=False)
        return sha256(text.encode()).hexdigest()[:32]

    @property
    def settings(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    @property
    def words(self) -> str:
        """E.g. ``demo, lh, random, seed 0``."""
        return f"{self.case.name}, {self.hemisphere}, {self.method}, seed {self.seed}"


def search_cells(
    case: StudyCase, seeds: int, region: str = "full", methods: Iterable[str] = tuple(METHODS)
) -> tuple[SearchCell, ...]:
    """Every method in each hemisphere from seeds 0, 1, …; seed by seed, so that all grow alike.

    Raises
    ------
    InputError
        For a region or method that there is not, or where scikit-optimize is wanted and not installed.
    """
    chosen = tuple(methods)
    for wanted, known in (((region,), tuple(REGIONS)), (chosen, tuple(METHODS))):
        for unknown in set(wanted).difference(known):
            raise InputError(f"{unknown!r} is not known", remedy=f"give one of {', '.join(known)}")
    return tuple(
        SearchCell(case, hemisphere, region, method, seed, sources(method))
        for seed in range(seeds)
        for hemisphere in HEMISPHERES
        for method in chosen
    )


def search(cell: SearchCell) -> Row:
    """Search one hemisphere for the best pose, on one of torch's threads.

    Returns
    -------
    mapping
        What `planner.study.vimplant_searches.Found` holds, and ``synthetic``, whether the case's vessels are.

    Raises
    ------
    InputError
        Where the case or the program is not the one that the study began with.
    """
    torch.set_num_threads(1)
    if sources(cell.method) != cell.sources:
        raise InputError("this worker has another program or scikit-optimize", remedy=f"give it {cell.sources}")
    objective, synthetic = _objective(cell.case, cell.hemisphere, cell.region)
    method, budget = METHODS[cell.method]
    return {**asdict(method(objective, cell.seed, budget)), "synthetic": synthetic}


@cache
def sources(method: str) -> str:
    """A hash of the files that only this study depends on, and scikit-optimize's release where a method uses it.

    Raises
    ------
    InputError
        Where it is not installed.
    """
    files = sorted(Path(__file__).with_name(f"{name}.py") for name in ("vimplant_objective", "vimplant_searches"))
    digest = sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]
    if METHODS[method][0] not in (gaussian_process, gaussian_process_within):
        return digest
    try:
        return f"{digest}, scikit-optimize {metadata.version('scikit-optimize')}"
    except metadata.PackageNotFoundError as error:
        raise InputError(
            "scikit-optimize is not installed", remedy="install calcarine with the extra named study"
        ) from error


@lru_cache(maxsize=4)
def _objective(case: StudyCase, hemisphere: HemisphereName, region: str) -> tuple[Objective, bool]:
    """A hemisphere's objective, and whether the case's vessels are synthetic; made once in each process."""
    if case_content(case) != case.content:
        raise InputError(
            "is not the case that the study began with", source=case.name, remedy="give every worker the same files"
        )
    anatomy = load_anatomy(CaseRequest(case.found_by))
    # The left hemisphere sees the right half of the field.
    target = field_target(1.0 if hemisphere == "lh" else -1.0, region)
    return Objective(anatomy.hemispheres[hemisphere], target), any(vessel.synthetic for vessel in anatomy.vessels)
