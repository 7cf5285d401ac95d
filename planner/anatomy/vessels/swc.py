"""SWC: one node a line, ``id type x y z radius parent``; the text format of traced trees."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from planner.anatomy.bounded import TEXT_BYTES
from planner.anatomy.vessels.centrelines import Centrelines
from planner.anatomy.vessels.placement import tag_in
from planner.anatomy.vessels.reading import read_bytes
from planner.anatomy.vessels.soundness import require_sound
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

ROOT = -1
REMEDY = "each line must hold: id type x y z radius parent"


def read_swc(path: str | Path) -> Centrelines:
    """Read an SWC file (Cannon et al., J. Neurosci. Methods 84, 1998).

    A comment may name the file's space, see `placement.tag_in`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Centrelines
        Nodes in the file's order, whatever their ids; several roots are kept as several trees in one.

    Raises
    ------
    InputError
        The file is missing, empty, binary or truncated, or its tree is broken.
    """
    text = _text(path)
    rows, lines = _rows(text, path)
    points, radius, edges = rows[:, 2:5].copy(), rows[:, 5].copy(), _edges(rows, lines, path)
    require_sound(points, radius, len(edges), path)
    alone = len(rows) - len(np.unique(edges))
    comments = "\n".join(re.findall(r"(?m)#.*$", text))
    note = f"{alone} points without a neighbour left out" if alone else ""
    return Centrelines(points, radius, edges, tag_in(comments.encode()), note=note)


def _text(path: str | Path) -> str:
    try:
        text = read_bytes(path, TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not text, so it cannot be SWC", source=path, remedy=REMEDY) from error
    if "\0" in text:
        raise InputError("is not text, so it cannot be SWC", source=path, remedy=REMEDY)
    return text


def _rows(text: str, path: str | Path) -> tuple[FloatArray, list[int]]:
    """Numbers ``(N, 7)`` of all nodes, and the line in the file that each stands on."""
    rows, lines = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        try:
            values = [float(word) for word in words[:7]]
        except ValueError as error:
            raise InputError(f"line {number} is not numbers", source=path, remedy=REMEDY) from error
        if len(values) < 7:
            raise InputError(f"line {number} has {len(values)} of 7 columns", source=path, remedy=REMEDY)
        rows.append(values)
        lines.append(number)
    if not rows:
        raise InputError("holds no nodes", source=path, remedy=REMEDY)
    return np.array(rows, dtype=np.float64), lines


def _edges(rows: FloatArray, lines: list[int], path: str | Path) -> IntArray:
    """Parent and child of each segment, after checking that the parents make trees."""
    links = rows[:, [0, 6]]
    wrong = np.flatnonzero(~(np.isfinite(links) & (links == np.round(links)) & (np.abs(links) < 2**53)).all(axis=1))
    if len(wrong):
        raise InputError(f"line {lines[wrong[0]]} has an id that is no whole number", source=path, remedy=REMEDY)
    place: dict[int, int] = {}
    for row, name in enumerate(map(int, links[:, 0])):
        if name in place:
            raise InputError(f"line {lines[row]} repeats id {name}", source=path, remedy="give every node its own id")
        place[name] = row
    parent = np.full(len(rows), ROOT, dtype=np.int64)
    for row, name in enumerate(map(int, links[:, 1])):
        if name == ROOT:
            continue
        if name not in place:
            raise InputError(
                f"line {lines[row]} has parent {name}, which is not in the file",
                source=path,
                remedy="the file may be cut off; export it again",
            )
        parent[row] = place[name]
    # Pointer doubling: whoever has not arrived at a root after as many steps as there are nodes goes round in a circle.
    above = parent
    for _ in range(len(rows).bit_length()):
        above = np.where(above == ROOT, ROOT, above[above])
    if (above != ROOT).any():
        row = int(np.flatnonzero(above != ROOT)[0])
        raise InputError(
            f"line {lines[row]} is its own ancestor", source=path, remedy="the parents must lead to a root (-1)"
        )
    child = np.flatnonzero(parent != ROOT)
    return np.stack([parent[child], child], axis=1)
