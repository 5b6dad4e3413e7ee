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
RESNET_20 = TemplateSpec(
    id="resnet-20",
    title="ResNet-20",
    group="Images",
    summary="Residual blocks on small colour pictures; compare its gradients with the plain twin.",
    data="cifar10",
    keywords=("residual", "skip", "cnn", "images", "deep"),
)
PLAIN_20 = TemplateSpec(
    id="plain-20",
    title="Plain 20-layer network",
    group="Images",
    summary="The same layers without the shortcuts: watch the gradients and what depth costs.",
    data="cifar10",
    keywords=("vanishing", "gradient", "deep", "cnn", "images"),
)
RESNET_18 = TemplateSpec(
    id="resnet-18",
    title="ResNet-18",
    group="Images",
    summary="The 18-layer residual network for 224 × 224 pictures in folders, 1,000 classes.",
    data="image_folder",
    keywords=("imagenet", "residual", "cnn", "images"),
)
RESNET_50 = TemplateSpec(
    id="resnet-50",
    title="ResNet-50",
    group="Images",
    summary="The 50-layer residual network of bottlenecks, 1,000 classes.",
    data="image_folder",
    keywords=("imagenet", "bottleneck", "residual", "cnn", "images"),
)
VGG_16 = TemplateSpec(
    id="vgg-16",
    title="VGG-16",
    group="Images",
    summary="Thirteen convolutions and three dense layers in a row, 1,000 classes.",
    data="image_folder",
    keywords=("imagenet", "cnn", "images"),
)
VISION_TRANSFORMER = TemplateSpec(
    id="vision-transformer",
    title="Vision transformer",
    group="Images",
    summary="Cuts a picture into patches and lets them attend to one another.",
    data="mnist",
    keywords=("vit", "attention", "patches", "images"),
)
TABLE_AND_IMAGE = TemplateSpec(
    id="table-and-image",
    title="Picture and table together",
    group="Several inputs",
    summary="Half a digit as a picture, the other half as sums in a table: two inputs, one answer.",
    data="digits_halves",
    keywords=("multi-input", "fusion", "join"),
)
MULTI_TASK = TemplateSpec(
    id="multi-task",
    title="Several answers from one picture",
    group="Several outputs",
    summary="One body, two heads: which digit it is and whether it is odd.",
    data="digits_tasks",
    keywords=("multi-output", "heads", "shared"),
)
TRANSFORMER_CLASSIFIER = TemplateSpec(
    id="transformer-classifier",
    title="Film reviews",
    group="Text",
    summary="A transformer reads a review and tells praise from blame.",
    data="review_polarity",
    keywords=("sentiment", "attention", "words"),
)
TINY_LANGUAGE_MODEL = TemplateSpec(
    id="tiny-language-model",
    title="Tiny language model",
    group="Text",
    summary="A causal transformer learns Shakespeare letter by letter and writes while it learns.",
    data="tinyshakespeare",
    keywords=("gpt", "characters", "generate", "attention"),
)
AUTOENCODER = TemplateSpec(
    id="autoencoder",
    title="Autoencoder",
    group="Unsupervised",
    summary="Squeezes a picture into 32 numbers and draws it again.",
    data="mnist",
    keywords=("compression", "reconstruction"),
)
DENOISING_AUTOENCODER = TemplateSpec(
    id="denoising-autoencoder",
    title="Denoising autoencoder",
    group="Unsupervised",
    summary="Sees a picture under heavy noise and draws it clean.",
    data="mnist",
    keywords=("noise", "reconstruction"),
)
SPARSE_AUTOENCODER = TemplateSpec(
    id="sparse-autoencoder",
    title="Sparse autoencoder",
    group="Unsupervised",
    summary="A wide code of which only a few numbers speak at a time.",
    data="mnist",
    keywords=("penalty", "features", "reconstruction"),
)
VARIATIONAL_AUTOENCODER = TemplateSpec(
    id="variational-autoencoder",
    title="Variational autoencoder",
    group="Generative",
    summary="Learns a plane of digits: see the map and what is rebuilt from it.",
    data="mnist",
    keywords=("vae", "latent", "kl", "elbo"),
)
GAN = TemplateSpec(
    id="gan",
    title="Adversarial network",
    group="Generative",
    summary="Two networks, two phases: one draws digits from noise, the other judges them.",
    data="mnist",
    keywords=("gan", "generator", "discriminator", "adversarial"),
)
DCGAN = TemplateSpec(
    id="dcgan",
    title="Convolutional adversarial network",
    group="Generative",
    summary="The same contest with transposed convolutions.",
    data="mnist",
    keywords=("dcgan", "gan", "generator", "discriminator"),
)
SIAMESE = TemplateSpec(
    id="siamese",
    title="Siamese network",
    group="Few examples",
    summary="Two towers of the same weights tell whether two pictures show the same class.",
    data="mnist_pairs",
    keywords=("twin", "contrastive", "shared", "metric"),
)
PROTOTYPICAL = TemplateSpec(
    id="prototypical",
    title="Prototypical network",
    group="Few examples",
    summary="Learns to name classes it has never trained on from five pictures each.",
    data="mnist_episodes",
    keywords=("few-shot", "episodes", "metric"),
)
DISTILLATION = TemplateSpec(
    id="distillation",
    title="Distillation",
    group="Training methods",
    summary="A small student learns from a teacher's doubts as well as from the answers.",
    data="mnist",
    keywords=("teacher", "student", "knowledge", "compression"),
)
DOMAIN_ADVERSARIAL = TemplateSpec(
    id="domain-adversarial",
    title="Domain-adversarial training",
    group="Training methods",
    summary="Learns from labelled digits to read unlabelled ones of another look.",
    data="mnist_domains",
    keywords=("gradient reversal", "adaptation", "transfer"),
)
