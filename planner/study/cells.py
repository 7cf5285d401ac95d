"""The cells of a study: what is planned and measured, one plan each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args

from planner.errors import InputError

if TYPE_CHECKING:
    from planner.implant.device import Device

Value = TypeVar("Value")

StudyTask = Literal["reading", "images"]
StudyMethod = Literal["random", "coverage", "field", "grid", "percept", "unsafe", "coverage_unsafe"]

TASKS: Final[tuple[StudyTask, ...]] = get_args(StudyTask)
METHODS: Final[tuple[StudyMethod, ...]] = get_args(StudyMethod)
BASELINES: Final[tuple[StudyMethod, ...]] = ("random", "coverage", "field", "grid")
CONSTRAINED: Final[tuple[StudyMethod, ...]] = (*BASELINES, "percept")
IGNORING: Final[tuple[StudyMethod, ...]] = ("unsafe", "coverage_unsafe")
"""Methods that do not look at vessels; the exact check of their plans does."""
OPTIMISED: Final[tuple[StudyMethod, ...]] = ("percept", "unsafe")
"""Methods that look at the percept, and whose search so ends in one way or another."""
METHOD_WORDS: Final[Mapping[StudyMethod, str]] = {
    "random": "random",
    "coverage": "coverage of cortex",
    "field": "coverage of field",
    "grid": "grid",
    "percept": "percept-aware",
    "unsafe": "percept-aware without vessels",
    "coverage_unsafe": "coverage of cortex without vessels",
}
SHIFTED: Final = ("touching", "too_near")
"""What a shift of the vessels makes of threads: they touch one, or are nearer than the clearance."""
ACTUAL_MM: Final = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Ours: the errors that plans of `robust_cells` are put to."""


@cache
def usual_device() -> Device:
    """The device of a study that names none."""
    from planner.implant.catalogue import load_device  # here, so that the program's help does not wait for it

    return load_device("long-thread")


@dataclass(frozen=True)
class StudyCase:
    """A case of a study.

    Attributes
    ----------
    name : str
        As it was asked for: ``demo``, another name of a case, or a folder.
    content : str
        Hash of all that was loaded of it, so that a case whose files have changed is another one.
    source : str
        Absolute path of what was given as a folder, so that workers find it from elsewhere; empty: by its name.
    vessels : str
        In words; see `planner.study.vessels.vessel_words`.
    """

    name: str
    content: str
    source: str = ""
    vessels: str = ""

    @property
    def found_by(self) -> str:
        """What it is loaded by."""
        return self.source or self.name


@dataclass(frozen=True)
class Cell:
    """One plan of a study.

    Attributes
    ----------
    case : StudyCase
    task : "reading" or "images"
    threads : int
        Budget of insertions.
    method : str
        ``random``, ``coverage`` (of the cortex), ``field`` (coverage of the visual field), ``grid``, ``percept``;
        ``unsafe`` and ``coverage_unsafe``: as ``percept`` and ``coverage``, but vessels are ignored while planning.
    seed : int
    localisation_mm : float
        Localisation error that is added to the clearance from vessels.
    device : Device
        Itself and not its name, so that a file that has changed is another device, and workers need not have it.
    steps : int, optional
        Gradient steps at most; None for the optimiser's own number.
    actual_mm : tuple of float
        Lengths of the shifts of the vessels that the finished plan is put to; see `planner.study.shifts`.
    """

    case: StudyCase
    task: StudyTask
    threads: int
    method: StudyMethod
    seed: int
    localisation_mm: float = 0.0
    device: Device = field(default_factory=usual_device)
    steps: int | None = None
    actual_mm: tuple[float, ...] = ()

    def key(self, program: str) -> str:
        """What its result is kept under: 32 hexadecimal digits of everything that the result depends on.

        Parameters
        ----------
        program : str
            What computes it; see `planner.study.program`.
        """
        settings = self.settings
        settings["case"] = {"content": self.case.content}  # the same case in another place is the same
        text = json.dumps([program, settings], sort_keys=True, allow_nan=False)
        return sha256(text.encode()).hexdigest()[:32]

    @property
    def settings(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    @property
    def words(self) -> str:
        """E.g. ``demo, reading, 32 threads, percept-aware, seed 0``."""
        error = f", {self.localisation_mm:g} mm localisation error" if self.localisation_mm else ""
        what = f"{self.case.name}, {self.task}, {self.threads} threads"
        return f"{what}, {METHOD_WORDS[self.method]}{error}, seed {self.seed}"


@dataclass(frozen=True)
class Asked:
    """What a study runs over. What is None is the study's own choice.

    Attributes
    ----------
    cases : tuple of StudyCase
    tasks, threads, methods, localisation_mm : tuple, optional
    seeds : int
        Seeds 0, 1, …: so many plans of each kind.
    device : Device
    steps : int, optional
    """

    cases: tuple[StudyCase, ...]
    tasks: tuple[StudyTask, ...] | None = None
    threads: tuple[int, ...] | None = None
    methods: tuple[StudyMethod, ...] | None = None
    localisation_mm: tuple[float, ...] | None = None
    seeds: int = 5
    device: Device = field(default_factory=usual_device)
    steps: int | None = None


def paper_cells(asked: Asked) -> tuple[Cell, ...]:
    """Every method at a few budgets, for both tasks."""
    return _all(asked, TASKS, (8, 16, 32, 64), METHODS, (0.0,))


def budget_cells(asked: Asked) -> tuple[Cell, ...]:
    """Quality against the number of insertions, closely spaced (ours)."""
    return _all(asked, ("reading",), (2, 4, 8, 12, 16, 24, 32, 48, 64), ("random", "coverage", "percept"), (0.0,))


def robust_cells(asked: Asked) -> tuple[Cell, ...]:
    """What it costs to plan for localisation errors up to 1 mm, and what that saves (the sizes are ours)."""
    planned_mm = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
    cells = _all(asked, ("reading",), (32,), ("coverage", "percept"), planned_mm)
    return tuple(replace(cell, actual_mm=ACTUAL_MM) for cell in cells)


def shift_columns(actual_mm: Sequence[float], outcomes: Sequence[str] = SHIFTED) -> tuple[str, ...]:
    """What a row's and a table's columns are called that say how a plan stood shifts of these lengths."""
    return tuple(f"{what}_at_{length_mm:g}_mm" for what in outcomes for length_mm in actual_mm)


STUDIES: Final[Mapping[str, Callable[[Asked], tuple[Cell, ...]]]] = {
    "paper": paper_cells,
    "budget": budget_cells,
    "robust": robust_cells,
}


def _all(
    asked: Asked,
    tasks: Sequence[StudyTask],
    threads: Sequence[int],
    methods: Sequence[StudyMethod],
    localisation_mm: Sequence[float],
) -> tuple[Cell, ...]:
    """The product of all settings; an `asked` one goes before the study's own. Seed by seed, so that all grow alike."""
    chosen = (
        _once("case", asked.cases),
        _once("task", asked.tasks or tasks),
        _once("number of threads", asked.threads or threads),
        _once("localisation error", asked.localisation_mm or localisation_mm),
        _once("method", asked.methods or methods),
    )
    return tuple(
        Cell(case, task, count, method, seed, error_mm, asked.device, asked.steps)
        for seed in range(asked.seeds)
        for case, task, count, error_mm, method in product(*chosen)
    )


def _once(what: str, values: Sequence[Value]) -> Sequence[Value]:
    if len(set(values)) != len(values):
        raise InputError(f"a {what} is given twice", remedy="give each one once")
    return values
