"""The tab Data: source, how samples are parted and prepared, and what the source holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCompleter

from designer import theme
from designer.data.columns import columns
from designer.editor import TextEditor
from designer.edits import Turns
from designer.forms import Panel, Section, SpecForm, text_label
from designer.modelparams import params_of
from designer.picker import Picker
from designer.words import escape
from engine.catalog import registry
from engine.catalog.spec import SourceSpec
from engine.project import Choice, DataRecipe, Split

if TYPE_CHECKING:
    from designer.document import Document
    from engine.catalog.spec import Field
    from engine.data import DataInfo
    from engine.project import Project

SPLIT = params_of(
    Split,
    {
        "train": ("Training", "Share of the samples that the network learns from."),
        "validation": ("Validation", "Share that is looked at after each epoch."),
        "test": ("Test", "Share that is looked at once, at the end."),
        "method": ("Method", "Stratified keeps the share of each class; time keeps the order."),
        "seed": ("Seed", "The same seed parts the samples the same way."),
    },
)
PREPARE = params_of(
    DataRecipe,
    {
        "scaling": ("Scaling", "Fitted on the training part, applied to all parts."),
        "scale_target": ("Scale the target", "For regression: figures are scaled back."),
    },
)
_SHARES = ("train", "validation", "test")
_COLUMNS = ("target", "column")


class DataPanel(Panel):
    """Source, parts and preparation of the project's data. Every change is one step of undo."""

    def __init__(self, document: Document) -> None:
        super().__init__("inspector.data", "Data settings")
        self._document = document
        self._turns = Turns(self)
        self._file = ""
        self.source = Picker("Source", "data.source", registry.of_kind(SourceSpec))
        self.error = text_label("", "error")
        self.error.setObjectName("data.error")
        self.holds = text_label()
        self.holds.setObjectName("data.holds")
        self.split = SpecForm(SPLIT, {})
        self.split_error = text_label("", "error")
        self.split_error.setObjectName("data.split_error")
        self.split_error.hide()
        self.prepare = SpecForm(PREPARE, {})
        for widget in (
            self.source,
            self.error,
            Section("Holds", self.holds),
            Section("Parts", self.split, self.split_error),
            Section("Preparation", self.prepare),
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.source.picked.connect(self._pick)
        self.source.valueChanged.connect(self._set_source)
        self.split.valueChanged.connect(self._set_split)
        self.prepare.valueChanged.connect(self._set_recipe)
        for part in (self.source, self.split, self.prepare):
            part.committed.connect(self._turns.end)
        document.projectChanged.connect(self._project_changed)
        document.dataChanged.connect(self._data_changed)
        theme.signals.themeChanged.connect(self._theme_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the project's recipe and what is known of it."""
        recipe = self._document.project.data
        self.source.set_names(self._document.project.variables)
        self.source.show_choice(recipe.source)
        self.split.set_values(recipe.split.model_dump())
        self.prepare.set_values(recipe.model_dump())
        spec: SourceSpec | None = registry.of_kind(SourceSpec).get(recipe.source.id)
        self.split.set_shown("method", not (spec and spec.ordered))
        self._suggest_columns()
        self._data_changed(self._document.info)

    def _theme_changed(self, *_: object) -> None:
        self._data_changed(self._document.info)

    def _suggest_columns(self) -> None:
        """Offer the columns of the chosen file where a column is asked for."""
        path = str(self._document.project.data.source.params.get("path", ""))
        if path == self._file and path:
            return
        self._file = path
        names = columns(path)
        for name in _COLUMNS:
            row = self.source.form.rows.get(name)
            if row is not None and isinstance(row.editor, TextEditor):
                completer = QCompleter(names, row.editor.line)
                completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
                completer.activated.connect(row.editor.offer)
                row.editor.line.setCompleter(completer)
                row.editor.line.setPlaceholderText(names[-1] if names else "the last column")

    def _project_changed(self, before: Project, after: Project) -> None:
        if before.data is not after.data or before.variables is not after.variables:
            self.refresh()

    def _data_changed(self, info: DataInfo | None) -> None:
        sentence = self._document.data_error
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.holds.setText(holds(info, self._document.project.data) if not sentence else "Nothing.")
        if info is not None:
            for share in _SHARES:
                self.split.set_shown(share, "test" not in info.own)

    def _push(self, what: str, project: Project, merge: str = "") -> None:
        self._document.push(f"Change {what}", project, merge)

    def _pick(self, spec_id: str) -> None:
        project = self._document.project.with_data(source=Choice(id=spec_id))
        self._push("the data source", project)

    def _set_source(self, name: str, value: object) -> None:
        choice = self._document.project.data.source
        choice = choice.but(params={**choice.params, name: value})
        project = self._document.project.with_data(source=choice)
        self._push(f"{name} of the data", project, self._turns.key("source", name))

    def _set_split(self, name: str, value: object) -> None:
        split = self._document.project.data.split.but(**{name: value})
        total = sum(float(getattr(split, share)) for share in _SHARES)
        self.split_error.setVisible(total > 1 + 1e-9)
        if total > 1 + 1e-9:
            self.split_error.setText(
                f"Training, validation and test add up to {total:.3g}; they must not exceed 1. "
                "Lower one of them."
            )
            return
        project = self._document.project.with_data(split=split)
        self._push(f"the {name} part", project, self._turns.key("split", name))

    def _set_recipe(self, name: str, value: object) -> None:
        project = self._document.project.with_data(**{name: value})
        self._push(name.replace("_", " "), project, self._turns.key("recipe", name))


def holds(info: DataInfo | None, recipe: DataRecipe) -> str:
    """Return the fields and the size of a source as rich text."""
    if info is None:
        return "Looking…"
    muted = theme.theme().text_muted
    rows = "".join(
        f"<tr><td style='padding-right:14px'><b>{escape(f.name)}</b></td>"
        f"<td style='padding-right:14px'>{_shape(f)}</td>"
        f"<td style='color:{muted}'>{_meaning(f)}</td></tr>"
        for f in info.fields.values()
    )
    table = f"<table cellspacing='0' cellpadding='1'>{rows}</table>"
    return f"<p style='margin:0 0 6px 0'>{_samples(info, recipe)}</p>{table}"


def _samples(info: DataInfo, recipe: DataRecipe) -> str:
    if not info.known:
        return "Choose a file first, or drop one on the window."
    if info.samples is None:
        return "Samples are counted when training starts."
    split = recipe.split
    if "test" in info.own:
        return f"{info.samples:,} samples. {_own_parts(info, split)}"
    parts = [round(info.samples * float(getattr(split, share))) for share in _SHARES]
    return (
        f"{info.samples:,} samples: about {parts[0]:,} for training, {parts[1]:,} for validation, "
        f"{parts[2]:,} for test."
    )


def _own_parts(info: DataInfo, split: Split) -> str:
    if "validation" in info.own:
        return "The source brings its own validation and test parts."
    if not split.validation:
        return "The source brings its own test part; all else is for training."
    return "The source brings its own test part; one tenth of the rest is for validation."


def _shape(field: Field) -> str:
    words = "one class" if field.classes else "one number"
    return " × ".join(str(n) for n in field.shape) or words


def _meaning(field: Field) -> str:
    if field.classes:
        return f"{len(field.classes)} classes"
    return "to predict" if field.role == "target" else "input"
