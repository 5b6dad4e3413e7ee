"""Plots: what can be watched while a network trains, and on which page of the live plots."""

from __future__ import annotations

from engine.catalog.spec import PlotSpec

LOSS = PlotSpec(
    id="loss",
    title="Loss per step",
    group="Plot",
    covers=("MON-01",),
    page="Training",
    view="loss",
    needs="A run.",
    summary="The loss of every step, and its running mean.",
    keywords=("curve", "smoothing", "objective"),
    notes="Several losses have a curve each, and one for what they make together.",
    pitfalls="The mean looks back and ahead: its latest stretch rests on fewer steps.",
)

METRICS = PlotSpec(
    id="metrics",
    title="Metrics per epoch",
    group="Plot",
    covers=("MON-01",),
    page="Training",
    view="metrics",
    needs="One epoch.",
    summary="Each figure of merit after every epoch, on the training and the validation part.",
    keywords=("accuracy", "validation", "overfitting"),
    notes="Training figures are taken while weights change, validation figures after the epoch.",
    pitfalls="With dropout the training figure may be the worse one: it is taken with dropout on.",
)

GRADIENT_NORMS = PlotSpec(
    id="gradient_norms",
    title="Gradient norms",
    group="Plot",
    covers=("MON-02",),
    page="Training",
    view="norms",
    needs="A run that is watched.",
    summary="How strongly the loss pulls at each layer's parameters.",
    keywords=("vanishing", "exploding", "layers"),
    notes="Before clipping. Layers that lie decades apart learn at different speeds.",
    pitfalls="A norm grows with the number of parameters; compare a layer with itself over time.",
)

DECISION_BOUNDARY = PlotSpec(
    id="decision_boundary",
    title="Decision boundary",
    group="Plot",
    covers=("MON-06",),
    page="Training",
    view="boundary",
    needs="Classes, and an input of two numbers.",
    summary="The class the network gives each point of the plane.",
    keywords=("2-D", "plane", "classification"),
    notes="Drawn on a grid somewhat larger than the training data.",
    pitfalls="Far from the data the colours say nothing that was learned.",
)

UPDATE_RATIOS = PlotSpec(
    id="update_ratios",
    title="Update ratio",
    group="Plot",
    covers=("MON-02",),
    page="Weights",
    view="updates",
    needs="A run that is watched.",
    summary="How far a step moves each layer's weights, over how long they are.",
    keywords=("learning rate", "step size"),
    notes="Around 10⁻³ is usual; far above it the learning rate is too large, far below too small.",
    pitfalls="Weights that start at zero have a large ratio in the first steps.",
)

WEIGHT_NORMS = PlotSpec(
    id="weight_norms",
    title="Weight norms",
    group="Plot",
    covers=("MON-02",),
    page="Weights",
    view="weights",
    needs="A run that is watched.",
    summary="How long each layer's parameters are, taken as one vector.",
    keywords=("decay", "growth"),
    notes="Steady growth without end asks for weight decay.",
    pitfalls="In front of a batch norm the length of weights changes no output.",
)

LEARNING_RATE = PlotSpec(
    id="learning_rate",
    title="Learning rate",
    group="Plot",
    covers=("MON-01",),
    page="Weights",
    view="rate",
    needs="A run.",
    summary="The learning rate of each phase, as its schedule and you set it.",
    keywords=("schedule", "warm-up"),
    notes="A change by hand while the run goes on shows as a step.",
    pitfalls="Optimizers that adapt multiply it by a factor for each weight.",
)

HISTOGRAMS = PlotSpec(
    id="histograms",
    title="Histogram over time",
    group="Plot",
    covers=("MON-02", "MON-03"),
    page="Activations",
    view="histograms",
    needs="A run that is watched.",
    summary="How a layer's outputs, weights, gradients or changes are spread, step by step.",
    keywords=("distribution", "saturation", "activations", "heat map"),
    notes="From up to 1,024 outputs, or 256 parameters, of the layer.",
    pitfalls="Strays of a few steps do not stretch the axis; the table has the extremes.",
)

OUTPUT_FIGURES = PlotSpec(
    id="output_figures",
    title="Activations",
    group="Plot",
    covers=("MON-03",),
    page="Activations",
    view="spread",
    needs="A run that is watched.",
    summary="Mean, standard deviation, zeros or saturation of each layer's outputs.",
    keywords=("dead units", "saturated", "mean", "std"),
    notes="Saturation: the share of a bounded activation's outputs within 5 % of a bound.",
    pitfalls="A ReLU has zeros by nature; near 100 % it is dead.",
)

OUTPUT_TABLE = PlotSpec(
    id="output_table",
    title="Table of activations",
    group="Plot",
    covers=("MON-03",),
    page="Activations",
    view="table",
    needs="A run that is watched.",
    summary="The latest figures of every layer's outputs.",
    keywords=("numbers", "layers"),
    notes="A click on a row selects the layer.",
    pitfalls="One step's figures jump; the curves beside it show whether a jump stays.",
)

SMALL_MULTIPLES = PlotSpec(
    id="small_multiples",
    title="Layers",
    group="Plot",
    covers=("MON-02", "MON-03"),
    page="By layer",
    view="multiples",
    needs="A run that is watched.",
    summary="One small plot for each layer in the order of depth, all to the same scale.",
    keywords=("small multiples", "per layer", "depth", "grid"),
    notes="Curves share one scale, so that depth can be read off; a histogram has its own.",
    pitfalls="A single stray stretches the common scale.",
)

NODE_VIEW = PlotSpec(
    id="node_view",
    title="Selected layer",
    group="Plot",
    covers=("MON-06",),
    page="One layer",
    view="node",
    needs="A run, and a layer that is selected.",
    summary="Feature maps, states over time, weights and attention of a layer for one sample.",
    keywords=("feature maps", "filters", "kernels", "attention", "hidden states", "recurrent"),
    notes="In evaluation, always for the same sample, and only while somebody looks.",
    pitfalls="All pictures of a kind share one scale: a faint map is small, not empty.",
)

LOSS_LANDSCAPE = PlotSpec(
    id="loss_landscape",
    title="Loss landscape",
    group="Plot",
    covers=("MON-06",),
    page="Landscape",
    view="landscape",
    needs="A run that rests or is over.",
    summary="The loss around the learned weights, along two random directions.",
    keywords=("surface", "sharpness", "minimum", "random directions"),
    formula="L(w + a·d₁ + b·d₂), each filter of d as long as w's",
    notes="21 × 21 points, each from up to 512 samples in evaluation. Li et al. 2018.",
    pitfalls="Two directions out of thousands: a smooth slice does not prove a smooth loss.",
)

PICTURES = PlotSpec(
    id="pictures",
    title="Pictures",
    group="Plot",
    covers=("MON-06",),
    page="Pictures",
    view="pictures",
    needs="A Show images node.",
    summary="What arrives at the displays of images: reconstructions, generated samples.",
    keywords=("samples", "reconstructions", "generated"),
    notes="Always of the same samples; a slider leafs back through the run.",
    pitfalls="In evaluation: what dropout and batch norm do while training is not seen.",
)

POINTS = PlotSpec(
    id="points",
    title="Points",
    group="Plot",
    covers=("MON-06",),
    page="Points",
    view="points",
    needs="A Show points node.",
    summary="What arrives at the displays of points: embeddings in two principal axes.",
    keywords=("embedding", "latent", "scatter", "PCA"),
    notes="Of more than two figures the principal two are shown, anew for every picture.",
    pitfalls="Distances along the axes that are left out cannot be seen.",
)

TEXTS = PlotSpec(
    id="texts",
    title="Text",
    group="Plot",
    covers=("MON-06",),
    page="Text",
    view="texts",
    needs="A Show text node.",
    summary="A sample of what a language model writes.",
    keywords=("language model", "sample", "generated"),
    notes="Its start and its randomness are settings of the node.",
    pitfalls="One sample says little; the validation loss says more.",
)

CANVAS_FIGURES = PlotSpec(
    id="canvas_figures",
    title="Figures on the canvas",
    group="Plot",
    covers=("MON-04",),
    view="canvas",
    needs="A run that is watched, or a profile.",
    summary="Each node in the colour of a chosen figure, each wire in that of its gradient.",
    keywords=("heat", "colours", "gradient flow", "scrub", "time travel"),
    notes=(
        "The ramp spans the whole run. A wire shows the gradient norm of the nearest layer behind "
        "it that has parameters. The slider looks back."
    ),
    pitfalls="Of older steps of a long run the means of a few samples are kept, and told so.",
)
