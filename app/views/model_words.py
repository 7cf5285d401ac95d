"""What each parameter of the models of what is seen is, for whoever sets it; where they come from stands with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PARAMETER_WORDS: Final[Mapping[str, str]] = {
    # dynaphos
    "current_spread_ua_mm2": "How much current it takes to excite a wider patch: I excites cortex within √(I / K) mm",
    "sigma_per_diameter": "How blurred a phosphene is drawn: the standard deviation as a share of its diameter",
    "k_mm": "k of the map of the field on the cortex, mm: the larger, the more cortex a degree of the field has",
    "a_deg": "a of the map of the field on the cortex, degrees: the smaller, the more cortex the fovea has",
    "b_deg": "b of the map of the field on the cortex, degrees: the smaller, the less cortex the periphery has",
    "rheobase_ua": "The current that leaks away without effect, µA",
    "frequency_hz": "Pulses a second; times the pulse width at most 1",
    "pulse_width_us": "How long a pulse lasts, µs",
    "frames_per_second": "Steps of the simulation a second, at least 20",
    "activation_decay": "Share of the tissue's activation that is left after a second",
    "trace_decay": "Share of the memory trace, by which phosphenes tire, that is left after a second",
    "trace_increase": "How fast the memory trace grows with the effective current",
    "brightness_slope": "How steeply brightness rises with activation, per ampere",
    "activation_half": "The activation at which brightness is half, ampere of charge a second",
    "activation_threshold": "The activation from which on a phosphene is seen, ampere of charge a second",
    "gate_width": "How gradually a phosphene appears about the threshold while optimising, ampere of charge a second",
    "moment": "Which moment of a constant stimulus is seen: peak, steady, or a frame's number from 1",
    "window_frames": "Frames among which the peak is looked for",
    # scoreboard
    "rho_mm": "How far current spreads: the Gaussian's radius, mm",
    # cortical sheet
    "spread_per_mm2": "How fast activation falls off: it is half where this times the squared distance is 1, per mm²",
    "reach_mm": "Beyond this distance from a contact nothing is activated, mm",
    "edge_mm": "A contact's radius, from whose edge distances are counted, mm",
    "field_intercept_deg": "Spread of a patch's receptive field at the fovea: standard deviation, degrees",
    "field_slope": "By how much receptive fields spread more for each degree of eccentricity",
}
