"""Nodes brought into line or to equal distances, as pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from designer.canvas.geometry import WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from designer.canvas.layout import Places

Side = Literal["left", "right", "top", "bottom"]
Way = Literal["across", "down"]


def aligned(
    places: Mapping[str, tuple[float, float]],
    heights: Mapping[str, float],
    node_ids: Sequence[str],
    side: Side,
) -> Places:
    """Return places with one side of all nodes in line with the outermost of them."""
    if side in ("left", "right"):
        pick = min if side == "left" else max
        x = pick(places[i][0] for i in node_ids)
        return {i: (x, places[i][1]) for i in node_ids}
    if side == "top":
        y = min(places[i][1] for i in node_ids)
        return {i: (places[i][0], y) for i in node_ids}
    y = max(places[i][1] + heights[i] for i in node_ids)
    return {i: (places[i][0], y - heights[i]) for i in node_ids}


def distributed(
    places: Mapping[str, tuple[float, float]],
    heights: Mapping[str, float],
    node_ids: Sequence[str],
    way: Way,
) -> Places:
    """Return places with equal gaps between neighbours; the outermost nodes stay."""
    axis = 0 if way == "across" else 1
    sizes = {i: WIDTH if way == "across" else heights[i] for i in node_ids}
    order = sorted(node_ids, key=lambda i: places[i][axis])
    first, last = places[order[0]][axis], places[order[-1]][axis]
    gap = (last - first - sum(sizes[i] for i in order[:-1])) / max(len(order) - 1, 1)
    found: Places = {}
    at = first
    for node_id in order:
        x, y = places[node_id]
        found[node_id] = (at, y) if axis == 0 else (x, at)
        at += sizes[node_id] + gap
    return found
