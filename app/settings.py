"""What the program remembers of its user from one start to the next: a typed face of Qt's settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import inf, isfinite
from pathlib import Path
from typing import Any, Final, Literal, get_args

from PySide6.QtCore import QByteArray, QSettings

from app.places import settings_file
from planner.anatomy.request import CaseRequest, VesselFile

Theme = Literal["dark", "light", "system"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
Errand = Literal["plan", "subject", "retinotopy", "vessels", "lines", "export"]
"""What a folder was last chosen for."""
MOST_CONTRASTS: Final = 32  # ours: volumes whose contrast is remembered
MOST_RECENT: Final = 8  # ours: of cases and of plans, each
_ARRANGEMENT: Final = 1  # to be raised when panels are renamed, so that an old arrangement of them is not believed


Shares = tuple[tuple[float, ...], ...]
"""Of two rows of panes in the height, and of the columns of the upper one in the width; each adds up to 1."""


@dataclass(frozen=True)
class Panes:
    """How the panes in the middle of the window are arranged.

    Attributes
    ----------
    layout : str
        Empty for the one that suits the room there is.
    large : str
        The pane that has all the room, or empty.
    shares : mapping of layout to Shares
        That have been dragged.
    """

    layout: str = ""
    large: str = ""
    shares: Mapping[str, Shares] = field(default_factory=dict)


class Settings:
    """Window, folders, recent files, theme; whatever cannot be read counts as never set.

    Parameters
    ----------
    file : Path, optional
        Where they are kept; the user's own place by default.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._store = QSettings(str(file or settings_file()), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray:
        """Where the window was, as `QWidget.saveGeometry` says it; empty at first."""
        return self._bytes("window/geometry")

    @property
    def arrangement(self) -> QByteArray:
        """How its panels were, as `QMainWindow.saveState` says it; empty at first."""
        return self._bytes(f"window/arrangement-{_ARRANGEMENT}")

    def keep_window(self, geometry: QByteArray, arrangement: QByteArray) -> None:
        """Remember where the window and its panels are."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue(f"window/arrangement-{_ARRANGEMENT}", arrangement)

    def folder(self, errand: Errand) -> Path:
        """Where files were last chosen for this; the working folder where that is nowhere any more."""
        kept = self._text(f"folders/{errand}")
        return Path(kept) if kept and Path(kept).is_dir() else Path.cwd()

    def keep_folder(self, errand: Errand, folder: Path) -> None:
        """Remember where files were chosen."""
        self._store.setValue(f"folders/{errand}", str(folder.absolute()))

    @property
    def export_format(self) -> str:
        """The format last exported to; empty at first."""
        return self._text("export/format")

    @export_format.setter
    def export_format(self, format: str) -> None:
        self._store.setValue("export/format", format)

    @property
    def recent_plans(self) -> tuple[Path, ...]:
        """Plan files, the last one first."""
        return tuple(Path(text) for text in self._list("recent/plans") if isinstance(text, str))

    def keep_plan(self, file: Path) -> None:
        """Put a plan file first."""
        path = file.absolute()
        kept = (path, *(other for other in self.recent_plans if other != path))
        self._keep_list("recent/plans", [str(other) for other in kept])

    @property
    def recent_cases(self) -> tuple[CaseRequest, ...]:
        """Cases with their vessels and retinotopy, the last one first."""
        found = (_request(values) for values in self._list("recent/cases"))
        return tuple(request for request in found if request is not None)

    def keep_case(self, request: CaseRequest) -> None:
        """Put a case first; as it was loaded last counts."""
        kept = (request, *(other for other in self.recent_cases if other.source != request.source))
        self._keep_list("recent/cases", [asdict(other) for other in kept])

    def forget_recent(self) -> None:
        """Know of no cases and plans any more."""
        self._store.remove("recent")

    @property
    def panes(self) -> Panes:
        """How the panes in the middle of the window were arranged."""
        values = self._values("slices/panes")
        try:
            shares = {str(layout): tuple(map(_shares, rows)) for layout, rows in values["shares"].items()}
            return Panes(str(values["layout"]), str(values["large"]), shares)
        except (KeyError, TypeError, ValueError, AttributeError):
            return Panes()

    @panes.setter
    def panes(self, panes: Panes) -> None:
        self._store.setValue("slices/panes", json.dumps(asdict(panes)))

    @property
    def radiological(self) -> bool:
        """Whether slices have the patient's left at the right of the screen; so at first."""
        return self._text("slices/radiological") != "false"

    @radiological.setter
    def radiological(self, on: bool) -> None:
        self._store.setValue("slices/radiological", "true" if on else "false")

    def contrast(self, source: str) -> tuple[float, float] | None:
        """The values of a volume (its file) that were chosen to be black and white; None where none were."""
        try:
            low, high = map(float, self._values("slices/contrast")[source])
        except (KeyError, TypeError, ValueError):
            return None
        return (low, high) if isfinite(low) and low < high < inf else None

    def keep_contrast(self, source: str, levels: tuple[float, float] | None) -> None:
        """Remember them; None for what suits the volume."""
        kept = {other: values for other, values in self._values("slices/contrast").items() if other != source}
        if levels is not None:
            kept[source] = list(levels)
        self._store.setValue("slices/contrast", json.dumps(dict(list(kept.items())[-MOST_CONTRASTS:])))

    @property
    def theme(self) -> Theme:
        """The look of the window, or that it follows the system's; dark at first."""
        kept = self._text("look/theme")
        return next((theme for theme in THEMES if theme == kept), "dark")

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._store.setValue("look/theme", theme)

    def overlay_range(self, overlay: str) -> tuple[float, float] | None:
        """From which to which value an overlay's colours go; None where the user has not said so."""
        kept = self._list(f"look/range of {overlay}")
        numbers = [float(value) for value in kept if isinstance(value, int | float) and isfinite(value)]
        return (numbers[0], numbers[1]) if len(numbers) == len(kept) == 2 else None

    def keep_overlay_range(self, overlay: str, shown: tuple[float, float] | None) -> None:
        """Remember it, or with None that it is the usual one again."""
        self._keep_list(f"look/range of {overlay}", list(shown or ()))

    @property
    def snap(self) -> bool:
        """Whether contacts of a thread that is dropped are set around the middle of the gray matter; not at first."""
        return self._text("edit/snap") == "true"

    @snap.setter
    def snap(self, snap: bool) -> None:
        self._store.setValue("edit/snap", "true" if snap else "false")

    @property
    def hidden_columns(self) -> tuple[str, ...] | None:
        """The columns of the table of threads that are not shown, by key; None where that was never chosen."""
        kept = self._text("table/hidden")
        return tuple(name for name in self._list("table/hidden") if isinstance(name, str)) if kept else None

    @hidden_columns.setter
    def hidden_columns(self, names: Iterable[str]) -> None:
        self._store.setValue("table/hidden", json.dumps(list(names)))

    @property
    def notice_seen(self) -> bool:
        """Whether the user has been told what this program is for, and what it is not for."""
        return self._text("notice/seen") == "true"

    @notice_seen.setter
    def notice_seen(self, seen: bool) -> None:
        self._store.setValue("notice/seen", "true" if seen else "false")

    def sync(self) -> None:
        """Write at once what is to be remembered."""
        self._store.sync()

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _text(self, key: str) -> str:
        value = self._store.value(key)
        return value if isinstance(value, str) else ""

    def _list(self, key: str) -> list[Any]:
        """Lists are kept as JSON: Qt gives one of a single text back as that text."""
        found = self._json(key)
        return found if isinstance(found, list) else []

    def _values(self, key: str) -> dict[str, Any]:
        found = self._json(key)
        return found if isinstance(found, dict) else {}

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._text(key) or "null")
        except ValueError:
            return None

    def _keep_list(self, key: str, values: list[Any]) -> None:
        self._store.setValue(key, json.dumps(values[:MOST_RECENT]))


def _shares(values: Any) -> tuple[float, ...]:
    """Shares that add up to a whole; ValueError for what are none."""
    found = tuple(map(float, values))
    if not found or not all(0 < share <= 1 for share in found) or abs(sum(found) - 1) > 0.01:
        raise ValueError(values)
    return found


def _request(values: Any) -> CaseRequest | None:
    """The request that was kept, where its values are those of one."""
    try:
        vessels = tuple(replace(VesselFile(**v), offset_mm=tuple(v["offset_mm"])) for v in values["vessels"])
        request = CaseRequest(**{**values, "vessels": vessels})
    except (TypeError, KeyError):
        return None
    return request if all(isinstance(getattr(request, f.name), _KINDS[f.name]) for f in fields(request)) else None


_KINDS: Final[dict[str, Any]] = {"source": str, "vessels": tuple, "retinotopy": str, "least_variance": float}
