"""Plan files: versioned JSON, checked against the published schema, written atomically."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema

from planner.assets import ASSETS
from planner.errors import InputError
from planner.plan.atomic import write_file
from planner.plan.document import SCHEMA_VERSION, from_document, to_document
from planner.plan.json_values import Json
from planner.plan.plan import Plan
from planner.plan.upgrade import upgraded

SCHEMA_FILE: Final = ASSETS / "schema" / f"plan-{SCHEMA_VERSION}.json"
MAX_BYTES: Final = 64 * 2**20


class InvalidPlanError(InputError):
    """A file that is no plan, or whose contents contradict themselves or the schema."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(what, source=path, remedy="use a plan as Calcarine saved it, or make the plan again")


class NewerPlanError(InputError):
    """A plan of a later version than this program knows."""

    def __init__(self, version: int, path: Path) -> None:
        super().__init__(
            f"was written by a newer Calcarine (plan version {version}, this program reads {SCHEMA_VERSION})",
            source=path,
            remedy="update Calcarine",
        )


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan; the file is read back and compared before it takes its place.

    Raises
    ------
    InputError
        Where the file cannot be written.
    ValueError
        Where the plan itself cannot be a file (NaN, two threads of one name): a bug of whoever made it.
    """
    document = to_document(plan, datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def check(written: Path) -> None:
        if to_document(load_plan(written), document["created"]) != document:
            raise ValueError(f"{path}: the file read back differs from the plan")

    write_file(path, text.encode("utf-8"), check)


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    InvalidPlanError
        Where the file is not a plan, or its numbers contradict one another.
    NewerPlanError
        Where a later program wrote it.
    InputError
        Where the file cannot be read.
    """
    path = Path(os.path.expanduser(path))
    document = _parse(path)
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidPlanError("is not a Calcarine plan (it names no schema_version)", path)
    if version > SCHEMA_VERSION:
        raise NewerPlanError(version, path)
    document = upgraded(document)
    fault = jsonschema.exceptions.best_match(_validator().iter_errors(document))
    if fault is not None:
        raise InvalidPlanError(f"does not follow the plan schema: {_in_words(fault)}", path)
    try:
        return from_document(document)
    except ValueError as error:
        raise InvalidPlanError(f"contradicts itself: {error}", path) from error


def schema() -> Json:
    """The published JSON Schema of a plan."""
    values: Json = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return values


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(schema())


def _parse(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidPlanError(f"is larger than {MAX_BYTES // 2**20} MiB, too large for a plan", path)
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})",
            source=path,
            remedy="check that the plan file exists and may be read",
        ) from error
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
        )
        json.dumps(document, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        reason = "its values are nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidPlanError(f"is not readable as JSON: {reason}", path) from error
    return document


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} appears twice")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _in_words(fault: jsonschema.ValidationError) -> str:
    message = fault.message if len(fault.message) <= 160 else f"{fault.message[:157]}..."
    where = fault.json_path.removeprefix("$").removeprefix(".")
    return f"{where}: {message}" if where else message
