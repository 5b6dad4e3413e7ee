"""Boxes in columns along the flow, long flows in rows below each other. Pure geometry, no graph."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from designer.canvas.geometry import GAP_X, GAP_Y, HEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[str, str]

WRAP_FROM = 6
"""Columns that still stand in one row."""
TIED_FROM = 12
"""Columns that still do where rows would be tied to each other by more than one wire."""
RATIO = 1.7
"""Width over height that a flow in rows comes near to."""
ROW_GAP = 72.0
"""Room between two rows; each lane for wires adds `LANE`."""
LANE = 16.0
_PITCH = HEIGHT + 28 + GAP_Y
_LOOSE = 1.5
"""How much longer than meant a row may be."""
_CROSSING = 0.2
"""What a further source of wires to later rows costs, as a squared share of a row's length."""
_TORN = 0.05
"""What it costs to begin a row with something that belongs to the one before."""


@dataclass(frozen=True, slots=True)
class Box:
    """What takes a place in a column: a node, or a group with all that lies on it."""

    width: float
    height: float
    anchor: float = 0.0
    """How far below its top it wants to be in line with others."""
    follows: bool = False
    """True: it belongs to what feeds it, as an activation does."""


@dataclass(slots=True)
class Flow:
    """Where boxes stand, how large all of it is, and how wires between its rows are led."""

    places: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    width: float = 0.0
    height: float = 0.0
    lanes: dict[Pair, tuple[float, float, float]] = field(
        default_factory=dict[Pair, tuple[float, float, float]]
    )
    """Boxes -> where the lane of a wire between them begins and ends, and its height."""


@dataclass(slots=True)
class _Part:
    """One part that hangs together, in columns; `tops` are measured from anywhere."""

    columns: list[list[str]]
    tops: dict[str, float]
    column_of: dict[str, int]
    pairs: list[Pair]


def flow(boxes: Mapping[str, Box], pairs: Sequence[Pair]) -> Flow:
    """Return boxes arranged along `pairs`, from left to right, long parts wrapped into rows.

    Columns and the order in them come from fast-sugiyama (Sugiyama, Tagawa, Toda 1981). Where a
    row ends is chosen as for the lines of a paragraph (Knuth, Plass 1981): rows of like length,
    few wires between them. Parts that no wire joins stand below each other, boxes without a wire
    in rows at the end.
    """
    whole = Flow()
    for part in _parts(boxes, pairs):
        _stack(whole, _in_rows(part, boxes))
    _stack(whole, _loose([i for i in boxes if i not in whole.places], boxes))
    return whole


def _stack(whole: Flow, part: Flow) -> None:
    """Put one more part below."""
    if not part.places:
        return
    top = whole.height + GAP_Y if whole.places else 0.0
    whole.places.update({i: (x, y + top) for i, (x, y) in part.places.items()})
    whole.lanes.update({p: (x0, x1, y + top) for p, (x0, x1, y) in part.lanes.items()})
    whole.width, whole.height = max(whole.width, part.width), top + part.height


def _loose(names: list[str], boxes: Mapping[str, Box]) -> Flow:
    """Return boxes without wires in rows."""
    made = Flow()
    per = max(1, math.ceil(math.sqrt(len(names))))
    for first in range(0, len(names), per):
        row = names[first : first + per]
        top = made.height + 28 + GAP_Y if made.places else 0.0
        x = 0.0
        for name in row:
            made.places[name] = (x, top)
            x += boxes[name].width + GAP_X
        made.width = max(made.width, x - GAP_X)
        made.height = top + max(boxes[i].height for i in row)
    return made


def _parts(boxes: Mapping[str, Box], pairs: Sequence[Pair]) -> list[_Part]:
    """Return the parts that hang together, the largest first."""
    if not pairs:
        return []
    import fast_sugiyama

    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    number = {name: i for i, name in enumerate(names)}
    result: list[_Part] = []
    where: dict[str, int] = {}
    numbered = [(number[a], number[b]) for a, b in pairs]
    for found in fast_sugiyama.from_edges(numbered, vertex_spacing=_PITCH):
        # Numbers past the boxes' are waypoints of long wires.
        drawn = {
            names[int(i)]: (float(xy[0]), float(xy[1]))
            for i, xy in cast("Iterable[tuple[int, tuple[float, float]]]", found[0])
            if int(i) < len(names)
        }
        where.update(dict.fromkeys(drawn, len(result)))
        result.append(_columns(drawn, boxes))
    for pair in pairs:
        result[where[pair[0]]].pairs.append(pair)
    return sorted(result, key=lambda part: len(part.tops), reverse=True)


def _columns(drawn: Mapping[str, tuple[float, float]], boxes: Mapping[str, Box]) -> _Part:
    levels = sorted({round(y, 3) for _, y in drawn.values()}, reverse=True)
    column = {y: i for i, y in enumerate(levels)}
    column_of = {name: column[round(y, 3)] for name, (_, y) in drawn.items()}
    columns: list[list[str]] = [[] for _ in levels]
    tops: dict[str, float] = {}
    ends: dict[int, float] = {}
    for name, (x, _) in sorted(drawn.items(), key=lambda item: (item[1][0], item[0])):
        here = column_of[name]
        columns[here].append(name)
        # Down where a tall box would cover the next of its column.
        tops[name] = max(x - boxes[name].anchor, ends.get(here, -math.inf))
        ends[here] = tops[name] + boxes[name].height + GAP_Y / 2
    return _Part(columns, tops, column_of, [])


# -- rows


def _in_rows(part: _Part, boxes: Mapping[str, Box]) -> Flow:
    wide = [max(boxes[i].width for i in column) + GAP_X for column in part.columns]
    rows = _breaks(part, wide, boxes)
    row_of = [number for number, (first, end) in enumerate(rows) for _ in range(first, end)]
    lanes = _lanes(part, row_of)
    made = Flow()
    top = 0.0
    for number, (first, end) in enumerate(rows):
        used = lanes.get(number, {})
        top += (ROW_GAP + LANE * len(used)) * (number > 0)
        names = [i for column in part.columns[first:end] for i in column]
        least = min(part.tops[i] for i in names)
        x = 0.0
        for column, width in zip(part.columns[first:end], wide[first:end], strict=True):
            made.places.update({i: (x, top + part.tops[i] - least) for i in column})
            x += width
        made.width = max(made.width, x - GAP_X)
        _lead(made, boxes, used, top)
        top += max(part.tops[i] - least + boxes[i].height for i in names)
    made.height = top
    return made


def _lead(made: Flow, boxes: Mapping[str, Box], lanes: Mapping[str, list[str]], top: float) -> None:
    """Note where the lanes above a row run: from the right of a box to the left of others."""
    for number, (source, targets) in enumerate(lanes.items()):
        height = top - 28 - LANE * number
        start = made.places[source][0] + boxes[source].width + 24 + 8 * (number % 4)
        for target in targets:
            end = made.places[target][0] - 24 - 8 * (number % 4)
            made.lanes[source, target] = (start, end, height)


def _lanes(part: _Part, row_of: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Return row -> source -> targets, for wires from rows above that need a lane to run in.

    A wire from the row above that runs back to the uppermost box of a row finds its way without.
    """
    result: dict[int, dict[str, list[str]]] = {}
    least = _least(part, row_of)
    for source, target in part.pairs:
        start, end = part.column_of[source], part.column_of[target]
        row = row_of[end]
        if row_of[start] == row:
            continue
        free = part.tops[target] <= least[row]
        back = row == row_of[start] + 1 and end - row_of.index(row) < start - row_of.index(row - 1)
        if not (free and back):
            result.setdefault(row, {}).setdefault(source, []).append(target)
    return result


def _least(part: _Part, row_of: Sequence[int]) -> dict[int, float]:
    """Return for each row the top of its uppermost box."""
    result: dict[int, float] = {}
    for column, names in enumerate(part.columns):
        row = row_of[column]
        result[row] = min([result.get(row, math.inf), *(part.tops[i] for i in names)])
    return result


def _breaks(part: _Part, wide: Sequence[float], boxes: Mapping[str, Box]) -> list[tuple[int, int]]:
    """Return the columns of each row as (first, one past the last)."""
    count = len(wide)
    high = max(part.tops[i] + boxes[i].height for i in part.tops) - min(part.tops.values())
    rows = round(math.sqrt(sum(wide) / (RATIO * (high + ROW_GAP))))
    if count <= WRAP_FROM or rows < 2:
        return [(0, count)]
    meant = sum(wide) / rows
    price = _prices(part, boxes)
    best = [0.0] + [math.inf] * count
    came = [0] * (count + 1)
    for end in range(1, count + 1):
        length = 0.0
        for first in range(end - 1, -1, -1):
            length += wide[first]
            if length > _LOOSE * meant and first < end - 1:
                break
            slack = (length - meant) / meant
            short = 0.25 if end == count and slack < 0 else 1.0
            cost = best[first] + short * slack * slack + price[first]
            if cost < best[end]:
                best[end], came[end] = cost, first
    result: list[tuple[int, int]] = []
    end = count
    while end:
        result.append((came[end], end))
        end = came[end]
    if count <= TIED_FROM and any(price[first] >= _CROSSING for first, _ in result):
        return [(0, count)]
    return result[::-1]


def _prices(part: _Part, boxes: Mapping[str, Box]) -> list[float]:
    """Return what it costs to begin a row with each column."""
    reach = dict(part.column_of)
    for source, target in part.pairs:
        reach[source] = max(reach[source], part.column_of[target])
    steps = [0] * (len(part.columns) + 1)
    for source, last in reach.items():
        steps[part.column_of[source] + 1] += 1
        steps[last + 1] -= 1
    price: list[float] = []
    wires = 0
    for column, names in enumerate(part.columns):
        wires += steps[column]
        torn = all(boxes[i].follows for i in names)
        price.append(_CROSSING * max(0, wires - 1) + _TORN * torn if column else 0.0)
    return price
