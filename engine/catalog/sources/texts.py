"""Text: characters and words one after the other, and documents by class."""

from __future__ import annotations

from engine.catalog.sources.parts import FILE, FOLDER, FOLDERS, LIMIT, TEXTS, target, tokens
from engine.catalog.spec import Field, Param, SourceSpec


def _window(default: int, unit: str) -> tuple[Param, Param]:
    window = Param(
        name="window",
        default=default,
        ge=1,
        le=100_000,
        unit=unit,
        doc="How much of the text the network sees at once.",
    )
    stride = Param(
        name="stride",
        default=default,
        ge=1,
        le=100_000,
        unit=unit,
        doc="How far one sample begins behind the one before; less than the window overlaps them.",
    )
    return window, stride


def _words(vocabulary: int) -> Param:
    return Param(
        name="vocabulary",
        default=vocabulary,
        ge=3,
        le=1_000_000,
        unit="words",
        doc="The most frequent words of the training part have a number of their own; others are "
        "unknown.",
    )


def _length(default: int) -> Param:
    return Param(
        name="length",
        default=default,
        ge=1,
        le=100_000,
        unit="words",
        doc="Longer texts are cut, shorter ones filled up with 0.",
    )


def _keep(default: str) -> Param:
    return Param(
        name="keep",
        default=default,
        choices=("start", "end"),
        doc="Which end of a longer text stays.",
    )


_LOWER = Param(
    name="lower", title="Lower case", default=True, doc="Makes no difference of capital letters."
)
_PARTED = (
    "Parted by where it stands: the test part is the end of the text, and no character stands in "
    "two parts. "
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

TINYSHAKESPEARE = SourceSpec(
    id="tinyshakespeare",
    title="Tiny Shakespeare",
    group="Text",
    summary="1.1 million characters of Shakespeare's plays; predicts each next character.",
    covers=("DAT-04", "DAT-11"),
    keywords=("language model", "characters", "generate", "gpt"),
    notes=_PARTED + "Guessing among its 65 characters gives a cross-entropy of ln 65 = 4.17.",
    pitfalls=(
        "A loss far below 1 on the training part is learning by heart: look at the validation part."
    ),
    target="engine.data.texts.tinyshakespeare",
    peek="engine.data.texts.tinyshakespeare_peek",
    task="classes",
    params=(*_window(64, "characters"), LIMIT),
    fields=(
        tokens(64),
        Field(
            name="next",
            shape=(64,),
            dtype="int64",
            role="target",
            classes=(*"\n !$&',-.3:;?", *_LETTERS.upper(), *_LETTERS),
        ),
    ),
    samples=17_428,
    ordered=True,
)

TEXT_CHARACTERS = SourceSpec(
    id="text_characters",
    title="Text as characters",
    group="Text",
    summary="A text file of your own, character by character; predicts each next one.",
    covers=("DAT-04",),
    keywords=("file", "own data", "language model", "generate", "txt"),
    notes=_PARTED + "The alphabet is that of the whole text.",
    pitfalls=(
        "A short text is learned by heart within a few epochs: validation rises while training "
        "falls."
    ),
    target="engine.data.texts.text_characters",
    endings=TEXTS,
    usual=True,
    task="classes",
    params=(FILE, *_window(64, "characters"), LIMIT),
    ordered=True,
)

TEXT_WORDS = SourceSpec(
    id="text_words",
    title="Text as words",
    group="Text",
    summary="A text file of your own, word by word; predicts each next word or mark.",
    covers=("DAT-04",),
    keywords=("file", "own data", "language model", "generate", "txt"),
    notes=(
        "Parted by where it stands: the test part is the end of the text, and no word stands in "
        "two parts. Marks and ends of lines count as words; 0 is a word that is not in the "
        "vocabulary, which comes from the training part alone."
    ),
    pitfalls="Rare words become one unknown word: if that is frequent, the loss flatters.",
    target="engine.data.texts.text_words",
    endings=TEXTS,
    task="classes",
    params=(FILE, *_window(32, "words"), _words(5000), _LOWER, LIMIT),
    ordered=True,
)

REVIEW_POLARITY = SourceSpec(
    id="review_polarity",
    title="Film reviews",
    group="Text",
    summary="2,000 reviews of films in English; predicts whether one is for or against.",
    covers=("DAT-04", "DAT-11"),
    keywords=("sentiment", "opinion", "words", "classification", "movies"),
    notes=(
        "Of Pang and Lee, 2004. The vocabulary comes from the training part alone: 0 fills up, 1 "
        "is an unknown word. A verdict often stands at the end, so that is what is kept."
    ),
    pitfalls=(
        "2,000 texts are few: a large network knows them by heart within three epochs. Long "
        "reviews are cut off."
    ),
    target="engine.data.texts.review_polarity",
    peek="engine.data.texts.review_polarity_peek",
    task="classes",
    params=(_words(10_000), _length(400), _keep("end"), LIMIT),
    fields=(tokens(400), target("neg", "pos")),
    samples=2000,
)

TEXT_FOLDER = SourceSpec(
    id="text_folder",
    title="Folder of texts",
    group="Text",
    summary="Text files of your own, a folder for each class; predicts the class.",
    covers=("DAT-04",),
    keywords=("file", "own data", "documents", "classification", "txt", "zip", "tar"),
    notes=(
        "Above the classes there may be folders train, validation and test; then those are the "
        "parts. The vocabulary comes from the training part alone: 0 fills up, 1 is an unknown "
        "word."
    ),
    pitfalls=(
        "Texts that are in two folders leak from training to test. What is cut off at the end is "
        "not seen."
    ),
    target="engine.data.texts.text_folder",
    endings=FOLDERS,
    peek="engine.data.texts.text_folder_peek",
    task="classes",
    params=(FOLDER, _words(10_000), _length(200), _keep("start"), _LOWER, LIMIT),
)
