"""The options that say how a plan is seen: model, currents, what varies, and what an optimiser lowers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final, TypeVar

from planner.cli.numbers import real, whole
from planner.errors import InputError
from planner.percept.parameters import MODELS, Model
from planner.percept.settings import ENCODERS, Seeing, Stimulus, Variation
from planner.tasks.goal import Goal

Record = TypeVar("Record")

LARGEST_UA: Final = 1e9


def add_seeing_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --model and the options of stimulus, variation and goal."""
    group = parser.add_argument_group("percept", "how contacts become what is seen, and what is lowered")
    add = group.add_argument
    add_model_arguments(group)
    add(
        "--encoder",
        choices=ENCODERS,
        default="sample",
        help="currents by sampling the picture (default), by fit, fixed",
    )
    add(
        "--total-current",
        type=real(0, LARGEST_UA, "µA"),
        metavar="UA",
        help="most of all contacts together, at any time",
    )
    add(
        "--at-once",
        type=whole(1, 10**6),
        metavar="K",
        help="most contacts with current at the same time: they take turns",
    )
    add(
        "--apart",
        type=real(0, 10, "diameters"),
        default=0.0,
        metavar="X",
        help="of phosphenes nearer than this share of their diameter use only one (default 0: all)",
    )
    add(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"optimise over patients drawn; repeatable: {', '.join(_names(Variation))}",
    )
    add("--goal", action="append", default=[], metavar="NAME=WEIGHT", help=f"losses: {', '.join(_names(Goal))} (mse=1)")


def add_model_arguments(group: argparse._ActionsContainer) -> None:
    """Add --model and --parameter."""
    group.add_argument("--model", choices=[*MODELS], help="the forward model (default dynaphos)")
    group.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the model, such as rho_mm=0.3 or moment=steady; repeatable",
    )


def seeing_of(arguments: argparse.Namespace) -> Seeing:
    """Model, stimulus and variation asked for.

    Raises
    ------
    InputError
        Where a name is not known or a value out of its bounds.
    """
    stimulus = Stimulus(arguments.encoder, arguments.total_current, arguments.at_once, arguments.apart)
    return Seeing(model_of(arguments), stimulus, _record(Variation, arguments.vary, "--vary"))


def goal_of(arguments: argparse.Namespace) -> Goal:
    """The goal asked for; where any weight is given, the others are 0."""
    if not arguments.goal:
        return Goal()
    return _record(Goal, [f"{name}=0" for name in _names(Goal)] + arguments.goal, "--goal")


def model_of(arguments: argparse.Namespace) -> Model:
    """The model asked for."""
    return _record(MODELS[arguments.model or "dynaphos"], arguments.parameter, "--parameter")


def _record(kind: type[Record], given: Sequence[str], option: str) -> Record:
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in _names(kind):
            raise InputError(
                f"{option} {text}: no such setting", remedy=f"give NAME=VALUE of {', '.join(_names(kind))}"
            )
        values[name] = _value(value, text, option)
    return kind(**values)


def _value(text: str, whole_text: str, option: str) -> int | float | str:
    if text in ("peak", "steady"):
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{option} {whole_text}: the value is no number", remedy="give a number") from None


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]
