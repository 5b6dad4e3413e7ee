"""What a node's face tells of its settings."""

from __future__ import annotations

from typing import Any

import pytest

from engine.catalog import registry

FACES: list[tuple[str, dict[str, Any], str]] = [
    ("conv2d", {"padding": "same"}, "32 filters, 3×3, same"),
    (
        "conv3d",
        {"stride": 2, "padding": 1, "groups": 4},
        "32 filters, 3×3×3, stride 2, padding 1, 4 groups",
    ),
    ("conv1d", {"dilation": 4}, "32 filters, 3, dilation 4"),
    ("conv_transpose1d", {"kernel_size": 4}, "32 filters, 4"),
    ("depthwise_conv1d", {"depth_multiplier": 2}, "2 for each channel, 3"),
    ("max_pool3d", {"stride": (1, 2, 2)}, "2×2×2, stride 1×2×2"),
    ("adaptive_avg_pool2d", {"output_size": 4}, "to 4×4"),
    ("depth_max_pool", {"window": 3, "stride": 1}, "3 channels, stride 1"),
    ("fixed_filter", {"kind": "gaussian", "size": 5, "sigma": 1.4}, "gaussian, 5×5, σ 1.4"),
    ("fixed_filter", {"kind": "own"}, "own matrix"),
    ("dense", {"out_features": 1, "bias": False}, "1 unit, no bias"),
    ("dropout", {"p": 0.25}, "drops 25 %"),
    ("masking_noise", {"when": "always"}, "blanks 30 %, always"),
    ("leaky_relu", {}, "α 0.2"),
    ("gumbel_softmax", {"hard": True}, "τ 1, hard"),
    ("step", {}, ""),
    ("slice", {"start": 2, "stop": None, "step": 2}, "2 to end, axis 1, every 2"),
    ("split3", {"sizes": (2, -1, 3)}, "2 + rest + 3, axis 1"),
    ("split4", {}, "4 equal parts, axis 1"),
    ("pad", {"after": 0, "mode": "reflect"}, "1 + 0, axis -1, reflect"),
    ("shift_right", {"value": 2}, "starts with 2"),
    ("expression", {"expression": "a * sigmoid(b)"}, "a * sigmoid(b)"),
    ("expression", {"expression": "a + " * 20 + "a"}, "a + a + a + a + a + a + a +…"),
    ("reshape", {"shape": (3, 4)}, "to N×3×4"),
    ("embedding", {"num_embeddings": 12_000}, "12,000 words, 32 wide"),
    ("output", {"name": "class"}, "“class”"),
]


@pytest.mark.parametrize(("spec_id", "params", "words"), FACES)
def test_a_face_tells_what_matters(spec_id: str, params: dict[str, Any], words: str) -> None:
    spec = registry.nodes()[spec_id]
    assert spec.face is not None
    assert ", ".join(part for part in spec.face(spec.values(params)) if part) == words
