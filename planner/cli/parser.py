"""The verbs and their options; nothing heavy is imported, so that help comes at once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from planner import RESEARCH_NOTICE, __version__
from planner.cli import (
    cache,
    compare,
    devices,
    export,
    import_,
    inspect,
    percept,
    phosphenes,
    plan,
    profiles,
    study,
    verify,
)
from planner.errors import InputError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Parser(argparse.ArgumentParser):
    """Reports a mistake as every other error: one sentence with its remedy."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print together with the usage."""
        raise InputError(message, remedy=f"see {self.prog} --help")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print help; unlike argparse, do not overlook that it could not be written."""
        print(message, end="", file=file)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs; each sets ``run``, which takes the parsed arguments and returns the exit code."""
    parser = Parser(
        prog="calcarine",
        description=f"Plans electrode threads of a visual cortical prosthesis. {RESEARCH_NOTICE}",
        epilog="Exit codes: 0 done or feasible, 1 infeasible, 2 something given is unusable, 3 a bug, 130 interrupted, "
        "141 nobody read the answer.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"calcarine {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, dest="verb")
    every = (inspect, plan, import_, verify, percept, phosphenes, export, compare, study, devices, profiles, cache)
    for module in every:
        verb = verbs.add_parser(
            module.__name__.rpartition(".")[2].rstrip("_"),  # import is Python's own word
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}. {module.DETAILS}".strip(),
            allow_abbrev=False,
        )
        module.add_arguments(verb)
        verb.add_argument(
            "--json", action="store_true", help="write one JSON value to standard output, and nothing else"
        )
        verb.set_defaults(run=module.run)
    return parser
