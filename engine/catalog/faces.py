"""What a node's face tells of its settings, in words shared by several entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Values = Mapping[str, Any]
    Face = Callable[[Values], tuple[str, ...]]


def _items(value: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)


def times(value: Any) -> str:
    """Return `3×3` for (3, 3)."""
    return "×".join(map(str, _items(value)))


def one(value: Any) -> str:
    """Return sizes that are all the same as one number."""
    items = _items(value)
    return str(items[0]) if len(set(items)) == 1 else times(items)


def unless(value: Any, usual: Any, word: str) -> str:
    """Return `word value`, or nothing for the usual value."""
    return "" if all(v == usual for v in _items(value)) else f"{word} {one(value)}"


def padding(value: Any) -> str:
    """Return what a padding says: `same`, `padding 1`, or nothing."""
    return value if isinstance(value, str) else unless(value, 0, "padding")


def number(value: Any) -> str:
    """Return a decimal number in a few digits; an expression stays as it is written."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def nothing(values: Values) -> tuple[str, ...]:
    """Say nothing."""
    return ()


def axis(word: str = "along axis") -> Face:
    """Return a face that tells the axis."""
    return lambda values: (f"{word} {values['dim']}",)


def setting(name: str, sign: str) -> Face:
    """Return a face that tells one number: `α 0.2`."""
    return lambda values: (f"{sign} {number(values[name])}",)


def units(values: Values) -> tuple[str, ...]:
    """Tell how many units a Dense layer has."""
    count = values["out_features"]
    return (f"{count:,} unit{'' if count == 1 else 's'}", "" if values["bias"] else "no bias")


def convolution(values: Values) -> tuple[str, ...]:
    """Tell filters, kernel, and what differs from the usual."""
    filters, many = values.get("out_channels"), values.get("depth_multiplier", 1)
    return (
        f"{filters} filters" if filters is not None else "",
        "" if many == 1 else f"{many} for each channel",
        times(values["kernel_size"]),
        unless(values["stride"], 1, "stride"),
        padding(values["padding"]),
        unless(values["dilation"], 1, "dilation"),
        "" if values.get("groups", 1) == 1 else f"{values['groups']} groups",
    )


def pooling(values: Values) -> tuple[str, ...]:
    """Tell window and stride."""
    stride = values.get("stride")
    apart = stride is not None and stride != values["kernel_size"]
    return (
        times(values["kernel_size"]),
        f"stride {one(stride)}" if apart else "",
        padding(values.get("padding", 0)),
    )


def recurrent(values: Values) -> tuple[str, ...]:
    """Tell units, layers and direction."""
    layers = values["num_layers"]
    return (
        f"{values['hidden_size']} units",
        f"{layers} layers" if layers != 1 else "",
        "both ways" if values["bidirectional"] else "",
        "relu" if values.get("nonlinearity") == "relu" else "",
        "stateful" if values.get("stateful") else "",
    )


def dropped(values: Values) -> tuple[str, ...]:
    """Tell the share that is dropped."""
    p = values["p"]
    return (f"drops {p * 100:g} %" if isinstance(p, int | float) else "",)
