"""The errors a user can act on. Anything else that is raised is a bug and keeps its traceback."""

from __future__ import annotations

from pathlib import Path


class PlannerError(Exception):
    """Base of every error whose message is written for the user: one sentence, with a remedy."""


class InputError(PlannerError):
    """A file or setting that cannot be used.

    Parameters
    ----------
    what : str
        What is wrong, as the start of a sentence without its full stop.
    source : str or Path, optional
        The file or setting at fault; named first in the message.
    remedy : str, optional
        What the user can do about it.
    """

    def __init__(self, what: str, *, source: str | Path | None = None, remedy: str = "") -> None:
        self.what = what
        self.source = source
        self.remedy = remedy
        named = f"{source}: {what}" if source is not None else what
        super().__init__(f"{named}; {remedy}." if remedy else f"{named}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way from one process to another as it is."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[InputError], args: tuple[object, ...], state: dict[str, object]) -> InputError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class InfeasibleError(PlannerError):
    """No arrangement was found that satisfies the constraints; the message names what stands in the way."""
