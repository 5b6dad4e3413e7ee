"""Weights from a file. The function stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def load_weights(module: nn.Module, path: str) -> None:
    """Copy what a safetensors file holds into a module, by name.

    Raises
    ------
    ValueError
        The file is not there or damaged, has nothing for the module, or tensors of other shapes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        held = load(Path(path).read_bytes())
    except (OSError, SafetensorError) as error:
        raise ValueError(f"The weights in {path} cannot be read: {error}.") from None
    state = module.state_dict()
    known = {name: tensor for name, tensor in held.items() if name in state}
    if state and not known:
        raise ValueError(f"{path} holds no weights for this network, only for others.")
    for name, tensor in known.items():
        if tensor.shape != state[name].shape:
            raise ValueError(
                f"{path} holds {name!r} of shape {tuple(tensor.shape)}; here it has "
                f"{tuple(state[name].shape)}."
            )
    module.load_state_dict({**state, **known})
