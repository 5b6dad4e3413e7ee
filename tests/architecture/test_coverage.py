"""The catalogue has an entry for everything it owes."""

from __future__ import annotations

from engine.catalog import registry


def test_every_row_of_the_catalogue_is_covered() -> None:
    rows = {
        "LAY": (*range(1, 23), *range(30, 36), *range(40, 57), 60, 61, 62),
        "ACT": range(1, 10),
        "INI": range(1, 7),
        "OPT": range(1, 9),
        "SCH": range(1, 8),
        "LOS": range(1, 9),
        "REG": range(1, 6),
        "MET": range(1, 9),
        "MON": range(1, 7),
    }
    wanted = {f"{group}-{number:02}" for group, numbers in rows.items() for number in numbers}
    assert wanted <= {row for entry in registry.entries().values() for row in entry.covers}
