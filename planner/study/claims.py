"""What a table shows of the method's claims, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from planner.study.cells import Cell
from planner.study.ledger import Row
from planner.study.safety import mean_words, safety_costs
from planner.study.shortfalls import shortfalls
from planner.study.table import Table
from planner.study.tallies import tallies


def claims_words(table: Table, rows: Sequence[tuple[Cell, Row]]) -> tuple[str, ...]:
    """Sentences for a person: each claim over all places, what safety costs, every shortfall, and what all comes to."""
    if not any(line["n"] for line in table.lines):
        return ("Nothing was measured, so that nothing can be claimed.",)
    costs = safety_costs(table)
    judged = " that can be judged" if any(cost.share is None for cost in costs) else ""
    told = [f"{found.place}: {found.words}." for found in shortfalls(table)]
    return (
        *(f"{tally}." for tally in tallies(table, rows)),
        *map(str, costs),
        *mean_words(costs),
        *(told or [f"Every claim{judged} holds at every place of the table."]),
    )
