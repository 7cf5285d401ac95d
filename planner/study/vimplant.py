"""vimplant's own objective put to its kind of search, to chance and to ours: the table.

Each hemisphere is placed by itself, as in van Hoof et al. 2025 (see `planner.study.vimplant_objective`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Final

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.subject import load_anatomy
from planner.design.rigid_grid import PARAMETERS
from planner.errors import InputError
from planner.frames import HemisphereName
from planner.plan.atomic import write_file
from planner.study.vimplant_objective import REGIONS, Objective, field_target
from planner.study.vimplant_searches import BUDGET, Found, Search, descend, gaussian_process, random_search

METHODS: Final[dict[str, tuple[Search, int]]] = {
    "Gaussian process": (gaussian_process, BUDGET),
    "random": (random_search, BUDGET),
    "random, 600": (random_search, 600),
    "ours": (descend, BUDGET),
    "ours, 1500": (descend, 10 * BUDGET),
}
"""Searches by their names in the table, with their evaluations."""

SEEDS: Final = (0, 1, 2, 3, 4)

COLUMNS: Final = (
    *("hemisphere", "method", "evaluations", "loss", "by seed"),
    *("Dice", "yield", "Hellinger", "seconds", "ended on a bound"),
)


@dataclass(frozen=True)
class Row:
    """One search: where, by which method, from which seed, and what it found."""

    hemisphere: HemisphereName
    region: str
    method: str
    seed: int
    found: Found


def run(
    out: Path | None = None,
    seeds: Sequence[int] = SEEDS,
    anatomy: Anatomy | None = None,
    region: str = "full",
    methods: Iterable[str] = tuple(METHODS),
    progress: Callable[[str], None] = lambda _message: None,
) -> list[Row]:
    """Every method from every seed, in each hemisphere.

    Parameters
    ----------
    out : Path, optional
        Folder for ``vimplant.json`` (all rows) and ``vimplant.md`` (the table); made where it is missing.
    seeds : sequence of int
    anatomy : Anatomy, optional
        The demo case by default.
    region : str
        What should be filled: one of `planner.study.vimplant_objective.REGIONS`.
    methods : iterable of str
        Of `METHODS`.
    progress : callable
        Told, in a few words, what is being done.

    Raises
    ------
    InputError
        For a region or method that there is not, or where scikit-optimize is wanted and not installed.
    """
    chosen = tuple(methods)
    for wanted, known in (((region,), tuple(REGIONS)), (chosen, tuple(METHODS))):
        for unknown in set(wanted).difference(known):
            raise InputError(f"{unknown!r} is not known", remedy=f"give one of {', '.join(known)}")
    rows = []
    for name, hemisphere in (anatomy or load_anatomy()).hemispheres.items():
        # The left hemisphere sees the right half of the field.
        objective = Objective(hemisphere, field_target(1.0 if name == "lh" else -1.0, region))
        for method in chosen:
            search, budget = METHODS[method]
            for seed in seeds:
                progress(f"{name}, {method}, seed {seed}")
                rows.append(Row(name, region, method, seed, search(objective, seed, budget)))
    if out is not None:
        write(rows, out)
    return rows


def write(rows: Sequence[Row], out: Path) -> None:
    """Write ``vimplant.json`` and ``vimplant.md`` into a folder, which is made where it is missing.

    Raises
    ------
    InputError
        Where the folder cannot be made or the disk refuses.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made ({error})", source=out, remedy="choose another folder") from error
    records = [asdict(row) for row in rows]
    flat = [{**record, **record.pop("found")} for record in records]
    for name, text in (("vimplant.json", json.dumps(flat, indent=1) + "\n"), ("vimplant.md", table(rows))):
        write_file(out / name, text.encode(), check=lambda _path: None)


def table(rows: Sequence[Row]) -> str:
    """Means over seeds as a Markdown table, a line for each hemisphere and method; the loss also seed by seed."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for hemisphere, method in dict.fromkeys((row.hemisphere, row.method) for row in rows):
        found = [row.found for row in rows if (row.hemisphere, row.method) == (hemisphere, method)]
        cells = [
            hemisphere,
            method,
            str(max(one.evaluations for one in found)),
            f"{mean(one.loss for one in found):.3f}",
            " ".join(f"{one.loss:.3f}" for one in found),
            *(f"{mean(getattr(one, term) for one in found):.3f}" for term in ("dice", "grid_yield", "hellinger")),
            f"{mean(one.seconds for one in found):.1f}",
            _bounds(found),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _bounds(found: Sequence[Found]) -> str:
    """Which parameters ended on a bound, and how often."""
    counts = {name: sum(name in one.on_bounds for one in found) for name in PARAMETERS}
    return ", ".join(f"{name} {count} of {len(found)}" for name, count in counts.items() if count) or "none"
