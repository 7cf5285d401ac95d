"""Whether what is to be seen fits into the field, and how small and how large it may be."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal

from planner.errors import InputError
from planner.percept.field import VisualField

_THREE_DIGITS = Context(prec=3, rounding=ROUND_FLOOR)


def check_fits(height_deg: float, reach: float, visual_field: VisualField, what: str) -> None:
    """Refuse what is lower than a pixel, or comes closer than a pixel to the edge of the field.

    Parameters
    ----------
    height_deg : float
    reach : float
        From fixation to the farthest point on any side, in heights.
    visual_field : VisualField
    what : str
        It in words, e.g. ``letters``.

    Raises
    ------
    InputError
        With the least or the largest height that fits.
    """
    if not height_deg > 0:
        raise InputError(f"{what} cannot be {height_deg:g}° high", remedy="give a height above zero")
    if height_deg < visual_field.pixel_deg:
        raise InputError(
            f"{what} {height_deg:g}° high would be lower than a pixel of {visual_field.pixel_deg:.3g}°",
            remedy="give a greater height, or more pixels",
        )
    largest_deg = (visual_field.extent_deg / 2 - visual_field.pixel_deg) / reach
    if height_deg > largest_deg:
        raise InputError(
            f"{what} {height_deg:g}° high would not fit a field of {visual_field.extent_deg:g}°",
            remedy=f"give a height of at most {rounded_down(largest_deg):g}°, or a wider field",
        )


def rounded_down(value: float) -> float:
    """The largest number of three digits that is no greater."""
    return float(_THREE_DIGITS.create_decimal(Decimal(value)))
