"""The look of the window, dark or light, said once: colours by what they are for, Qt's palette and its style sheet."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.palettes import DARK, LIGHT
from app.settings import Theme
from planner.assets import ASSETS

WINDOW: str = DARK["WINDOW"]
PANEL: str = DARK["PANEL"]
BASE: str = DARK["BASE"]
STRIPE: str = DARK["STRIPE"]
LINE: str = DARK["LINE"]
GRID: str = DARK["GRID"]
TEXT: str = DARK["TEXT"]
MUTED: str = DARK["MUTED"]
DISABLED: str = DARK["DISABLED"]
FAINT: str = DARK["FAINT"]
ACCENT: str = DARK["ACCENT"]
FOCUS: str = DARK["FOCUS"]
STRONG: str = DARK["STRONG"]
STRONG_EDGE: str = DARK["STRONG_EDGE"]
STRONG_HOVER: str = DARK["STRONG_HOVER"]
STRONG_OFF: str = DARK["STRONG_OFF"]
STRONG_OFF_EDGE: str = DARK["STRONG_OFF_EDGE"]
STRONG_OFF_TEXT: str = DARK["STRONG_OFF_TEXT"]
CHOSEN: str = DARK["CHOSEN"]
CHECKED: str = DARK["CHECKED"]
HOVER: str = DARK["HOVER"]
PRESSED: str = DARK["PRESSED"]
BUTTON: str = DARK["BUTTON"]
BUTTON_EDGE: str = DARK["BUTTON_EDGE"]
BUTTON_HOVER: str = DARK["BUTTON_HOVER"]
BUTTON_PRESSED: str = DARK["BUTTON_PRESSED"]
BUTTON_OFF: str = DARK["BUTTON_OFF"]
BUTTON_OFF_EDGE: str = DARK["BUTTON_OFF_EDGE"]
FIELD: str = DARK["FIELD"]
KNOB: str = DARK["KNOB"]
SCROLL: str = DARK["SCROLL"]
EDGE_LIGHT: str = DARK["EDGE_LIGHT"]
MIDLIGHT: str = DARK["MIDLIGHT"]
MID: str = DARK["MID"]
EDGE_DARK: str = DARK["EDGE_DARK"]
SHADOW: str = DARK["SHADOW"]
SAFE: str = DARK["SAFE"]
UNSAFE: str = DARK["UNSAFE"]
WARNING: str = DARK["WARNING"]
CURVE: str = DARK["CURVE"]
CURVE_TOO: str = DARK["CURVE_TOO"]
NOTICE: str = DARK["NOTICE"]
SCENE_BOTTOM: str = DARK["SCENE_BOTTOM"]
SCENE_TOP: str = DARK["SCENE_TOP"]
STRONG_TEXT: Final = "#ffffff"  # on what is strong
TITLE_PT: Final = 8.0  # of the table's titles
TICK: Final = (ASSETS / "icons" / "check.png").as_posix()
SELECTED: Final = "#ffffff"
OUTLINE: Final = "#101318"  # of V1
ARTERY: Final = "#D8654F"  # as 3D Slicer's general anatomy colours have them
VEIN: Final = "#0097CE"
VESSEL: Final = "#b58bc9"
VESSELS: Final = {"artery": ARTERY, "vein": VEIN, "vessel": VESSEL}
IMAGE_RIM: Final = "#0c0e12"  # round what is drawn over images, which are dark in both looks
IMAGE_TEXT: Final = DARK["TEXT"]
IMAGE_MUTED: Final = DARK["MUTED"]
IMAGE_FOCUS: Final = DARK["FOCUS"]
PLANE_TITLE: Final = "#14171b"  # on the planes' own colours
PLANES: Final = {
    "axial": "#f3604c",
    "coronal": "#7cbf5e",
    "sagittal": "#ecd34f",
    "3D": "#8fa0c9",
}  # as 3D Slicer has them
OPENING: Final = "#b46bf2"  # approach windows, and
FORBIDDEN: Final = "#8f0f3a"  # cortex that is forbidden: both in 3D, where they have a shape of their own
IMAGE_OPENING: Final = "#d7a6ff"  # the same in slices
IMAGE_FORBIDDEN: Final = "#ff86a3"
CONTOURS: Final = {"pial": "#f5d547", "white": "#a9e5ef"}
TISSUE: Final = {"outside": "#0b0d10", "gray": "#5a5f68", "white": "#aab0ba"}
FIXATION: Final = DARK["WARNING"]  # on pictures, which are black in both looks
MARK_SAFE: Final = DARK["SAFE"]  # on cortex, which is the same in both looks
MARK_UNSAFE: Final = DARK["UNSAFE"]
MARK_UNKNOWN: Final = DARK["MUTED"]
MARK_BLIND: Final = DARK["WARNING"]
MARK_ASIDE: Final = "#d5dbe4"


Look = Literal["dark", "light"]


def look_of(name: Theme, application: QApplication) -> Look:
    """The look that a theme means: the system's own where it follows that, dark where the system does not say."""
    if name != "system":
        return name
    return "light" if application.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"


def use(look: Look) -> None:
    """Take the colours of a look. Views take theirs when they are imported and made, so this comes before them."""
    globals().update(LIGHT if look == "light" else DARK)


def in_use() -> Look:
    """The look that was taken."""
    return "light" if LIGHT["WINDOW"] == WINDOW else "dark"


def palette_colours() -> dict[QPalette.ColorRole, str]:
    """What Qt's palette is made of."""
    return {
        QPalette.ColorRole.Window: WINDOW,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.Base: BASE,
        QPalette.ColorRole.AlternateBase: STRIPE,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.PlaceholderText: MUTED,
        QPalette.ColorRole.Button: FIELD,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.BrightText: STRONG_TEXT,
        QPalette.ColorRole.ToolTipBase: PANEL,
        QPalette.ColorRole.ToolTipText: TEXT,
        QPalette.ColorRole.Highlight: STRONG,
        QPalette.ColorRole.HighlightedText: STRONG_TEXT,
        QPalette.ColorRole.Link: ACCENT,
        QPalette.ColorRole.LinkVisited: ACCENT,
        QPalette.ColorRole.Accent: ACCENT,
        QPalette.ColorRole.Light: EDGE_LIGHT,
        QPalette.ColorRole.Midlight: MIDLIGHT,
        QPalette.ColorRole.Mid: MID,
        QPalette.ColorRole.Dark: EDGE_DARK,
        QPalette.ColorRole.Shadow: SHADOW,
    }


def style() -> str:
    """The style sheet in the colours in use."""
    return f"""
QMainWindow::separator {{ background: {BASE}; width: 4px; height: 4px; }}
QMainWindow::separator:hover {{ background: {ACCENT}; }}
QSplitter::handle {{ background: {BASE}; }}
QSplitter::handle:hover {{ background: {ACCENT}; }}
QDockWidget {{ color: {MUTED}; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
QDockWidget::title {{ background: {PANEL}; padding: 5px 8px; border-bottom: 1px solid {BASE}; }}
QMenuBar {{ background: {WINDOW}; padding: 1px; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {STRONG}; color: {STRONG_TEXT}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 20px; border-radius: 3px; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 6px; }}
QToolBar {{ background: {WINDOW}; border: none; border-bottom: 1px solid {BASE}; spacing: 2px; padding: 3px 6px; }}
QToolBar[role="warning"] {{ background: {NOTICE}; border-bottom: 1px solid {WARNING}; }}
QToolBar::separator {{ width: 1px; background: {LINE}; margin: 5px 5px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px 6px; }}
QToolButton[framed="true"] {{ background: {BUTTON}; border-color: {BUTTON_EDGE}; }}
QToolButton[framed="true"]:disabled {{ color: {FAINT}; background: {BUTTON_OFF}; border-color: {BUTTON_OFF_EDGE}; }}
QToolButton[popupMode="2"] {{ padding-right: 13px; }}
QToolButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right; width: 9px; right: 3px; }}
QToolButton:hover {{ background: {HOVER}; }}
QToolButton:checked {{ background: {CHECKED}; border-color: {ACCENT}; }}
QToolButton:checked:disabled {{ background: transparent; border-color: transparent; }}
QToolButton:pressed {{ background: {PRESSED}; }}
QStatusBar {{ background: {WINDOW}; border-top: 1px solid {BASE}; color: {MUTED}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {MUTED}; padding: 0 6px; }}
QToolTip {{ background: {PANEL}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QTableView {{ background: {BASE}; border: none; gridline-color: {GRID}; selection-background-color: {CHOSEN};
    selection-color: {TEXT}; }}
QTableView::item {{ padding: 0 4px; }}
QTreeView::item {{ padding: 2px 0; }}
QHeaderView {{ background: {PANEL}; }}
QHeaderView::section {{ background: {PANEL}; color: {MUTED}; border: none; border-right: 1px solid {WINDOW};
    border-bottom: 1px solid {WINDOW}; padding: 3px 5px; font-size: {TITLE_PT:g}pt; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {LINE}; }}
QTabBar {{ qproperty-drawBase: 0; border-bottom: 1px solid {LINE}; }}
QTabBar::tab {{ background: transparent; color: {MUTED}; padding: 6px 16px; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {TEXT}; border-bottom-color: {ACCENT}; }}
QTabBar::tab:hover {{ color: {TEXT}; }}
QPushButton {{ background: {BUTTON}; border: 1px solid {BUTTON_EDGE}; border-radius: 4px; padding: 5px 12px; }}
QPushButton:hover {{ background: {BUTTON_HOVER}; }}
QPushButton:pressed {{ background: {BUTTON_PRESSED}; }}
QPushButton:disabled {{ color: {FAINT}; background: {BUTTON_OFF}; border-color: {BUTTON_OFF_EDGE}; }}
QPushButton[primary="true"] {{ background: {STRONG}; border-color: {STRONG_EDGE}; color: {STRONG_TEXT};
    font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {STRONG_HOVER}; }}
QPushButton[primary="true"]:disabled {{ background: {STRONG_OFF}; border-color: {STRONG_OFF_EDGE};
    color: {STRONG_OFF_TEXT}; }}
QToolButton:focus, QPushButton:focus, QPushButton[primary="true"]:focus {{ border: 2px solid {FOCUS}; }}
QToolButton:focus {{ padding: 2px 5px; }}
QToolButton[popupMode="2"]:focus {{ padding-right: 12px; }}
QPushButton:focus {{ padding: 4px 11px; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {MUTED}; border-radius: 3px; background: {BASE}; }}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {FOCUS}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; image: url("{TICK}"); }}
QCheckBox::indicator:disabled {{ border-color: {BUTTON_EDGE}; background: {PANEL}; }}
QComboBox:disabled {{ color: {MUTED}; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; selection-background-color: {STRONG}; }}
QSlider::groove:horizontal {{ height: 3px; background: {LINE}; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 1px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; background: {KNOB}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {SCROLL}; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QMessageBox, QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLabel[role="muted"] {{ color: {MUTED}; }}
QFrame[role="card"] {{ background: {PANEL}; border-radius: 6px; }}
"""


def dress(application: QApplication) -> None:
    """Give the program its look: Fusion, an explicit palette (hints do nothing under plain X11) and a style sheet."""
    application.setStyle(QStyleFactory.create("Fusion"))
    palette = QPalette()
    for role, colour in palette_colours().items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FAINT))
    application.setPalette(palette)
    fields = QPalette(palette)
    # Fusion's frame around a field is this much darker than the window: in a dark one nobody would see it.
    fields.setColor(QPalette.ColorRole.Window, QColor(BUTTON_EDGE).lighter(140))
    for kind in ("QAbstractSpinBox", "QLineEdit"):
        application.setPalette(fields, kind)  # type: ignore[arg-type]  # PySide says bytes and refuses them
    application.setStyleSheet(style())


def rgb(colour: str) -> tuple[int, int, int]:
    """A ``#rrggbb`` colour as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
