"""The look of the window: one dark palette, said once."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from planner.assets import ASSETS

WINDOW: Final = "#1f2329"
PANEL: Final = "#272c34"
BASE: Final = "#191c21"
LINE: Final = "#383f4a"
TEXT: Final = "#d9dee6"
MUTED: Final = "#8f99a8"
DISABLED: Final = "#566070"
ACCENT: Final = "#4a9fe0"
FOCUS: Final = "#9fd0ff"  # round what the keys go to
TITLE_PT: Final = 8.0  # of the table's titles
TICK: Final = (ASSETS / "icons" / "check.png").as_posix()

SAFE: Final = "#4fd6a0"
UNSAFE: Final = "#ff4d6d"
WARNING: Final = "#f2b84b"
NOTICE: Final = "#3a3223"  # behind what must not be overlooked
SELECTED: Final = "#ffffff"
OUTLINE: Final = "#101318"  # of V1

ARTERY: Final = "#D8654F"  # as 3D Slicer's general anatomy colours have them
VEIN: Final = "#0097CE"
VESSEL: Final = "#b58bc9"
SCENE_BOTTOM: Final = "#0e1013"
SCENE_TOP: Final = "#2b323c"

PALETTE: Final = {
    QPalette.ColorRole.Window: WINDOW,
    QPalette.ColorRole.WindowText: TEXT,
    QPalette.ColorRole.Base: BASE,
    QPalette.ColorRole.AlternateBase: "#1e2228",
    QPalette.ColorRole.Text: TEXT,
    QPalette.ColorRole.PlaceholderText: MUTED,
    QPalette.ColorRole.Button: "#2f353f",
    QPalette.ColorRole.ButtonText: TEXT,
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: PANEL,
    QPalette.ColorRole.ToolTipText: TEXT,
    QPalette.ColorRole.Highlight: "#2d6ea3",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: ACCENT,
    QPalette.ColorRole.LinkVisited: ACCENT,
    QPalette.ColorRole.Accent: ACCENT,
    QPalette.ColorRole.Light: "#3d4552",
    QPalette.ColorRole.Midlight: "#353c47",
    QPalette.ColorRole.Mid: "#242931",
    QPalette.ColorRole.Dark: "#15181c",
    QPalette.ColorRole.Shadow: "#0b0d0f",
}

STYLE: Final = f"""
QMainWindow::separator {{ background: {BASE}; width: 4px; height: 4px; }}
QMainWindow::separator:hover {{ background: {ACCENT}; }}
QDockWidget {{ color: {MUTED}; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
QDockWidget::title {{ background: {PANEL}; padding: 5px 8px; border-bottom: 1px solid {BASE}; }}
QMenuBar {{ background: {WINDOW}; padding: 1px; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: #2d6ea3; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 20px; border-radius: 3px; }}
QMenu::item:disabled {{ color: #6c7583; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 6px; }}
QToolBar {{ background: {WINDOW}; border: none; border-bottom: 1px solid {BASE}; spacing: 2px; padding: 3px 6px; }}
QToolBar[role="warning"] {{ background: {NOTICE}; border-bottom: 1px solid {WARNING}; }}
QToolBar::separator {{ width: 1px; background: {LINE}; margin: 5px 5px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px 6px; }}
QToolButton:hover {{ background: #343b46; }}
QToolButton:checked {{ background: #2b4d69; border-color: {ACCENT}; }}
QToolButton:checked:disabled {{ background: transparent; border-color: transparent; }}
QToolButton:pressed {{ background: #23282f; }}
QStatusBar {{ background: {WINDOW}; border-top: 1px solid {BASE}; color: {MUTED}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {MUTED}; padding: 0 6px; }}
QToolTip {{ background: {PANEL}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QTableView {{ background: {BASE}; border: none; gridline-color: #262b33; selection-background-color: #29537a; }}
QTableView::item {{ padding: 0 4px; }}
QHeaderView {{ background: {PANEL}; }}
QHeaderView::section {{ background: {PANEL}; color: {MUTED}; border: none; border-right: 1px solid {WINDOW};
    border-bottom: 1px solid {WINDOW}; padding: 3px 5px; font-size: {TITLE_PT:g}pt; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {BASE}; }}
QTabBar::tab {{ background: transparent; color: {MUTED}; padding: 6px 16px; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {TEXT}; border-bottom-color: {ACCENT}; }}
QTabBar::tab:hover {{ color: {TEXT}; }}
QPushButton {{ background: #333a45; border: 1px solid #424b58; border-radius: 4px; padding: 5px 12px; }}
QPushButton:hover {{ background: #3c4552; }}
QPushButton:pressed {{ background: #282d35; }}
QPushButton:disabled {{ color: #667080; background: #272c33; border-color: #30363f; }}
QPushButton[primary="true"] {{ background: #2d6ea3; border-color: #3b83bd; color: white; font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: #3680ba; }}
QPushButton[primary="true"]:disabled {{ background: #2a3947; border-color: #30404f; color: #6f8294; }}
QToolButton:focus, QPushButton:focus, QPushButton[primary="true"]:focus {{ border: 2px solid {FOCUS}; }}
QToolButton:focus {{ padding: 2px 5px; }}
QPushButton:focus {{ padding: 4px 11px; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {MUTED}; border-radius: 3px; background: {BASE}; }}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {FOCUS}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; image: url("{TICK}"); }}
QCheckBox::indicator:disabled {{ border-color: #454d59; background: {PANEL}; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; selection-background-color: #2d6ea3; }}
QProgressBar {{ background: {BASE}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
QSlider::groove:horizontal {{ height: 3px; background: {LINE}; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 1px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; background: #c9d1dc; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: #414a57; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }}
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
    for role, colour in PALETTE.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#667080"))
    application.setPalette(palette)
    application.setStyleSheet(STYLE)


def rgb(colour: str) -> tuple[int, int, int]:
    """A ``#rrggbb`` colour as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
