"""Signals as sums of waves: Fourier and Laplace transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import features
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST = 20_000_000
"""Numbers that the grid of a Laplace transform may take."""


def _signal(axes: int) -> Callable[..., str | None]:
    """Return the check of a forward transform."""

    def check(values: Mapping[str, Any], received: TensorSpec) -> str | None:
        pairs = values.get("pairs", False)
        if pairs and received.shape[-1] != 2:
            return (
                f"Complex input needs a last axis of 2, real and imaginary part; {received} comes. "
                "Switch Complex input off for real numbers."
            )
        if len(received.shape) < 1 + axes + pairs:
            return f"It needs {axes + pairs} axes beside the batch; it receives {received}."
        return None

    return check


def _power(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return _signal(values["axes"])({}, received)


def _spectrum(axes: int) -> Callable[..., str | None]:
    """Return the check of an inverse transform."""

    def check(values: Mapping[str, Any], received: TensorSpec) -> str | None:
        if received.shape[-1] != 2:
            return (
                f"It needs a last axis of 2, real and imaginary part; {received} comes. Wire it to "
                "a Fourier transform."
            )
        if len(received.shape) < 2 + axes:
            return f"It needs {axes} axes of frequencies; it receives {received}."
        half = values["returns"] == "half"
        if half and received.shape[-2] == 1 and not values["odd"]:
            return (
                "One frequency alone gives a signal of length 1, which is odd: switch Odd length "
                "on."
            )
        return None

    return check


def _laplace(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    length, low, high = received.shape[-1], values["low"], values["high"]
    if length < 2:
        return f"It integrates along the last axis and needs two samples or more; {received} comes."
    if low > high:
        return f"Its grid goes from a = {low:g} to {high:g}; the first must not be above the last."
    if low * (length - 1) * values["dt"] < -80:
        return (
            f"At a = {low:g} it would grow beyond what a float holds within {length} samples. "
            "Begin at a larger a, or take a smaller spacing."
        )
    numbers = length * values["points"] * values["frequencies"]
    if numbers > _MOST:
        return (
            f"Its grid takes {numbers:,} numbers for {length} samples, more than {_MOST:,}. Take "
            "fewer points or frequencies."
        )
    return None


_NORM = Param(
    name="norm",
    title="Scaling",
    default="backward",
    choices=("backward", "ortho", "forward"),
    advanced=True,
    doc="Which way divides by the length: the inverse, both by its root (ortho), or this one.",
)
_PAIRS = Param(
    name="pairs",
    title="Complex input",
    default=False,
    doc="On: the last axis holds real and imaginary part. Off: the input is real.",
)
_FULL = Param(
    name="full",
    title="All frequencies",
    default=False,
    doc="Off: only those from 0 to the middle, as a real signal's others mirror them.",
)
_INVERSE = (
    Param(
        name="returns",
        default="half",
        choices=("half", "real", "pairs"),
        doc=(
            "“half”: real, from frequencies 0 to the middle; “real”: from all, the imaginary part "
            "dropped; “pairs”: complex."
        ),
    ),
    Param(
        name="odd",
        title="Odd length",
        default=False,
        doc="On: half the frequencies belong to a signal of odd length.",
    ),
    _NORM,
)
_PAIR = "A pair for each frequency: real part, imaginary part."
_FORWARD_NOTES = (
    "Every wire holds real numbers, so a complex number is a pair on an axis of its own, real part "
    "first. Frequency k of a signal of L samples turns k times within it; the first is the sum. "
    "≠ Texts write ∫ f(t) e^(−iωt) dt; this is the sum over samples, and 1/2π of the inverse "
    "becomes 1/L."
)
_FORWARD_PITFALLS = (
    "It takes the signal as one period of an endless one: ends that do not meet spread over all "
    "frequencies. Anything faster than half the sampling rate appears as a slower one (aliasing). "
    "The numbers grow with the length: put a norm behind it, or take Scaling “ortho”."
)
_INVERSE_NOTES = (
    "Takes what the forward transform gives, a pair for each frequency, and gives the signal back. "
    "Change the spectrum between the two and you have a filter."
)
_INVERSE_PITFALLS = (
    "Half the frequencies do not tell whether the length was odd: a signal that comes back one "
    "sample short needs Odd length. With “real” an unsymmetric spectrum loses its imaginary part "
    "without a word."
)
WORDS = ("fourier", "fft", "frequency", "spectrum", "signal", "dft")


def _transform_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield "complex" if values["pairs"] else "all frequencies" if values["full"] else ""
    yield "" if values["norm"] == "backward" else str(values["norm"])


def _inverse_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield {"pairs": "complex", "real": "all frequencies"}.get(values["returns"], "")
    yield "odd length" if values["odd"] and values["returns"] == "half" else ""


FFT1D = LayerSpec(
    id="fft1d",
    title="FFT 1D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.FourierTransform",
    summary="Tells which frequencies a signal is made of, along the last axis.",
    keywords=(*WORDS, "audio", "time series"),
    formula="X[k] = Σₙ x[n] e^(−2πikn/L)",
    notes=f"{_FORWARD_NOTES} For sequences N × L × C put a Permute in front.",
    pitfalls=_FORWARD_PITFALLS,
    inputs=(Port(name="in", axes="N L ..."),),
    outputs=(Port(name="out", axes="N F ... P", doc=_PAIR),),
    fixed={"axes": 1},
    check=_signal(1),
    activation="linear",
    face=_transform_face,
    params=(_PAIRS, _FULL, _NORM),
    examples=(((2, 8),), ((2, 3, 7),)),
)

FFT2D = LayerSpec(
    id="fft2d",
    title="FFT 2D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.FourierTransform",
    summary="Tells which waves an image is made of, over the last two axes.",
    keywords=(*WORDS, "image"),
    formula="X[k, l] = Σₘ Σₙ x[m, n] e^(−2πi(km/H + ln/W))",
    notes=_FORWARD_NOTES,
    pitfalls=_FORWARD_PITFALLS,
    inputs=(Port(name="in", axes="N H W ..."),),
    outputs=(Port(name="out", axes="N F F ... P", doc=_PAIR),),
    fixed={"axes": 2},
    check=_signal(2),
    activation="linear",
    face=_transform_face,
    params=(_PAIRS, _FULL, _NORM),
    examples=(((2, 3, 6, 8),), ((2, 5, 7),)),
)

INVERSE_FFT1D = LayerSpec(
    id="inverse_fft1d",
    title="Inverse FFT 1D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.InverseFourierTransform",
    summary="Makes a signal of its frequencies.",
    keywords=(*WORDS, "inverse", "ifft", "filter"),
    formula="x[n] = 1/L Σₖ X[k] e^(2πikn/L)",
    notes=_INVERSE_NOTES,
    pitfalls=_INVERSE_PITFALLS,
    inputs=(Port(name="in", axes="N F ... P", doc=_PAIR),),
    outputs=(Port(name="out", axes="N L ..."),),
    fixed={"axes": 1},
    check=_spectrum(1),
    activation="linear",
    face=_inverse_face,
    params=_INVERSE,
    examples=(((2, 5, 2),), ((2, 3, 4, 2),)),
)

INVERSE_FFT2D = LayerSpec(
    id="inverse_fft2d",
    title="Inverse FFT 2D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.InverseFourierTransform",
    summary="Makes an image of its waves.",
    keywords=(*WORDS, "inverse", "ifft", "image", "filter"),
    formula="x[m, n] = 1/HW Σₖ Σₗ X[k, l] e^(2πi(km/H + ln/W))",
    notes=_INVERSE_NOTES,
    pitfalls=_INVERSE_PITFALLS,
    inputs=(Port(name="in", axes="N F F ... P", doc=_PAIR),),
    outputs=(Port(name="out", axes="N H W ..."),),
    fixed={"axes": 2},
    check=_spectrum(2),
    activation="linear",
    face=_inverse_face,
    params=_INVERSE,
    examples=(((2, 6, 5, 2),), ((2, 3, 4, 3, 2),)),
)

POWER_SPECTRUM = LayerSpec(
    id="power_spectrum",
    title="Power spectrum",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.PowerSpectrum",
    summary="How strong each frequency is, whatever its phase.",
    keywords=(*WORDS, "periodogram", "energy", "decibel"),
    formula="P[k] = |X[k]|² / L",
    notes=(
        "A good first look at sound and at periodic series: it does not change when the signal is "
        "shifted around. Frequencies from 0 to the middle; those between count once here, though a "
        "real signal has each twice. Decibels make weak ones visible to what follows."
    ),
    pitfalls=(
        "Phase is lost, so a signal cannot be made of it again. A frequency that does not fit the "
        "length leaks into all others; the Hann window narrows that, at the cost of the ends. "
        "Powers differ by many powers of ten: without decibels the largest drowns the rest."
    ),
    inputs=(Port(name="in", axes="N L ..."),),
    outputs=(Port(name="out", axes="N F ..."),),
    check=_power,
    activation="linear",
    face=lambda v: (
        "2 axes" if v["axes"] == 2 else "",
        "Hann window" if v["hann"] else "",
        "dB" if v["decibels"] else "",
    ),
    params=(
        Param(name="axes", default=1, ge=1, le=2, doc="1: along the last axis; 2: images."),
        Param(
            name="hann",
            title="Hann window",
            default=False,
            doc="Fades the signal in and out, so that frequencies leak less.",
        ),
        Param(name="decibels", default=False, doc="10 log₁₀ of the power."),
    ),
    examples=(((2, 8),), ((2, 3, 7),)),
)

LAPLACE = LayerSpec(
    id="laplace",
    title="Laplace transform",
    group="Signal",
    covers=("LAY-19",),
    target="engine.modules.fourier.LaplaceTransform",
    summary="Tells which fading and growing waves a signal is made of, on a grid of s = a + iω.",
    keywords=("laplace", "signal", "control", "decay", "s-plane", "integral", "frequency"),
    formula="F(s) = ∫₀^T f(t) e^(−st) dt,  s = a + iω",
    notes=(
        "The Fourier transform made more general: a > 0 weighs the beginning, ω turns. For linear "
        "systems and signals that fade: e^(−kt) gives 1 / (s + k). A numeric integral over the "
        "samples along the last axis, one complex number, a pair, for each point of the grid. "
        "Nothing is learned; the gradient passes to the signal."
    ),
    pitfalls=(
        "The integral ends with the last sample: what has not faded until then is missing, and "
        "negative a makes it worse. The spacing must be small against 1/ω and 1/a; the trapezoidal "
        "rule errs by its square, Simpson's by its fourth power. For a well below 0 the end of the "
        "signal drowns the rest."
    ),
    inputs=(Port(name="in", axes="N ... L", doc="Samples, the first at t = 0."),),
    outputs=(Port(name="out", axes="N ... A W P", doc="Real and imaginary part at each s."),),
    inferred={"length": features},
    check=_laplace,
    activation="linear",
    face=lambda v: (
        f"a {faces.number(v['low'])} to {faces.number(v['high'])}",
        f"ω 0 to {faces.number(v['top'])}",
        f"{v['points']}×{v['frequencies']} points",
    ),
    params=(
        Param(
            name="dt",
            title="Spacing (dt)",
            default=0.01,
            ge=1e-9,
            le=1e6,
            doc="Time between two samples.",
        ),
        Param(name="low", title="First a", default=0.0, ge=-1e3, le=1e6, doc="Where a begins."),
        Param(name="high", title="Last a", default=2.0, ge=-1e3, le=1e6, doc="Where a ends."),
        Param(name="points", title="Values of a", default=5, ge=1, le=4096, doc="How many of a."),
        Param(
            name="top",
            title="Highest ω",
            default=10.0,
            ge=0,
            le=1e9,
            doc="Where ω ends; it begins at 0. A real signal's negative ω mirror these.",
        ),
        Param(
            name="frequencies",
            title="Values of ω",
            default=11,
            ge=1,
            le=65_536,
            doc="How many of ω.",
        ),
        Param(
            name="rule",
            default="simpson",
            choices=("simpson", "trapezoid"),
            advanced=True,
            doc="How the integral is taken between samples.",
        ),
    ),
    examples=(((2, 50),), ((2, 3, 7),)),
)
