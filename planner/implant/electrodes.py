"""From a thread's parameters to its contacts."""

from __future__ import annotations

import torch
from torch import Tensor

from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors


def contact_positions(threads: ThreadTensors, device: Device) -> Tensor:
    """Contact centres ``(T, C, 3)`` in mm, differentiable in every parameter; contact 1 (index 0) is the deepest."""
    index = torch.arange(device.contacts, dtype=threads.depth_mm.dtype)
    along = threads.depth_mm[:, None] - device.tip_mm - device.pitch_mm * index
    return threads.entry_mm[:, None] + along[..., None] * threads.unit[:, None]
