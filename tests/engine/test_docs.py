"""The catalogue's site: a page for each entry, links that lead somewhere, nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from engine import cli
from engine.catalog import registry

if TYPE_CHECKING:
    from pathlib import Path


class Reader(HTMLParser):
    """Notes what is linked, loaded and open."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "a":
            self.links.append(told.get("href") or "")
        if tag in ("script", "img"):
            self.loads.append(told.get("src") or "")
        if tag == "link":
            self.loads.append(told.get("href") or "")
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave alone what opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert cli.main(["docs", str(folder)]) == 0
    return folder


def test_there_is_a_page_for_each_entry(site: Path) -> None:
    for key, spec in registry.entries().items():
        text = " ".join(read(site / f"{key}.html").texts)
        assert spec.title in text
        assert spec.summary in text
        assert spec.pitfalls in text


def test_links_lead_to_pages_and_only_pytorch_is_outside(site: Path) -> None:
    for path in site.rglob("*.html"):
        reader = read(path)
        for link in reader.links:
            if link.startswith("https://docs.pytorch.org/"):
                continue
            assert (path.parent / link).is_file(), (path, link)
        for load in reader.loads:
            assert "//" not in load
            assert (path.parent / load).is_file()


def test_the_index_lists_all_and_each_can_be_searched(site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    rows = re.findall(r'<li data-text="([^"]*)">', text)
    assert len(rows) == len(registry.entries())
    assert sum("leaky" in row for row in rows) >= 1


def test_pictures_are_in_the_page_and_follow_its_colours(site: Path) -> None:
    text = (site / "layer" / "relu.html").read_text("utf-8")
    assert "<svg" in text
    assert "var(--c0)" in text
    style = (site / "style.css").read_text("utf-8")
    assert "prefers-color-scheme: dark" in style
    assert "http" not in style


def test_a_folder_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path, capsys) -> None:
    place = tmp_path / "taken"
    place.write_text("", encoding="utf-8")
    assert cli.main(["docs", str(place)]) == 2
    assert str(place) in capsys.readouterr().err
