"""The column names of a text table, read from its first lines."""

from __future__ import annotations


def columns(path: str) -> list[str]:
    """Return the names of a table's columns; none if it has no header or cannot be read."""
    from engine.data.tables import find_table, sniff_table

    if not path:
        return []
    try:
        with find_table(path).open(encoding="utf-8-sig", newline="") as text:
            lines = [line for _ in range(30) if (line := text.readline(1 << 16)).strip()]
        return list(sniff_table(lines, "auto", "auto")[2])
    except (OSError, ValueError):
        return []
