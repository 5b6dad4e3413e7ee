"""Which device a run uses and in what precision, or a sentence that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine.train.failure import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = {"cuda": "an NVIDIA or AMD GPU", "mps": "Apple's GPU", "xpu": "an Intel GPU"}


def available(kind: str) -> bool:
    """Return whether torch can use a kind of device on this machine."""
    checks: dict[str, Callable[[], bool]] = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "xpu": torch.xpu.is_available,
    }
    return checks[kind]()


def resolve_device(wanted: str) -> torch.device:
    """Return the device for `auto`, `cpu`, `cuda`, `mps` or `xpu`.

    Raises
    ------
    TrainingError
        The device is not there.
    """
    if wanted == "auto":
        wanted = next((kind for kind in ("cuda", "mps", "xpu") if available(kind)), "cpu")
    if wanted != "cpu" and not available(wanted):
        raise TrainingError(
            f"The device {wanted!r} needs {NAMES[wanted]} and a PyTorch built for it, and this "
            "computer has not both; choose 'auto' or 'cpu'."
        )
    return torch.device(wanted)


def held_at_most(device: torch.device) -> int:
    """Return the bytes that tensors held at most so far on a GPU; 0 where nobody counts them."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0


class Precision:
    """How numbers are held while training: float32, or mixed where the device gains by it.

    On CUDA mixed is bfloat16 where the GPU has it and else float16 with a gradient scaler;
    on other GPUs float16 or bfloat16 without one. On the CPU it stays float32, with a note.

    Parameters
    ----------
    wanted
        "float32" or "mixed".
    device
        Where the network runs.
    half
        True: float16 even where bfloat16 is there.
    """

    def __init__(self, wanted: str, device: torch.device, half: bool = False) -> None:
        self.dtype: torch.dtype | None = None
        self.scaler: Any = None
        self.note = ""
        self._kind = device.type
        if wanted != "mixed":
            return
        if device.type == "cpu":
            self.note = "Mixed precision gains nothing on the CPU; this run uses float32."
            return
        self.dtype = torch.bfloat16
        if device.type == "mps" or (
            device.type == "cuda" and (half or not torch.cuda.is_bf16_supported(False))
        ):
            self.dtype = torch.float16
        if device.type == "cuda" and self.dtype is torch.float16:
            self.scaler = torch.amp.GradScaler("cuda")

    def wrap(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """Return the forward as it runs in this precision."""
        if self.dtype is None:
            return forward
        dtype, kind = self.dtype, self._kind

        def mixed(*fields: torch.Tensor) -> Any:
            with torch.autocast(kind, dtype):
                return forward(*fields)

        return mixed
