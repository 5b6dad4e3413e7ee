"""Ready projects to start from. Here stand their words; each is a file of `resources/templates`."""

from __future__ import annotations

from engine.catalog.spec import TemplateSpec

DIGITS_MLP = TemplateSpec(
    id="digits-mlp",
    title="Handwritten digits",
    group="First steps",
    summary="A small dense network reads 8 × 8 pictures of digits; trains in seconds.",
    data="digits",
    keywords=("mlp", "classification", "images"),
)
MOONS_MLP = TemplateSpec(
    id="moons-mlp",
    title="Two moons",
    group="First steps",
    summary="Two curved classes in the plane; watch the boundary bend between them.",
    data="moons",
    keywords=("mlp", "classification", "boundary"),
)
IRIS = TemplateSpec(
    id="iris",
    title="Iris flowers",
    group="Tables",
    summary="Three species told apart by four measurements.",
    data="iris",
    keywords=("table", "classification"),
)
DIABETES_REGRESSION = TemplateSpec(
    id="diabetes-regression",
    title="Diabetes progression",
    group="Tables",
    summary="Regression on a small table, held back by early stopping and weight decay.",
    data="diabetes",
    keywords=("table", "regression"),
)
FASHION_CNN = TemplateSpec(
    id="fashion-cnn",
    title="Fashion pictures",
    group="Images",
    summary="A convolutional network sorts 28 × 28 pictures of clothes into ten kinds.",
    data="fashion_mnist",
    keywords=("cnn", "convolution", "classification", "images"),
)
DAILY_TEMPERATURE_LSTM = TemplateSpec(
    id="daily-temperature-lstm",
    title="Tomorrow's temperature",
    group="Time series",
    summary="An LSTM reads the last weeks and forecasts the next day's lowest temperature.",
    data="daily_temperature",
    keywords=("lstm", "forecast", "recurrent", "series"),
)
