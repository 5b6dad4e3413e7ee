"""Metrics of numbers, texts and pictures."""

from __future__ import annotations

from engine.catalog.spec import MetricSpec, Param

_PEAK = Param(name="peak", default=1.0, gt=0, doc="The largest value a pixel can have.")

MSE = MetricSpec(
    id="mse",
    title="MSE",
    group="Metric",
    covers=("MET-04",),
    target="engine.modules.metrics.mse",
    tasks=("regression",),
    mean=True,
    better="lower",
    summary="The mean squared difference from the target.",
    keywords=("regression", "squared error"),
    formula="(1/n) Σ (y − ŷ)²",
    notes="In the square of the target's unit: RMSE is easier to read.",
    pitfalls="A few outliers can make up nearly all of it; look at the residuals.",
)

PERPLEXITY = MetricSpec(
    id="perplexity",
    title="Perplexity",
    group="Metric",
    covers=("MET-05",),
    target="engine.modules.likeness.perplexity",
    tasks=("classes",),
    better="lower",
    summary="Among how many tokens the network wavers, on average.",
    keywords=("language model", "text", "entropy", "tokens"),
    formula="e^(mean cross-entropy)",
    notes=(
        "For language models. 1 is certain and right; guessing among C tokens gives C. ≠ "
        "Taken of the plain cross-entropy, without the loss's weights and smoothing."
    ),
    pitfalls=(
        "Comparable only for one vocabulary: words give higher figures than characters for "
        "the same text."
    ),
)

BLEU = MetricSpec(
    id="bleu",
    title="BLEU",
    group="Metric",
    covers=("MET-05",),
    target="engine.modules.likeness.bleu",
    tasks=("classes",),
    whole=True,
    params=(
        Param(name="order", default=4, ge=1, le=9, doc="The longest run of tokens that counts."),
    ),
    summary="How many runs of one to four tokens are those of the right sequence.",
    keywords=("translation", "text", "sequence", "n-gram", "seq2seq"),
    formula="(Π pₙ)^(1/4), pₙ = share of runs of n tokens that are right",
    notes=(
        "Of all sequences together, with the right tokens given step by step. ≠ Answers are "
        "cut to the length of the target, so the brevity penalty of the paper is 1. Steps "
        "that the loss ignores are cut out."
    ),
    pitfalls=(
        "0 as long as no run of four is right. Short sequences have few such runs, and it jumps."
    ),
)

PSNR = MetricSpec(
    id="psnr",
    title="PSNR",
    group="Metric",
    covers=("MET-05",),
    target="engine.modules.likeness.psnr",
    tasks=("regression",),
    unit="dB",
    params=(_PEAK,),
    summary="How strong a picture is above its error, in decibels.",
    keywords=("image", "picture", "noise", "reconstruction", "super resolution"),
    formula="10·log₁₀(peak² / MSE), averaged over pictures",
    notes=(
        "For pictures from 0 to 1. 20 dB is rough, 30 fair, 40 hard to tell apart. ≠ A "
        "perfect picture counts 100 dB."
    ),
    pitfalls=(
        "Blurring costs little: a soft picture may have a high figure and look wrong. See SSIM."
    ),
)

SSIM = MetricSpec(
    id="ssim",
    title="SSIM",
    group="Metric",
    covers=("MET-05",),
    target="engine.modules.likeness.ssim",
    tasks=("regression",),
    params=(_PEAK,),
    summary="How alike pictures are in brightness, contrast and structure, 1 at most.",
    keywords=("image", "picture", "structural similarity", "reconstruction"),
    formula="(2μxμy + c₁)(2σxy + c₂) / ((μx² + μy² + c₁)(σx² + σy² + c₂)), averaged",
    notes=(
        "For pictures N C H W from 0 to 1. Windows of 11 × 11 as in the paper, channel by channel."
    ),
    pitfalls=(
        "Has no value for flat vectors: reshape them to pictures. In large even areas it is "
        "unstable."
    ),
)
