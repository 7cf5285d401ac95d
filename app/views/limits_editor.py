"""Every limit that a plan has to keep to: its number, whether it is in force, the way in, and forbidden cortex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QWidget,
)

from app import theme
from app.openings import OWN
from app.session import Session
from app.views.access_editor import AccessEditor
from app.views.exact_field import MOST_DECIMALS, ExactField
from app.views.region_editor import RegionEditor
from planner.anatomy.approaches import PRESETS
from planner.design.limits import WIDEST_DEG, Limits, field_words
from planner.design.profiles import NUMBERS, Profile, load_profile, profile_names
from planner.errors import InputError
from planner.plan.plan import Plan


@dataclass(frozen=True)
class _Number:
    """A limit that is a number: a field of `Limits`, what it is called, and what is said where it limits nothing."""

    title: str
    tip: str
    most: float = 10.0
    step: float = 0.05
    follows: str = ""  # what it follows where it has no number of its own


_NUMBERS: Final = {
    "clearance_mm": _Number("Vessel clearance", "Least distance from a shaft's surface to a vessel's wall, mm"),
    "vein_clearance_mm": _Number(
        "Clearance to veins",
        "To veins, where it is another one than to arteries and unnamed vessels, mm",
        follows="as above",
    ),
    "array_clearance_mm": _Number(
        "Clearance of arrays",
        "Of rigid arrays, where they have to keep farther away than threads, mm",
        follows="as above",
    ),
    "localisation_mm": _Number(
        "Localisation error",
        "Your own error of navigation and insertion, mm; added to every clearance and to forbidden regions",
    ),
    "spacing_mm": _Number("Spacing", "Least distance between the surfaces of two shafts, mm"),
    "gray_mm": _Number("Inside gray matter", "Least distance of every contact from pial and from white, mm"),
    "max_depth_mm": _Number("Greatest depth", "Longest insertion, mm; a device's own limit holds besides", 100.0, 0.5),
    "angle_deg": _Number(
        "Insertion angle", "Largest angle between a thread and the surface's normal at its entry, degrees", 90.0, 5.0
    ),
}
_LEAST: Final = {"max_depth_mm": 0.5, "angle_deg": 1.0}
PROFILE_TIP: Final = (
    "A named set of limits: choose one to set all that it names; what it does not name stays. Shown is the one that "
    "the limits below agree with"
)
OWN_LIMITS: Final = "own limits"
ACCESS_TIP: Final = (
    "Through which opening, from where and how far threads may be brought in; unrestricted: the way from the skull to "
    "an entry is not checked"
)


class _Spin(ExactField):
    """Shows no number where the limit has none of its own; one is given by going up from there."""

    def __init__(self, name: str, limit: _Number) -> None:
        least = -limit.step if limit.follows else _LEAST.get(name, 0.0)
        decimals = 2 if limit.step < 0.5 else 1
        super().__init__(least, limit.most, limit.step, decimals, suffix="°" if name.endswith("_deg") else " mm")
        self.name, self._limit, self._none = name, limit, least
        if limit.follows:
            self.setSpecialValueText(limit.follows)
        self.setToolTip(limit.tip)

    @property
    def wanted(self) -> float | None:
        """The number, or None where it follows another one."""
        value = round(self.value(), MOST_DECIMALS)
        return None if self._limit.follows and value < 0 else value

    def show_limit(self, value: float | None) -> None:
        """Show a number, or that there is none."""
        self.show_value(self._none if value is None else value)


class LimitsEditor(QScrollArea):
    """Profile and numbers; windows and forbidden regions in parts of their own.

    Signals
    -------
    limit_requested(name, value)
        A number of `Limits`, or None.
    profile_requested(name), access_requested(preset)
    """

    limit_requested = Signal(str, object)
    profile_requested = Signal(str)
    access_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._session = session
        self.profile = QComboBox()
        self.profile.setToolTip(PROFILE_TIP)
        self._profiles: dict[str, Profile] = {}
        self._asked = ""  # the profile that was asked for last
        for name in profile_names():
            self._offer(name)
        self.access = QComboBox()
        self.access.setToolTip(ACCESS_TIP)
        self.access.addItems([preset.capitalize() for preset in PRESETS])
        self.access.setPlaceholderText(OWN.capitalize())
        for box in (self.profile, self.access):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.spins = {name: _Spin(name, limit) for name, limit in _NUMBERS.items()}
        self.states: dict[str, QLabel] = {}
        self.windows = AccessEditor(session)
        self.forbidden = RegionEditor(session)
        self._lay_out()

        self.profile.activated.connect(self._ask_profile)
        self.access.activated.connect(lambda place: self.access_requested.emit(PRESETS[place]))
        for spin in self.spins.values():
            spin.valueChanged.connect(self._asking(spin))
        session.document_changed.connect(self._read)
        session.opened.connect(self._forget_asked)
        session.run_changed.connect(lambda old, new: self._enable())
        self._read()

    def _lay_out(self) -> None:
        page = self._page = QWidget()
        grid = self._grid = QGridLayout(page)
        grid.setContentsMargins(10, 8, 10, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        rows: list[tuple[str, str, str, QWidget]] = [("profile", "Profile", self.profile.toolTip(), self.profile)]
        rows += [(name, limit.title, limit.tip, self.spins[name]) for name, limit in _NUMBERS.items()]
        rows += [("access", "Approach", ACCESS_TIP, self.access)]
        for number, (name, title, tip, field) in enumerate(rows):
            label, state = QLabel(title), QLabel()
            for words in (label, state):
                words.setProperty("role", "muted")
                words.setToolTip(tip)
            self.states[name] = state
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
            grid.addWidget(state, number, 2)
        parts: tuple[tuple[str, str, QWidget], ...] = (
            ("Approach windows", self.windows.list.toolTip(), self.windows),
            ("Forbidden cortex", self.forbidden.list.toolTip(), self.forbidden),
        )
        below = len(rows)
        for title, tip, part in parts:  # under their titles: beside them there is no room for all their fields
            label = QLabel(title)
            label.setToolTip(tip)
            label.setProperty("role", "muted")
            grid.addWidget(label, below, 0, 1, 3)
            grid.addWidget(part, below + 1, 0, 1, 3)
            below += 2
        grid.setRowStretch(below, 1)
        self.setWidget(page)

    def lay_out_now(self) -> None:
        """Give what has just appeared its place, so that it can be scrolled to."""
        self._grid.activate()
        self._page.resize(self._page.width(), self._page.sizeHint().height())

    def _offer(self, name: str) -> None:
        """A profile of the catalogue; one of the user's own that cannot be read is listed with why."""
        try:
            profile = self._profiles[name] = load_profile(name)
            words = f"{profile.title}: {profile_words(profile)}\n{profile.source}"
        except InputError as error:
            words = str(error)
        self.profile.addItem(name, name)
        self.profile.setItemData(self.profile.count() - 1, words, Qt.ItemDataRole.ToolTipRole)

    def _ask_profile(self, place: int) -> None:
        self._asked = self.profile.itemData(place)
        self._name_profile()  # until its numbers hold
        self.profile_requested.emit(self._asked)

    def _forget_asked(self) -> None:
        """What was asked of another plan says nothing of this one."""
        self._asked = ""
        self._name_profile()

    def _name_profile(self) -> None:
        """Show the profile that the limits agree with, or that there is none.

        Where there are several it is the one asked for; else all of them are named.
        """
        plan = self._session.plan
        fitting = [name for name, its in self._profiles.items() if plan is not None and agrees(its, plan.limits)]
        self.profile.setPlaceholderText(" + ".join(fitting) or OWN_LIMITS)
        one = self._asked if self._asked in fitting else fitting[0] if len(fitting) == 1 else None
        self.profile.setCurrentIndex(-1 if one is None else self.profile.findData(one))

    def _asking(self, spin: _Spin) -> Callable[[float], None]:
        return lambda _: self.limit_requested.emit(spin.name, spin.wanted)

    def _enable(self) -> None:
        editable = self._session.editable
        for field in (self.profile, self.access, *self.spins.values()):
            field.setEnabled(editable)

    def _read(self) -> None:
        plan = self._session.plan
        if plan is not None:
            limits = plan.limits
            self._name_profile()
            for name, spin in self.spins.items():
                spin.show_limit(getattr(limits, name))
            known = limits.access.name in PRESETS
            self.access.setCurrentIndex(PRESETS.index(limits.access.name) if known else -1)
            for name, words in state_words(plan).items():
                off = words.startswith("not ")
                self.states[name].setText(words)
                self.states[name].setStyleSheet(f"color: {theme.MUTED if off else theme.TEXT};")
        self._enable()


def state_words(plan: Plan) -> dict[str, str]:
    """What is to be said beside a limit: that it limits nothing, or where another one holds besides."""
    limits = plan.limits
    kinds = {vessel.kind for vessel in plan.case.vessels}
    words = dict.fromkeys((*_NUMBERS, "access", "profile"), "")
    if limits.angle_deg >= WIDEST_DEG:
        words["angle_deg"] = "not limited"
    if not limits.localisation_mm:
        words["localisation_mm"] = "none added"
    if not limits.access.windows:
        words["access"] = "not limited"
    else:
        words["access"] = f"{len(limits.access.windows)} window{'s' if len(limits.access.windows) > 1 else ''}"
    if not kinds:
        words["clearance_mm"] = "not checked: no vessels"
    elif limits.vein_clearance_mm is not None and "vein" not in kinds:
        words["vein_clearance_mm"] = "not checked: no veins"
    if limits.array_clearance_mm is not None and all(device.kind != "array" for device in plan.devices):
        words["array_clearance_mm"] = "not used: no array"
    lengths = (limits.longest_mm(device) for device in plan.devices if device.penetrates)
    shortest = min(lengths, default=limits.max_depth_mm)
    if shortest < limits.max_depth_mm:
        words["max_depth_mm"] = f"device: {shortest:g} mm"
    return words


def agrees(profile: Profile, limits: Limits) -> bool:
    """Whether all that a profile names is so."""
    numbers = all(getattr(profile, name) in (None, getattr(limits, name)) for name in NUMBERS)
    return numbers and profile.access in (None, limits.access.name)


def profile_words(profile: Profile) -> str:
    """All that a profile sets, in one line."""
    given = {name: getattr(profile, name) for name in NUMBERS}
    words = [field_words(name, value) for name, value in given.items() if value is not None]
    return ", ".join(words + ([f"access {profile.access}"] if profile.access is not None else []))
