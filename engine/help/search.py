"""Finds help pages by words, best first."""

from __future__ import annotations

import re
from functools import cache

from engine.help.page import keys, page


@cache
def _texts() -> dict[str, str]:
    return {key: page(key).text for key in keys()}


def find(words: str) -> list[str]:
    """Return the keys of the pages that hold all the words; all of them where none is given."""
    wanted = words.lower().split()
    texts = _texts()
    if not wanted:
        return list(texts)
    matches = [key for key, text in texts.items() if all(word in text for word in wanted)]
    return sorted(matches, key=lambda key: _rank(key, wanted))


def _rank(key: str, wanted: list[str]) -> tuple[int, int]:
    """Return how far a page is from what was meant: by its title, its keywords, its text."""
    spec = page(key).spec
    title = f"{spec.title} {spec.id}".lower()
    near = " ".join((*spec.keywords, spec.group, spec.summary)).lower()
    score = sum(_distance(word, title, near) for word in wanted)
    exact = spec.title.lower() == " ".join(wanted) or spec.id == "_".join(wanted)
    return score - 10 * exact, len(spec.title)


def _distance(word: str, title: str, near: str) -> int:
    if title.startswith(word):
        return 0
    if word in title:
        return 1
    if re.search(rf"\b{re.escape(word)}\b", near):
        return 2
    return 4 if word in near else 6
