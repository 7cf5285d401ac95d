"""What stands on every export and picture: the exact check's word, and what the plan may be used for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Final

from planner import RESEARCH_NOTICE
from planner.anatomy.vessels.kinds import KINDS, missing_kind, missing_words, unknown_words
from planner.design.limits import WIDEST_DEG, Limits, counted, error_words, exempt
from planner.implant.catalogue import device_names, load_device
from planner.implant.device import Device, DeviceKind
from planner.percept.parameters import model_name
from planner.percept.settings import Encoder
from planner.plan.plan import Plan

SYNTHETIC_NOTICE = "The vessels are synthetic and belong to nobody."
ACCESS_NOTICE = "The way from the skull to an entry is not checked."
VESSELS_NOTICE = "Vessels on the way from the window to the entry are not checked."
LAID_BARE_NOTICE = "The way to an entry is checked only from cortex laid bare, not how that is reached."

INSERTIONS: Final[Mapping[DeviceKind, str]] = {"thread": "thread", "array": "array", "surface": "surface array"}
"""What each kind of device is called where insertions are counted."""

CURRENTS: Final[Mapping[Encoder, str]] = {"sample": "sampled", "fit": "fitted", "fixed": "fixed"}


def verdict_words(plan: Plan) -> str:
    """``feasible``, ``feasible, veins unknown``, ``NOT FEASIBLE (3 violations)`` or ``not verified``."""
    if plan.verdict is None:
        return "not verified"
    if plan.verdict.feasible:
        if plan.verdict.vessels_unknown:
            kinds = {kind for name in plan.verdict.vessels_unknown for kind in plan.verdict.margins[name].unknown_kinds}
            return f"feasible, {unknown_words(kinds or _kinds(plan), _kinds(plan))} unknown"
        missing = missing_words(_kinds(plan)) if plan.threads else ""
        return f"feasible, {missing}" if missing else "feasible"
    return f"NOT FEASIBLE ({counted(len(plan.verdict.violations), 'violation')})"


def seen_words(plan: Plan) -> str:
    """How what is seen was computed: ``Seen by dynaphos, currents sampled.`` or the like."""
    return f"Seen by {model_name(plan.seeing.model)}, currents {CURRENTS[plan.seeing.stimulus.encoder]}."


def notice(plan: Plan) -> str:
    """What the plan may be used for, what was not checked, and what of the vessels is synthetic, unseen or unknown."""
    sentences = [RESEARCH_NOTICE, *way_in_words(plan.limits)]
    if any(vessel.synthetic for vessel in plan.case.vessels):
        sentences.append(SYNTHETIC_NOTICE)
    if plan.case.vessels and (missing := missing_kind(_kinds(plan))):
        sentences.append(missing)
    sentences += [
        f"Vessels thinner than about {2 * vessel.half_voxel_mm:.2g} mm are not in {vessel.name}."
        for vessel in plan.case.vessels
        if vessel.half_voxel_mm > 0
    ]
    sentences += [
        f"The case has no {word} hemisphere: whether that is in the way is not checked."
        for hemisphere, word in (("lh", "left"), ("rh", "right"))
        if not any(file.startswith(f"{hemisphere}.") for file in plan.case.hashes)
    ]
    if unchecked := [vessel.name for vessel in plan.case.vessels if not vessel.sides_checked]:
        sentences.append(f"Left and right of {', '.join(unchecked)} could not be checked.")
    return " ".join(sentences + _unknown(plan) + left_out_words(plan))


def left_out_words(plan: Plan) -> list[str]:
    """A sentence on the threads that are kept in the plan but not used; none where there are none."""
    if not plan.aside:
        return []
    verb = "is" if len(plan.aside) == 1 else "are"
    names = ", ".join(thread.name for thread in plan.aside)
    return [f"{counted(len(plan.aside), 'thread')} of the plan {verb} not used and left out: {names}."]


def insertions_words(plan: Plan) -> str:
    """How many threads and arrays a plan has, e.g. ``1 array and 16 threads``."""
    kinds = Counter(INSERTIONS[plan.implant.device_of(thread).kind] for thread in plan.threads)
    return " and ".join(counted(count, words) for words, count in kinds.items()) or counted(0, "thread")


def limits_words(plan: Plan) -> str:
    """What the plan was checked against: every limit and every vessel's error, and what is laxer than asked."""
    limits = plan.limits
    names = " and ".join(device.name for device in plan.devices)
    mixed = zip(limits.mix, plan.devices, strict=True) if limits.mix else ()
    mix = ", ".join(f"{count} of {device.name}" for count, device in mixed)
    sentences = [
        f"Checked for {names} with at most {counted(limits.threads, 'thread')}{f' ({mix})' if mix else ''}, "
        f"{_clearances(limits)}, contacts {limits.gray_mm:g} mm inside gray matter, "
        f"shafts {limits.spacing_mm:g} mm apart and at most {limits.max_depth_mm:g} mm deep.",
        *(sentence for device in plan.devices for sentence in _exempt(device)),
        *_approach(limits),
    ]
    if errors := [
        f"{words} for {vessel.name}"
        for vessel in plan.case.vessels
        if (words := error_words(vessel.error_mm, vessel.half_voxel_mm))
    ]:
        sentences.append(f"Added to the clearance: {'; '.join(errors)}.")
    elif plan.case.vessels and not limits.localisation_mm:
        sentences.append("No localisation error of vessels was added to the clearance.")
    if limits.localisation_mm:
        what = "every clearance and to forbidden regions" if limits.regions else "every clearance"
        sentences.append(
            f"A localisation error of {limits.localisation_mm:g} mm is added to {what}, and to no other limit."
        )
    if any(device.kind == "array" for device in plan.devices):
        sentences.append("The bases of arrays are checked against the cortex alone, not against shafts or vessels.")
    for device in plan.devices:
        if device.name not in device_names():
            sentences.append(f"{device.name} is no device of the catalogue.")
        elif device != load_device(device.name):
            sentences.append(f"The plan's {device.name} differs from the catalogue's.")
    if laxer := [words for device in plan.devices for words in _laxer(limits, device)]:
        sentences.append(f"Laxer than the device asks: {', '.join(dict.fromkeys(laxer))}.")
    if limits.gray_mm < (usual_mm := Limits.gray_mm):
        sentences.append(
            f"Contacts may lie nearer to pial and white than usual ({limits.gray_mm:g}, not {usual_mm:g} mm)."
        )
    return " ".join(sentences)


def _approach(limits: Limits) -> list[str]:
    """A sentence each for the angle, the windows and the forbidden regions that are set."""
    sentences = []
    if limits.angle_deg < WIDEST_DEG:
        sentences.append(f"Threads go in within {limits.angle_deg:g}° of pial's normal.")
    if limits.access.windows:
        reaches = {window.reach_mm for window in limits.access.windows}
        longest = [f"{reach:g} mm" for reach in sorted(reach for reach in reaches if reach is not None)]
        reach = " or ".join([*longest, *(["any"] if None in reaches else [])])
        count = counted(len(limits.access.windows), "window")
        radii = " or ".join(dict.fromkeys(f"{window.radius_mm:g} mm" for window in limits.access.windows))
        cones = " or ".join(dict.fromkeys(f"{window.cone_deg:g}°" for window in limits.access.windows))
        sentences.append(f"Approach {limits.access.name}: {count} of radius {radii}, cone {cones}, reach {reach}.")
    if limits.regions:
        names = ", ".join(
            f"{region.name} ({region.hemisphere}, {len(region.vertices)} vertices, {region.source})"
            for region in limits.regions
        )
        sentences.append(f"Forbidden to touch: {names}.")
    return sentences


def way_in_words(limits: Limits) -> list[str]:
    """What of the way to an entry is not checked."""
    surfaces = {window.surface for window in limits.access.windows}
    if not surfaces:
        return [ACCESS_NOTICE]
    hull = [VESSELS_NOTICE] if "hull" in surfaces else []
    return [*hull, LAID_BARE_NOTICE] if "pial" in surfaces else hull


def _clearances(limits: Limits) -> str:
    words = f"{limits.clearance_mm:g} mm from vessels"
    others = [(limits.vein_clearance_mm, "from veins"), (limits.array_clearance_mm, "for arrays")]
    if apart := [f"{clearance_mm:g} mm {what}" for clearance_mm, what in others if clearance_mm is not None]:
        words += f" ({', '.join(apart)})"
    return words


def _exempt(device: Device) -> list[str]:
    """A sentence for the limits that stand in the list and do not apply to a device."""
    off = exempt(device)
    return [f"Does not apply to {device.name} and was not checked: {', '.join(off)}."] if off else []


def _laxer(limits: Limits, device: Device) -> list[str]:
    """Each limit that allows more than a device does, by both numbers."""
    clearance_mm = min(limits.clearance_of(device, kind) for kind in KINDS)
    pairs = (
        ("the clearance", clearance_mm, device.clearance_mm, clearance_mm < device.clearance_mm),
        ("the spacing", limits.spacing_mm, device.spacing_mm, limits.spacing_mm < device.spacing_mm),
    )
    return [f"{name} ({got:g} instead of {asked:g} mm)" for name, got, asked, laxer in pairs if laxer]


def fingerprint(plan: Plan) -> str:
    """Eight hexadecimal digits that files of one plan share: of its case, devices, limits and threads."""
    devices = [asdict(device) for device in plan.devices]
    threads = [asdict(thread) for thread in plan.threads]
    for values in threads:
        del values["group"]  # it says nothing of where anything lies
    parts = [dict(plan.case.hashes), devices, asdict(plan.limits), threads]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]


def unsafe_threads(plan: Plan) -> frozenset[str]:
    """Names of the threads that break a limit by the exact check."""
    return frozenset(violation.thread for violation in plan.verdict.violations) if plan.verdict else frozenset()


def unknown_threads(plan: Plan) -> frozenset[str]:
    """Names of the threads that break no limit and around which vessels are unknown: neither safe nor unsafe."""
    return frozenset(plan.verdict.vessels_unknown) - unsafe_threads(plan) if plan.verdict else frozenset()


def _kinds(plan: Plan) -> set[str]:
    return {vessel.kind for vessel in plan.case.vessels}


def _unknown(plan: Plan) -> list[str]:
    """A sentence for each set of kinds that is unknown around some threads, naming these."""
    if plan.verdict is None:
        return []
    threads: dict[str, list[str]] = {}
    for name in plan.verdict.vessels_unknown:
        kinds = plan.verdict.margins[name].unknown_kinds or _kinds(plan)
        threads.setdefault(unknown_words(kinds, _kinds(plan)), []).append(name)
    return [
        f"No {what} are known around {'all threads' if len(names) == len(plan.threads) else ', '.join(names)}: "
        "their clearance is unknown, not safe."
        for what, names in threads.items()
    ]
