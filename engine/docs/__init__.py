"""The catalogue as a site of plain pages: an index with a search, and one page for each entry."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from engine.docs.html import entry_page, index_page
from engine.help.page import keys, page

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = Path(__file__).resolve().parent.parent.parent / "resources" / "docs"
"""The style sheet and the script of the site."""


def write_site(folder: Path, told: Callable[[int, int], object] | None = None) -> int:
    """Write the site into a folder and return how many entries it holds.

    Parameters
    ----------
    folder
        Made if it is not there; pages in it of the same names are replaced.
    told
        Called with (pages written, pages in all) now and then.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = [page(key) for key in keys()]
    for number, one in enumerate(pages, start=1):
        path = folder / f"{one.key}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(entry_page(one), encoding="utf-8")
        if told is not None and number % 50 == 0:
            told(number, len(pages))
    (folder / "index.html").write_text(index_page(pages), encoding="utf-8")
    for part in sorted(PARTS.iterdir()):
        shutil.copyfile(part, folder / part.name)
    return len(pages)
