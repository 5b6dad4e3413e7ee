"""Colours can be read and told apart; the style sheet is whole."""

from __future__ import annotations

import itertools
import math
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from designer import theme
from designer.theme import DARK, LIGHT, Theme, contrast
from engine.catalog import registry

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SURFACES = ("window", "canvas", "surface", "raised", "hover", "accent_soft")
LOOKS = pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda t: t.name)


@LOOKS
@pytest.mark.parametrize("surface", SURFACES)
def test_text_has_the_contrast_of_wcag_aa(look: Theme, surface: str) -> None:
    for name in ("text", "text_muted", "accent", "error", "warning", "success"):
        assert contrast(look.color(name), look.color(surface)) >= 4.5, name
    for name in ("border_strong", "wire"):
        assert contrast(look.color(name), look.color(surface)) >= 3.0, name


@LOOKS
def test_text_on_the_accent_can_be_read(look: Theme) -> None:
    assert contrast(look.color("on_accent"), look.color("accent")) >= 4.5


@LOOKS
def test_families_stand_out_and_apart(look: Theme) -> None:
    for group in look.families:
        assert contrast(look.family(group), look.color("raised")) >= 3.0, group
    seen = {name: c for name, c in look.families.items() if name not in ("", "losses")}
    for (a, first), (b, second) in combinations(seen.items(), 2):
        for vision in VISIONS:
            assert math.dist(_lab(QColor(first), vision), _lab(QColor(second), vision)) > 12, (a, b)


def test_every_group_of_the_catalogue_has_a_colour() -> None:
    for group in {spec.group.lower() for spec in registry.nodes().values()}:
        assert group in DARK.families
        assert group in LIGHT.families


@LOOKS
def test_the_style_sheet_has_no_hole(look: Theme) -> None:
    sheet = theme.style_sheet(look)
    assert "$" not in sheet
    for path in re.findall(r"url\(([^)]*)\)", sheet):
        assert theme.THEMES.joinpath(path).is_file(), path


def test_applying_a_theme_tells(qtbot: QtBot, qapp: object) -> None:
    with qtbot.waitSignal(theme.signals.themeChanged) as heard:
        theme.use("light")
    assert heard.args == [LIGHT]
    assert theme.family_colour("Convolution") == LIGHT.family("convolution")


@LOOKS
def test_heat_goes_from_quiet_to_hot(look: Theme) -> None:
    assert look.heat_color(-1) == QColor(look.heat[0])
    assert look.heat_color(2) == QColor(look.heat[-1])
    assert look.heat_color(0.5) not in (look.heat_color(0.0), look.heat_color(1.0))


@LOOKS
def test_words_on_coloured_grounds_can_be_read(look: Theme) -> None:
    """Heads of nodes, notes and groups lie on a family's or a note's colour, thinned."""
    head, note = (0.20 if look.dark else 0.13), 0.16
    for group in look.families:
        ground = _over(look.family(group), look.color("raised"), head)
        assert contrast(look.color("text"), ground) >= 4.5, group
    for color in (look.text_muted, *look.series):
        ground = _over(QColor(color), look.color("canvas"), note)
        for name in ("text", "text_muted"):
            assert contrast(look.color(name), ground) >= 4.5, (color, name)
    # The mark in a badge, and curves on the ground of a plot, are told by their shape.
    for name in ("error", "warning"):
        assert contrast(look.color("surface"), look.color(name)) >= 3.0
    for curve in look.series:
        assert contrast(QColor(curve), look.color("surface")) >= 3.0, curve


def _over(colour: QColor, ground: QColor, share: float) -> QColor:
    def part(one: int, other: int) -> int:
        return round(one * share + other * (1 - share))

    return QColor(
        part(colour.red(), ground.red()),
        part(colour.green(), ground.green()),
        part(colour.blue(), ground.blue()),
    )


@LOOKS
def test_heat_goes_one_way_in_lightness_for_every_eye(look: Theme) -> None:
    for vision in VISIONS:
        light = [_lab(look.heat_color(k / 24), vision)[0] for k in range(25)]
        steps = [b - a for a, b in itertools.pairwise(light)]
        assert all(s > 0.5 for s in steps) or all(s < -0.5 for s in steps)
        assert abs(light[-1] - light[0]) > 30


# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
_DEUTAN = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
_PROTAN = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
_TRITAN = (
    (1.255528, -0.076749, -0.178779),
    (-0.078411, 0.930809, 0.147602),
    (0.004733, 0.691367, 0.303900),
)
_NORMAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
VISIONS = (_NORMAL, _DEUTAN, _PROTAN, _TRITAN)
_XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8727))
Matrix = tuple[tuple[float, float, float], ...]


def _times(matrix: Matrix, values: list[float]) -> list[float]:
    return [sum(m * v for m, v in zip(row, values, strict=True)) for row in matrix]


def _lab(color: QColor, vision: Matrix) -> tuple[float, float, float]:
    """CIE L*a*b* under D65 of what an eye with this vision sees."""
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    seen = [min(max(v, 0.0), 1.0) for v in _times(vision, linear)]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in _times(_XYZ, seen))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
