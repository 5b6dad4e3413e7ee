"""Templates of the perceptron, radial bases, binarised layers and the mixed operation."""

from __future__ import annotations

from engine.catalog.spec import TemplateSpec

AND_PERCEPTRON = TemplateSpec(
    id="and-perceptron",
    title="AND with a perceptron",
    group="First steps",
    summary="One neuron and a rule of 1958 learn the logic gate AND; watch its line settle.",
    data="gates",
    keywords=("perceptron", "rosenblatt", "logic", "or", "boundary"),
)
XOR_PERCEPTRON = TemplateSpec(
    id="xor-perceptron",
    title="XOR with a perceptron",
    group="First steps",
    summary="Fails, and says why: no straight line parts the four corners of XOR.",
    data="gates",
    keywords=("perceptron", "rosenblatt", "minsky", "logic", "boundary", "failure"),
    notes=(
        "The line jumps to and fro for ever and has three corners of four right at best. What a "
        "hidden layer changes shows “XOR with a hidden layer”."
    ),
)
XOR_MLP = TemplateSpec(
    id="xor-mlp",
    title="XOR with a hidden layer",
    group="First steps",
    summary="Four hidden units solve what one perceptron cannot.",
    data="gates",
    keywords=("mlp", "hidden layer", "logic", "boundary"),
)
RBF_SINE = TemplateSpec(
    id="rbf-sine",
    title="Bells on a sine",
    group="Special layers",
    summary="A radial basis network draws a noisy sine with twelve bells placed by k-means.",
    data="sine",
    keywords=("rbf", "radial basis", "regression", "curve", "k-means"),
)
BINARISED_MLP = TemplateSpec(
    id="binarised-mlp",
    title="Digits by signs",
    group="Special layers",
    summary="Reads digits with weights of −1 and 1 only, and signs between its layers.",
    data="mnist",
    keywords=("binary", "bitwise", "quantised", "mlp", "xnor", "classification"),
)
DARTS_MINI = TemplateSpec(
    id="darts-mini",
    title="Search for a network",
    group="Special layers",
    summary="Two phases: layers learn on the training part, the choice between them on another.",
    data="digits",
    keywords=("darts", "architecture search", "nas", "mixed operation", "phases"),
)
