"""Contacts whose phosphenes coincide: which of them to use."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from planner.percept.phosphenes import Phosphenes


@torch.no_grad()
def chosen(phosphenes: Phosphenes, diameter_deg: Tensor, apart: float) -> Tensor:
    """Of phosphenes that lie on one another only the most usable: a mask ``(N,)``.

    The choice is greedy by usable share, then by order: a phosphene is used unless one that goes before it is used and
    lies nearer than `apart` of their mean diameter. It is found for all at once (Luby 1986): in each round those that
    go before all their open neighbours are used and close these.

    Parameters
    ----------
    phosphenes : Phosphenes
    diameter_deg : (N,)
    apart : float
        A share of the mean diameter of two phosphenes.
    """
    count = len(diameter_deg)
    place = phosphenes.field_deg.cpu().double().numpy()
    size = diameter_deg.cpu().double().numpy()
    if count < 2:
        return torch.ones(count, dtype=torch.bool, device=diameter_deg.device)
    first, second = cKDTree(place).query_pairs(apart * float(size.max()), output_type="ndarray").T
    near = np.linalg.norm(place[first] - place[second], axis=1) < apart * (size[first] + size[second]) / 2
    first, second = first[near], second[near]
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort((np.arange(count), -phosphenes.weight.cpu().double().numpy()))] = np.arange(count)
    before, after = (np.where(rank[first] < rank[second], a, b) for a, b in ((first, second), (second, first)))
    used, open_ = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    while open_.any():
        blocked = np.zeros(count, dtype=bool)
        blocked[after[open_[before]]] = True
        free = open_ & ~blocked
        used |= free
        open_ &= ~free
        open_[after[free[before]]] = False
    return torch.from_numpy(used).to(diameter_deg.device)
