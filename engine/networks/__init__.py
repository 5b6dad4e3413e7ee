"""Networks placed in networks: ports, the collection, regrouping, and where weights go with it.

Everything here takes a project and returns another; nothing knows shapes or a window.
"""

from engine.networks.collection import (
    adopt,
    delete,
    duplicate,
    exchange,
    new,
    place,
    rename,
)
from engine.networks.copies import detach, set_weights, unroll
from engine.networks.dissolution import dissolve
from engine.networks.extraction import extract
from engine.networks.inventory import (
    Homes,
    check_place,
    check_recursion,
    closure,
    fresh_key,
    fresh_title,
    homes,
    reaches,
    unused,
    uses,
)
from engine.networks.mending import mended
from engine.networks.own import own_layers, untrusted
from engine.networks.ports import NetworkError, inputs_of, outputs_of, placed
from engine.networks.whereabouts import Edited, laid_aside, resettled, roots, weight_paths

__all__ = [
    "Edited",
    "Homes",
    "NetworkError",
    "adopt",
    "check_place",
    "check_recursion",
    "closure",
    "delete",
    "detach",
    "dissolve",
    "duplicate",
    "exchange",
    "extract",
    "fresh_key",
    "fresh_title",
    "homes",
    "inputs_of",
    "laid_aside",
    "mended",
    "new",
    "outputs_of",
    "own_layers",
    "place",
    "placed",
    "reaches",
    "rename",
    "resettled",
    "roots",
    "set_weights",
    "unroll",
    "untrusted",
    "unused",
    "uses",
    "weight_paths",
]
