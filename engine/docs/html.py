"""Help pages as HTML. Everything that comes from an entry is escaped."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog.spec import LayerSpec, SourceSpec
from engine.help.page import KINDS, texts
from engine.help.pictures import pictures
from engine.help.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.help.page import Page

ICONS = Path(__file__).resolve().parent.parent.parent / "resources" / "icons"


def _document(title: str, body: str, root: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{root}style.css">\n'
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def entry_page(page: Page) -> str:
    """Return the page of one entry."""
    spec = page.spec
    parts = [
        _crumbs(page),
        f"<header>{_icon(page)}<h1>{escape(spec.title)}</h1></header>",
        f'<p class="summary">{escape(spec.summary)}</p>',
    ]
    if spec.formula:
        parts.append(f'<pre class="formula">{escape(spec.formula)}</pre>')
    parts.append(_figures(page))
    for title, words in texts(spec):
        parts.append(f"<h2>{title}</h2>\n<p>{escape(words)}</p>")
    parts += [_settings(page), _ports(page), _links(page)]
    return _document(f"{spec.title} – Layerloom", "\n".join(p for p in parts if p), "../")


def _crumbs(page: Page) -> str:
    words = " › ".join(escape(word) for word in page.place)
    return f'<nav><a href="../index.html">Catalogue</a> › {words}</nav>'


def _icon(page: Page) -> str:
    path = ICONS / f"{page.spec.id}.svg"
    if not isinstance(page.spec, LayerSpec) or not path.is_file():
        return ""
    return f'<span class="icon">{path.read_text("utf-8").strip()}</span>'


def _figures(page: Page) -> str:
    drawn = [
        f"<figure>{svg(picture)}<figcaption>{escape(picture.caption)}</figcaption></figure>"
        for picture in pictures(page.key)
    ]
    return f'<div class="figures">{"".join(drawn)}</div>' if drawn else ""


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        return ""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f"<h2>{title}</h2>\n<table><tr>{top}</tr>{body}</table>"


def _settings(page: Page) -> str:
    rows = [
        (
            f"{escape(s.label)}<br><code>{escape(s.name)}</code>",
            escape(s.default),
            escape(s.allowed),
            escape(s.doc),
        )
        for s in page.settings
    ]
    return _table("Settings", ("Setting", "Default", "Takes", ""), rows)


def _ports(page: Page) -> str:
    title = "Fields" if isinstance(page.spec, SourceSpec) else "Ports"
    rows = [(escape(t.way), escape(t.name), escape(t.axes), escape(t.doc)) for t in page.terminals]
    return _table(title, ("", "Name", "Shape", ""), rows)


def _links(page: Page) -> str:
    spec = page.spec
    lines: list[str] = []
    if spec.help_url:
        link = f'<a href="{escape(spec.help_url, quote=True)}">{escape(spec.target)}</a>'
        lines.append(f"PyTorch’s page: {link}")
    if spec.covers:
        lines.append(f"Source rows: {escape(', '.join(spec.covers))}")
    if spec.keywords:
        lines.append(f"Also found as: {escape(', '.join(spec.keywords))}")
    lines.append(f"Id: <code>{escape(spec.id)}</code>")
    return f"<footer>{'<br>'.join(lines)}</footer>"


def index_page(pages: Sequence[Page]) -> str:
    """Return the index: all entries kind by kind, and the field that filters them."""
    parts = [
        "<h1>The catalogue</h1>",
        f'<p class="summary">{len(pages)} entries: everything a project can be made of.</p>',
        '<input id="search" type="search" placeholder="Search" aria-label="Search the catalogue">',
        '<p id="none" hidden>Nothing matches.</p>',
    ]
    for kind, within in groupby(pages, key=lambda page: page.spec.kind):
        parts.append(f'<section><h2 id="{kind}">{escape(KINDS.get(kind, kind))}</h2>')
        for group, listed in groupby(within, key=lambda page: page.spec.group):
            rows = "".join(_row(page) for page in listed)
            parts.append(f"<div><h3>{escape(group)}</h3>\n<ul>{rows}</ul></div>")
        parts.append("</section>")
    parts.append('<script src="search.js"></script>')
    return _document("Layerloom: the catalogue", "\n".join(parts), "")


def _row(page: Page) -> str:
    spec = page.spec
    return (
        f'<li data-text="{escape(page.text, quote=True)}"><a href="{page.key}.html">'
        f"{escape(spec.title)}</a> <span>{escape(spec.summary)}</span></li>"
    )
