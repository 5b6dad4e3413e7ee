"""Augmentation: layers that change pictures at random while training, behind an Input."""

from __future__ import annotations

from engine.catalog import faces
from engine.catalog.spec import LayerSpec, Param, Port

_COVERS = ("REG-05", "DAT-06")
_IN = (Port(name="in", axes="N C H W"),)
_OUT = (Port(name="out", axes="N C H W"),)
_EXAMPLES = (((4, 3, 8, 8),), ((3, 1, 6, 9),))
_WHERE = "Put it right behind the Input. It runs on the device, for each batch anew. "
_KEYWORDS = ("augmentation", "augment", "image", "picture", "regularisation", "random", "transform")


def _rate(name: str, title: str, default: float, doc: str) -> Param:
    return Param(name=name, title=title, default=default, ge=0, le=1, doc=doc)


RANDOM_FLIP = LayerSpec(
    id="random_flip",
    title="Random flip",
    group="Source",
    covers=_COVERS,
    target="engine.modules.augment.RandomFlip",
    summary="Mirrors pictures at random while training.",
    keywords=(*_KEYWORDS, "mirror", "horizontal", "vertical"),
    formula="training: y = x or its mirror image, by chance ½; evaluation: y = x",
    notes=_WHERE + "For photographs and garments, where left and right do not matter.",
    pitfalls=(
        "Digits and letters change their meaning when mirrored: accuracy falls and 2, 5 and 6 are "
        "mixed up."
    ),
    inputs=_IN,
    outputs=_OUT,
    face=lambda v: (
        " and ".join(word for word, on in (("↔", v["horizontal"]), ("↕", v["vertical"])) if on)
        or "nothing",
    ),
    params=(
        Param(name="horizontal", title="Left to right", default=True, doc="Mirrors sideways."),
        Param(name="vertical", title="Top to bottom", default=False, doc="Mirrors upside down."),
    ),
    examples=_EXAMPLES,
)

RANDOM_SHIFT = LayerSpec(
    id="random_shift",
    title="Random shift",
    group="Source",
    covers=_COVERS,
    target="engine.modules.augment.RandomShift",
    summary="Moves pictures by some pixels at random while training; zeros come in.",
    keywords=(*_KEYWORDS, "crop", "translate", "pad", "cifar"),
    formula="training: y[i, j] = x[i + a, j + b], |a|, |b| ≤ pixels; evaluation: y = x",
    notes=_WHERE + "The usual padded crop: 4 pixels with 32 × 32 photographs, 2 with digits.",
    pitfalls=(
        "Too far and the object leaves the picture: training accuracy stays below that of "
        "validation by a wide margin."
    ),
    inputs=_IN,
    outputs=_OUT,
    face=lambda v: (f"up to {v['pixels']} px",),
    params=(
        Param(name="pixels", default=4, ge=0, le=512, unit="px", doc="How far at most, each way."),
    ),
    examples=_EXAMPLES,
)

RANDOM_ROTATION = LayerSpec(
    id="random_rotation",
    title="Random rotation",
    group="Source",
    covers=_COVERS,
    target="engine.modules.augment.RandomRotation",
    summary="Turns pictures by some degrees at random while training.",
    keywords=(*_KEYWORDS, "turn", "angle", "degrees", "rotate"),
    formula="training: y = x turned by an angle, uniform in ± degrees; evaluation: y = x",
    notes=_WHERE + "10° to 15° suit digits and photographs.",
    pitfalls="Large angles turn a 6 into a 9; every turn blurs a little.",
    inputs=_IN,
    outputs=_OUT,
    face=lambda v: (f"up to {faces.number(v['degrees'])}°",),
    params=(
        Param(
            name="degrees", default=10.0, ge=0, le=180, unit="°", doc="How far at most, each way."
        ),
    ),
    examples=_EXAMPLES,
)

RANDOM_ERASING = LayerSpec(
    id="random_erasing",
    title="Random erasing",
    group="Source",
    covers=_COVERS,
    target="engine.modules.augment.RandomErasing",
    summary="Blanks a square of some pictures while training.",
    keywords=(*_KEYWORDS, "cutout", "hole", "occlusion", "blank"),
    formula="training: y = 0 in a square at a random place, by chance p; evaluation: y = x",
    notes=(
        _WHERE + "Makes a network look at more than one mark of a thing. Zero is the mean where "
        "the data are standardised."
    ),
    pitfalls="A large hole over a small object leaves nothing to learn from.",
    inputs=_IN,
    outputs=_OUT,
    face=lambda v: (f"{v['p'] * 100:g} %", f"side {v['size'] * 100:g} %"),
    params=(
        _rate("p", "Rate (p)", 0.5, "The share of pictures that get a hole."),
        _rate("size", "Side", 0.4, "Side of the square, as a share of the shorter side."),
    ),
    examples=_EXAMPLES,
)

RANDOM_BRIGHTNESS = LayerSpec(
    id="random_brightness",
    title="Random brightness",
    group="Source",
    covers=_COVERS,
    target="engine.modules.augment.RandomBrightness",
    summary="Changes brightness and contrast of pictures at random while training.",
    keywords=(*_KEYWORDS, "colour jitter", "contrast", "exposure", "light"),
    formula="training: y = mean + (x − mean)·(1 ± contrast) ± brightness; evaluation: y = x",
    notes=_WHERE + "In units of the scaled data: with standardised data 0.2 is a fifth of σ.",
    pitfalls="On pictures scaled to 0 … 1 the result may leave that range.",
    inputs=_IN,
    outputs=_OUT,
    face=lambda v: (
        f"± {faces.number(v['brightness'])}",
        f"contrast ± {v['contrast'] * 100:g} %",
    ),
    params=(
        Param(name="brightness", default=0.2, ge=0, le=100, doc="What is added or taken at most."),
        _rate("contrast", "Contrast", 0.2, "By which share contrast changes at most."),
    ),
    examples=_EXAMPLES,
)
