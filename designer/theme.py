"""Colours, sizes and fonts of the window, light and dark. Everything that is painted asks here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QApplication

THEMES = Path(__file__).resolve().parent.parent / "resources" / "themes"


@lru_cache(maxsize=1024)
def _heat(ramp: tuple[str, ...], value: float) -> QColor:
    place = min(max(value, 0.0), 1.0) * (len(ramp) - 1)
    low = min(int(place), len(ramp) - 2)
    a, b, part = QColor(ramp[low]), QColor(ramp[low + 1]), place - low
    return QColor(
        round(a.red() + (b.red() - a.red()) * part),
        round(a.green() + (b.green() - a.green()) * part),
        round(a.blue() + (b.blue() - a.blue()) * part),
    )


@dataclass(frozen=True, slots=True)
class Theme:
    """One look. Colours are `#rrggbb`; sizes are pixels at 100 %.

    Text on any of the surfaces has a contrast of at least 4.5, borders of controls and marks of at
    least 3 (WCAG 2.2 AA). The family colours are told apart with any colour vision; a glyph
    always stands beside them.
    """

    name: str
    dark: bool
    window: str
    canvas: str
    grid: str
    surface: str
    raised: str
    hover: str
    border: str
    border_strong: str
    text: str
    text_muted: str
    accent: str
    on_accent: str
    accent_soft: str
    wire: str
    error: str
    warning: str
    success: str
    shadow: str
    families: Mapping[str, str]
    heat: tuple[str, ...]
    series: tuple[str, ...]
    """Colours of plotted curves, in order."""
    small: int = 11
    base: int = 13
    large: int = 16
    title: int = 22
    space: int = 8
    radius: int = 8

    def color(self, name: str) -> QColor:
        """Return one of the colours by its name."""
        return QColor(str(getattr(self, name)))

    def font(self, size: str = "base", *, bold: bool = False) -> QFont:
        """Return the interface's font in a size of this theme: small, base, large, title."""
        font = QFont()
        font.setPixelSize(int(getattr(self, size)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def family(self, group: str) -> QColor:
        """Return the colour of a group of the catalogue; an unknown one gets a neutral grey."""
        return QColor(self.families.get(group.lower(), self.families[""]))

    def heat_color(self, value: float) -> QColor:
        """Return the colour of a figure from 0 (quiet) to 1 (hot)."""
        return QColor(_heat(self.heat, value))


DARK = Theme(
    name="dark",
    dark=True,
    window="#17191e",
    canvas="#111317",
    grid="#2a2e37",
    surface="#1e2127",
    raised="#272b33",
    hover="#303540",
    border="#363b47",
    border_strong="#758096",
    text="#e9ebf0",
    text_muted="#a6aebd",
    accent="#74aaff",
    on_accent="#0c1526",
    accent_soft="#22324d",
    wire="#7f8a9f",
    error="#ff8078",
    warning="#f0b849",
    success="#5cd27a",
    shadow="#000000",
    families={
        "": "#8c94a6",
        "core": "#8c94a6",
        "source": "#8fe08a",
        "convolution": "#358cc7",
        "pooling": "#47c7b1",
        "activation": "#e8a838",
        "normalization": "#b394f0",
        "merge": "#dbd664",
        "recurrent": "#e793d2",
        "attention": "#8bd7f7",
        "loss": "#f0764a",
        "losses": "#f0764a",
        "display": "#eef0ff",
        "signal": "#7f6df2",
        "special": "#a06a4f",
    },
    heat=("#2b4a7d", "#3f6f8f", "#7d9a78", "#cdb25a", "#f5d76e"),
    series=("#74aaff", "#e8a838", "#47c7b1", "#e793d2", "#dbd664", "#b394f0", "#f0764a"),
)

LIGHT = Theme(
    name="light",
    dark=False,
    window="#f1f3f6",
    canvas="#f7f8fa",
    grid="#d3d8e0",
    surface="#ffffff",
    raised="#ffffff",
    hover="#e8edf5",
    border="#d0d6df",
    border_strong="#7b8698",
    text="#1a1f29",
    text_muted="#566072",
    accent="#1d5fd1",
    on_accent="#ffffff",
    accent_soft="#dde9fc",
    wire="#7b8698",
    error="#c3242c",
    warning="#8a5800",
    success="#18783a",
    shadow="#3c4a63",
    families={
        "": "#5c677b",
        "core": "#5c677b",
        "source": "#14532d",
        "convolution": "#0679d8",
        "pooling": "#208979",
        "activation": "#b3740b",
        "normalization": "#7547b2",
        "merge": "#686405",
        "recurrent": "#be4aa6",
        "attention": "#096187",
        "loss": "#d05036",
        "losses": "#d05036",
        "display": "#162a5c",
        "signal": "#3538cd",
        "special": "#4a3000",
    },
    heat=("#c9d8f2", "#a6c0c6", "#a4a466", "#ab7f24", "#ac5500"),
    series=("#1d5fd1", "#b3740b", "#208979", "#be4aa6", "#686405", "#7547b2", "#d05036"),
)

NAMES = {"light": LIGHT, "dark": DARK}


class Signals(QObject):
    """Tells everything that paints by itself that the theme has changed."""

    themeChanged = Signal(object)


signals = Signals()
_current = [DARK]


def theme() -> Theme:
    """Return the theme in use."""
    return _current[0]


def use(name: str) -> Theme:
    """Make a theme the current one and tell about it; the application's style stays as it is."""
    _current[0] = NAMES[name]
    signals.themeChanged.emit(_current[0])
    return _current[0]


def system(app: QApplication) -> str:
    """Return the name of the theme that suits the desktop's own."""
    from PySide6.QtCore import Qt

    light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


def apply(app: QApplication, name: str) -> Theme:
    """Dress the whole application in a theme: `light`, `dark` or `system`."""
    chosen = NAMES[system(app) if name == "system" else name]
    app.setStyle("Fusion")
    font = app.font()
    font.setPixelSize(chosen.base)
    app.setFont(font)
    app.setPalette(palette(chosen))
    app.setStyleSheet(style_sheet(chosen))
    return use(chosen.name)


def family_colour(group: str) -> QColor:
    """Return the current theme's colour of a group of the catalogue."""
    return theme().family(group)


def palette(look: Theme) -> QPalette:
    """Return Qt's palette for a theme."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    result = QPalette()
    for place, name in (
        (role.Window, "window"),
        (role.WindowText, "text"),
        (role.Base, "surface"),
        (role.AlternateBase, "window"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "text_muted"),
        (role.Text, "text"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.BrightText, "error"),
        (role.Link, "accent"),
        (role.LinkVisited, "accent"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.Accent, "accent"),
        (role.Light, "hover"),
        (role.Midlight, "raised"),
        (role.Mid, "border"),
        (role.Dark, "border"),
        (role.Shadow, "shadow"),
    ):
        result.setColor(place, look.color(name))
    muted = look.color("text_muted")
    muted.setAlphaF(0.6)
    for place in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(group.Disabled, place, muted)
    return result


@cache
def style_sheet_template() -> Template:
    """Return the style sheet's text, its colours named `$name`."""
    return Template((THEMES / "style.qss").read_text(encoding="utf-8"))


def style_sheet(look: Theme) -> str:
    """Return the application's style sheet in the colours of a theme."""
    values = {f.name: getattr(look, f.name) for f in fields(look)}
    return style_sheet_template().substitute(values, themes=THEMES.as_posix())


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two colours as WCAG 2.2 defines it, 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
