"""The network as a picture in a file."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QImage

from designer.canvas import picture
from designer.canvas.note_item import NoteItem
from designer.theme import theme
from engine.project import Note

if TYPE_CHECKING:
    from conftest import Bench


def test_an_svg_has_the_words_of_every_node(bench: Bench) -> None:
    ids = bench.chain("dense", "relu", "dense")
    bench.view.select(ids)
    note = NoteItem(Note(text="Look here", x=0, y=-200))
    text = picture.svg(bench.view.canvas, [note], "Three layers").decode()
    root = ET.fromstring(text)
    words = {"".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")}
    titles = {bench.view.canvas.nodes[i].face.name for i in ids}
    assert titles <= words
    assert "Look here" in words
    assert "Three layers" in text
    assert not [e for e in root.iter() if e.tag.endswith("image")]
    assert theme().accent not in text


def test_a_png_shows_the_nodes_where_they_stand(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    made = QImage.fromData(picture.png(bench.view.canvas, []))
    rect = picture.area(bench.view.canvas)
    assert made.width() == round(2 * rect.width())
    ground = QColor(theme().canvas)
    for node_id in (a, b):
        item = bench.view.canvas.nodes[node_id]
        spot = (item.pos() - rect.topLeft() + item.outline.body.center()) * 2
        assert made.pixelColor(spot.toPoint()) != ground
    assert made.pixelColor(2, 2) == ground


def test_a_network_too_large_is_drawn_smaller(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.show(bench.graph, {a: (0.0, 0.0), b: (30_000.0, 0.0)})
    made = QImage.fromData(picture.png(bench.view.canvas, []))
    assert made.width() <= picture.MOST + 1
