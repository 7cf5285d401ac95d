"""When a descent ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

Ending = Literal["running", "converged", "diverged"]


@dataclass
class Stopping:
    """Ends a descent where its error has stopped falling: by less than a share of itself over so many steps.

    Errors of single steps go up and down with the penalties; means over a window are compared.

    Attributes
    ----------
    window : int
        Steps that are averaged.
    least_progress : float
        Share of the error that it has to fall from one window to the next.
    """

    window: int = 15
    least_progress: float = 1.5e-3
    _errors: list[float] = field(default_factory=list)

    def after(self, error: float) -> Ending:
        """What the next step's error means."""
        if not isfinite(error):
            return "diverged"
        self._errors.append(error)
        if len(self._errors) < 2 * self.window or len(self._errors) % self.window:
            return "running"
        now, before = (
            sum(self._errors[at : at + self.window]) / self.window
            for at in (len(self._errors) - self.window, len(self._errors) - 2 * self.window)
        )
        return "running" if before - now > self.least_progress * abs(before) else "converged"
