"""Curves as columns of a table. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.saving import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.monitor.series import Window


def joined(
    x_name: str, parts: Sequence[tuple[Sequence[str], Sequence[int], Window]]
) -> Table | None:
    """Return curves over the union of their x; where one has no sample its field is empty.

    Parameters
    ----------
    parts
        Names of the curves of a window, which of them are wanted, and the window.
    """
    held = [part for part in parts if len(part[2].x) and part[1]]
    if not held:
        return None
    x = np.unique(np.concatenate([window.x for _, _, window in held]))
    columns, rows = [x_name], [x]
    for names, wanted, window in held:
        place = np.searchsorted(x, window.x)
        for index in wanted:
            planes = [("", window.mean)]
            if not window.exact:
                planes += [(" (least)", window.low), (" (greatest)", window.high)]
            for suffix, plane in planes:
                column = np.full(len(x), np.nan)
                column[place] = plane[index]
                columns.append(f"{names[index]}{suffix}")
                rows.append(column)
    return Table(tuple(columns), np.stack(rows, 1))
