"""What came of an optimisation: before and after, baselines and chance, and what became of each thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import dist, inf
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app import theme
from app.session import Run
from app.views.status import begun, percent, unchecked_line, verdict_words
from planner.plan.plan import Plan
from planner.plan.rivals import VIOLATIONS

MOVED_MM: Final = 0.05  # ours: less is no move that anyone would see


class OutcomeCard(QFrame):
    """Before and after, to accept or discard."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.accept = QPushButton("Accept")
        self.accept.setProperty("primary", True)
        self.accept.setToolTip(
            "Make this the plan, as one step that can be undone; its threads are locked until you unlock them"
        )
        self.discard = QPushButton("Discard")
        self.discard.setToolTip("Go back to the plan as it was")
        self.compare = QPushButton("Baselines")
        self.compare.setToolTip(
            "Measure baselines of as many threads under the same limits beside the result: random, grid, an even cover "
            "of V1 and of the visual field; some seconds"
        )
        self.notes = QLabel(wordWrap=True)
        self.notes.setStyleSheet("font-size: 8.5pt;")
        self.notes.setToolTip(
            "The relative error is what the run lowered: a black percept's is 1. Random plans are as many as the run "
            "tried, under the same limits"
        )
        self.verdict = QLabel(wordWrap=True)  # no verdict makes the dock wider
        self.change = QLabel()
        self.change.setProperty("role", "muted")
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(8)  # or the longest title would make the dock wider
        self._form.setVerticalSpacing(2)
        self.cells: dict[tuple[int, int], QLabel] = {}
        row = QHBoxLayout()
        row.addWidget(self.accept, 1)
        row.addWidget(self.discard)
        row.addWidget(self.compare)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 7)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.addWidget(self.verdict, 1)
        head.addWidget(self.change)
        column.addLayout(head)
        self.unknown = QLabel(wordWrap=True)
        self.unknown.setStyleSheet(f"font-size: 8.5pt; color: {theme.WARNING};")
        column.addWidget(self.unknown)
        column.addLayout(self._form)
        column.addWidget(self.notes)
        column.addLayout(row)

    def show_run(self, run: Run, changed: bool = False) -> None:
        """The verdict, what changed, and the table of measures; `changed` says whether the anatomy has since."""
        after = run.candidate
        words, colour = verdict_words(after, changed=changed)
        broken = len(after.verdict.violations) if after.verdict is not None else 0
        self.verdict.setText(f"{'■' if broken else '●'} {begun(words)}")
        self.verdict.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self.unknown.setText(unchecked_line(after))
        fates = fates_of(run.before, after)
        self.change.setText(change_words(run.before, after))
        self.change.setToolTip("\n".join(f"{name} {fate}" for name, fate in fates.items()))
        self.accept.setText(f"Accept with {verdict_words(after)[0]}" if broken else "Accept")
        self.accept.setStyleSheet(f"background: {theme.BASE}; border: 2px solid {theme.UNSAFE};" if broken else "")
        self.compare.setVisible(bool(after.threads) and after.baselines is None)
        self.compare.setEnabled(not run.comparing)
        self.compare.setText("Measuring…" if run.comparing else "Baselines")
        self._fill((("", *_TITLES), *comparison(run)))
        notes = [f"▲ {warning}" for warning in run.warnings]
        if chance := chance_words(run):
            notes.append(chance)
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _fill(self, lines: Sequence[Sequence[str]]) -> None:
        for cell in self.cells.values():
            cell.clear()
        for number, line in enumerate(lines):
            for place, text in enumerate(line):
                label = self.cells.get((number, place))
                if label is None:
                    label = self.cells[number, place] = QLabel()
                    self._form.addWidget(label, number, place)
                    label.setProperty("role", "muted" if number == 0 or place == 0 else "")
                    if place:
                        label.setAlignment(Qt.AlignmentFlag.AlignRight)
                label.setText(text)


def fates_of(before: Plan, after: Plan) -> dict[str, str]:
    """What became of each thread of a plan: a name stays with its thread, so one that is gone was given up."""
    now = {thread.name: thread for thread in after.threads}
    fates = {}
    for old in before.threads:
        new = now.get(old.name)
        if new is None:
            fates[old.name] = "was given up"
            continue
        away = max(dist(old.entry_mm, new.entry_mm), dist(old.tip_mm, new.tip_mm))
        fates[old.name] = f"moved by {away:.1f} mm" if away >= MOVED_MM else "stayed"
    return fates


def change_words(before: Plan, after: Plan) -> str:
    """How many threads of the plan stayed, moved or were given up, and how many are new; empty where it had none."""
    fates = list(fates_of(before, after).values())
    if not fates:
        return ""
    new = len({t.name for t in after.threads} - {t.name for t in before.threads})
    counts = {"stayed": 0, "moved": 0, "given up": 0, "new": new}
    for fate in fates:
        counts[next(word for word in counts if word in fate)] += 1
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def comparison(run: Run) -> tuple[tuple[str, ...], ...]:
    """What plans are worth, a line a plan: before, the start, the result, and baselines where they were measured."""
    plans = {"Before": run.before, "Coverage start": run.covered, "Result": run.candidate}
    lines = [(title, *_of(plan)) for title, plan in plans.items() if plan is not None]
    rivals = run.candidate.baselines or {}
    lines += [
        (_BASELINES.get(method, method), str(len(run.candidate.threads)), *_shown(found), _broken(found))
        for method, found in sorted(rivals.items(), key=lambda rival: rival[1].get("mse", inf))
    ]
    return tuple(lines)


def chance_words(run: Run) -> str:
    """What a random search of the same length came to; empty where there was none."""
    if run.control is None or not run.losses:
        return ""
    found = run.control
    return f"Relative error {run.losses[-1]:.3f}; the best of {found.evaluations} random plans: {found.error:.3f}."


def _of(plan: Plan) -> tuple[str, ...]:
    if not plan.threads:
        return ("0", "–", "–", "–", "–")
    broken = "–" if plan.verdict is None else str(len(plan.verdict.violations))
    return (str(len(plan.threads)), *_shown(plan.measures or {}), broken)


def _broken(found: Mapping[str, float]) -> str:
    return f"{found[VIOLATIONS]:.0f}" if VIOLATIONS in found else "–"


def _shown(found: Mapping[str, float]) -> tuple[str, ...]:
    return (
        format(found["mse"], ".4f") if "mse" in found else "–",
        format(found["ssim"], ".3f") if "ssim" in found else "–",
        percent(found["coverage"]) if "coverage" in found else "–",
    )


_TITLES = ("Threads", "MSE", "SSIM", "Covered", "Broken")
_BASELINES = {"random": "Random, one draw", "grid": "Grid", "coverage": "Even over V1", "field": "Even over field"}
