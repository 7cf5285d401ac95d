"""From the picture a patient should see to the currents of the contacts."""

from __future__ import annotations

from torch import Tensor

from planner.percept.separable import gather


def encode_sample(targets: Tensor, fx: Tensor, fy: Tensor, max_current_ua: float) -> Tensor:
    """Each contact's current follows the target as seen through its own phosphene (encoder *sample*).

    The target is averaged under the phosphene's Gaussian and scaled linearly, so that white drives the maximum (linear
    as dynaphos' own stimulus scale). Beyond the picture the target is black: a phosphene that moves out of it fades
    smoothly.

    Parameters
    ----------
    targets : (B, H, W)
        In 0…1, row 0 the top.
    fx, fy : (N, W), (N, H)
        Shares of each phosphene's light on the columns and on the rows (from the top).
    max_current_ua : float
        The limit of one contact.

    Returns
    -------
    current_ua : (B, N)
        In 0…max_current_ua.
    """
    return max_current_ua * gather(targets, fx, fy)
