"""Rules on what a run tells of gradients, activations and the learning rate."""

from __future__ import annotations

from engine.catalog.spec import FindingSpec, Param

_COVERS = ("MON-05",)


def samples(count: int) -> Param:
    """Return the setting for how many samples in a row must show it."""
    return Param(
        name="samples",
        default=count,
        ge=1,
        le=16,
        unit="samples",
        doc="How many watched steps in a row it is judged by.",
    )


VANISHING = FindingSpec(
    id="vanishing_gradients",
    title="Vanishing gradients",
    group="Gradients",
    covers=_COVERS,
    topic="norms",
    target="engine.diagnose.gradients.vanishing",
    summary="The first layers get almost no gradient while the last ones learn.",
    cause=(
        "Going back, the gradient is multiplied by the slope of every activation and by every "
        "weight matrix; if those factors are below 1, little is left after many layers."
    ),
    keywords=("deep", "sigmoid", "tanh", "depth", "residual", "backpropagation"),
    formula="‖∇first‖ < 10⁻⁶ and ‖∇first‖ < 10⁻³ · max ‖∇later‖",
    notes=(
        "Take ReLU or one of its kin in place of Sigmoid and Tanh, put batch norms between the "
        "layers, or let shortcuts pass blocks. Layers that stand after the deaf ones go on "
        "learning, so the loss falls a little and then stays."
    ),
    pitfalls=(
        "At the end of a good run all gradients are small; that is why the first layers are "
        "compared with the later ones. A frozen layer has no gradient either and is left out."
    ),
    params=(
        Param(
            name="norm",
            default=1e-6,
            gt=0,
            doc="A gradient norm below this, over all parameters of a layer, is next to nothing.",
        ),
        Param(
            name="share",
            default=1e-3,
            gt=0,
            lt=1,
            doc="It must also be below this share of the largest norm of the layers behind.",
        ),
        samples(3),
    ),
    yields_to=("same_start", "dead_relu", "saturation", "not_finite"),
)

EXPLODING = FindingSpec(
    id="exploding_gradients",
    title="Exploding gradients",
    group="Gradients",
    covers=_COVERS,
    topic="norms",
    target="engine.diagnose.gradients.exploding",
    summary="The gradients are so large that steps throw the weights about.",
    cause=(
        "Weights that start too large, a rate that has driven them up, or numbers in the data that "
        "are large themselves: each layer multiplies what goes back through it."
    ),
    keywords=("clipping", "diverge", "overflow", "recurrent"),
    formula="median ‖∇‖ over the samples > 1,000, after clipping",
    notes=(
        "Clip the norm of the gradients, start from weights that fit the activation, standardise "
        "inputs and targets, lower the rate. Recurrent networks want clipping in any case."
    ),
    pitfalls=(
        "Adam divides by the size of the gradients and hides them; the sign is then a loss that "
        "does not settle. A single large step is no explosion: several samples must show it."
    ),
    params=(
        Param(name="norm", default=1e3, gt=0, doc="A norm above this is too much."),
        samples(3),
    ),
    yields_to=("input_scale", "target_scale", "lr_too_high", "not_finite"),
)

NO_GRADIENT = FindingSpec(
    id="no_gradient",
    title="No gradient arrives",
    group="Gradients",
    covers=_COVERS,
    topic="norms",
    target="engine.diagnose.gradients.none",
    summary="A layer that is to learn gets a gradient of exactly zero.",
    cause=(
        "Nothing the loss depends on depends on this layer in a way that has a slope: a step "
        "function, a detach, dead units or weights of zero stand between it and the loss."
    ),
    keywords=("dead path", "detach", "zero gradient", "stuck"),
    formula="‖∇‖ = 0 in every sample while other layers have one",
    notes=(
        "Follow the wires from the layer to the loss and look for what has no slope. Freeze the "
        "layer if it is not meant to learn."
    ),
    pitfalls=(
        "An embedding whose words do not occur has no gradient in those rows, but the layer as a "
        "whole does. In a network with several phases only what the phase trains is judged."
    ),
    params=(samples(6),),
    yields_to=("dead_relu", "same_start", "saturation", "lr_too_high", "not_finite"),
)

NOT_FINITE = FindingSpec(
    id="not_finite",
    title="NaN or infinity",
    group="Gradients",
    covers=_COVERS,
    topic="failure",
    target="engine.diagnose.gradients.not_finite",
    summary="The loss is no longer a number; the run has stopped at the step where that began.",
    cause=(
        "A number overflowed or an operation has no answer: a rate that is too large, a logarithm "
        "or a root of zero, a division by zero, or broken values in the data."
    ),
    keywords=("nan", "inf", "overflow", "diverge", "log", "sqrt", "division"),
    formula="loss − loss ≠ 0",
    notes=(
        "Lower the rate or clip the gradients if the weights overflowed; mend the data if it holds "
        "such values; keep logarithms and roots away from zero."
    ),
    pitfalls="The layer that is named is the first that shows it, not always the one at fault.",
    params=(
        Param(name="factor", default=0.1, gt=0, lt=1, doc="By what the fix multiplies the rate."),
    ),
)

DEAD_RELU = FindingSpec(
    id="dead_relu",
    title="Dead ReLU",
    group="Activations",
    covers=_COVERS,
    topic="outputs",
    target="engine.diagnose.outputs.dead",
    summary="Nearly all outputs of a ReLU are zero, so that nothing behind it can learn from them.",
    cause=(
        "A step pushed the weights or biases in front so far down that the sums are negative for "
        "every sample; the slope there is zero, so no later step brings them back."
    ),
    keywords=("dying relu", "zero", "sparse", "leaky"),
    formula="share of outputs that are 0 ≥ 0.97",
    notes=(
        "Leaky ReLU has a slope on both sides and revives them; a lower rate, He initialisation "
        "and a batch norm in front keep them alive."
    ),
    pitfalls=(
        "Half of the outputs of a healthy ReLU are zero, and a code that is meant to be sparse has "
        "more: a layer with a sparsity penalty is left out."
    ),
    params=(
        Param(name="zero", default=0.97, gt=0, le=1, doc="The share of zeros that counts."),
        samples(3),
    ),
    many=True,
    yields_to=("same_start", "lr_too_high", "not_finite"),
)

SATURATION = FindingSpec(
    id="saturation",
    title="Saturated activation",
    group="Activations",
    covers=_COVERS,
    topic="outputs",
    target="engine.diagnose.outputs.saturated",
    summary="Most outputs of a Sigmoid or Tanh sit at its ends, where it has no slope.",
    cause=(
        "The sums in front are large: inputs that are not scaled, weights that start too large, or "
        "a rate that has driven them there. At the ends the gradient is next to zero."
    ),
    keywords=("sigmoid", "tanh", "flat", "limits"),
    formula="share of outputs within 1 % of an end ≥ 0.8",
    notes=(
        "Standardise the inputs, start from Glorot weights, put a batch norm in front, or take "
        "ReLU. It is found per layer, and the first of several is the one to mend."
    ),
    pitfalls=(
        "The last Sigmoid of a classifier or of pictures in black and white ends at 0 and 1 when "
        "it has learned well: an activation behind which no layer learns is left out."
    ),
    params=(
        Param(name="share", default=0.8, gt=0, le=1, doc="The share at the ends that counts."),
        samples(3),
    ),
    yields_to=("lr_too_high", "input_scale", "not_finite"),
)

EXPLODING_ACTIVATIONS = FindingSpec(
    id="exploding_activations",
    title="Exploding activations",
    group="Activations",
    covers=_COVERS,
    topic="outputs",
    target="engine.diagnose.outputs.exploding",
    summary="The outputs grow from layer to layer until they are enormous.",
    cause=(
        "Weights too large for the number of inputs multiply the spread of the signal at every "
        "layer; nothing in between brings it back to 1."
    ),
    keywords=("growth", "initialisation", "variance", "overflow"),
    formula="greatest |output| > 1,000 at a layer, and ≤ 1,000 in front of it",
    notes="Start from He or Glorot weights, or put a batch norm or layer norm behind the layer.",
    pitfalls=(
        "Data that is large itself makes large outputs at the first layer: that is a matter of "
        "scaling. Networks that count or add up may rightly put out large numbers at their end."
    ),
    params=(
        Param(name="size", default=1e3, gt=0, doc="An output beyond this is enormous."),
        samples(3),
    ),
    yields_to=("input_scale", "target_scale", "lr_too_high", "not_finite"),
)

LR_TOO_HIGH = FindingSpec(
    id="lr_too_high",
    title="Learning rate too high",
    group="Learning rate",
    covers=_COVERS,
    topic="loss",
    target="engine.diagnose.rates.too_high",
    summary="Every step changes the weights so much that the loss does not fall.",
    cause=(
        "A step follows the slope at one point; if it is longer than the slope holds, it lands "
        "higher than it began."
    ),
    keywords=("diverge", "oscillate", "unstable", "step size"),
    formula="‖Δw‖ / ‖w‖ > 0.1 and loss ≥ 0.98 · start; or a loss that has been > 3 · start",
    notes=(
        "Divide the rate by ten, or let the learning-rate finder suggest one. A warm-up helps "
        "where only the first steps are too bold. The rate can be changed under way."
    ),
    pitfalls=(
        "The first steps of a run may be large and good; they are not judged. In a contest of two "
        "networks a rising loss means nothing by itself: only the size of the steps is judged."
    ),
    params=(
        Param(name="ratio", default=0.1, gt=0, doc="Change over weights that is too much."),
        Param(
            name="rise",
            default=3.0,
            gt=1,
            doc="A loss of this many times the first is too much.",
        ),
        Param(name="after", default=20, ge=0, unit="steps", doc="Steps that are not judged."),
        samples(1),
    ),
    yields_to=("input_scale", "target_scale", "same_start", "not_finite"),
)

LR_TOO_LOW = FindingSpec(
    id="lr_too_low",
    title="Learning rate too low",
    group="Learning rate",
    covers=_COVERS,
    topic="norms",
    target="engine.diagnose.rates.too_low",
    summary="The steps are so small that the weights hardly move.",
    cause="The rate is far below what the size of the weights and gradients asks for.",
    keywords=("slow", "crawl", "step size"),
    formula="‖Δw‖ / ‖w‖ < 3 · 10⁻⁵ while the loss is still above 0.9 of its start",
    notes=(
        "A change of about a thousandth of the weights at each step is usual. Raise the rate; the "
        "learning-rate finder shows how far one can go."
    ),
    pitfalls=(
        "Fine-tuning wants small steps, and a schedule ends with them: a rate that has come down, "
        "or is still rising, is not judged, nor a loss that falls all the same."
    ),
    params=(
        Param(name="ratio", default=3e-5, gt=0, doc="Change over weights that is too little."),
        Param(name="fall", default=0.9, gt=0, le=1, doc="A loss above this share of the first."),
        Param(name="after", default=30, ge=0, unit="steps", doc="Steps that are not judged."),
        samples(4),
    ),
    yields_to=(
        "vanishing_gradients",
        "same_start",
        "dead_relu",
        "saturation",
        "no_gradient",
        "not_finite",
    ),
)

UPDATE_RATIO = FindingSpec(
    id="update_ratio",
    title="One layer out of step",
    group="Learning rate",
    covers=_COVERS,
    topic="norms",
    target="engine.diagnose.rates.out_of_step",
    summary="One layer changes a thousand times faster or slower than the others.",
    cause=(
        "Its learning-rate factor, the size of its weights or the size of what it gets is far from "
        "those of the other layers, so that one rate does not suit all."
    ),
    keywords=("layer", "factor", "discriminative", "ratio"),
    formula="‖Δw‖ / ‖w‖ of a layer is 1,000 times off the median and outside 10⁻⁶ … 0.1",
    notes="Set the layer's learning-rate factor back to 1, or give it a start that fits.",
    pitfalls=(
        "Factors that were chosen on purpose, as in fine-tuning, are told too if they are this "
        "extreme; dismiss it then."
    ),
    params=(
        Param(name="times", default=1e3, gt=1, doc="How far off the median counts."),
        Param(name="least", default=1e-6, gt=0, doc="A change below this is too little."),
        Param(name="most", default=0.1, gt=0, doc="A change above this is too much."),
        samples(6),
    ),
    yields_to=(
        "vanishing_gradients",
        "no_gradient",
        "dead_relu",
        "saturation",
        "lr_too_high",
        "lr_too_low",
        "same_start",
        "not_finite",
    ),
)
