"""Python's words in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat

from designer import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

    Spans = list[tuple[int, int, str]]

COLOURS = (
    ("Comment", "text_muted"),
    ("Literal.String", "success"),
    ("Literal.Number", "warning"),
    ("Name.Decorator", "warning"),
    ("Name.Builtin", "accent"),
    ("Keyword", "accent"),
    ("Operator.Word", "accent"),
    ("Error", "error"),
)
"""Beginnings of pygments' token names, and the theme's colours for them; the first fits."""
BOLD = ("Name.Class", "Name.Function", "Keyword")


def spans_of(text: str) -> list[Spans]:
    """Return for each line of a text what is told apart in it: start, length, token's name."""
    from pygments.lexers.python import PythonLexer

    lexer: Any = PythonLexer(stripnl=False, ensurenl=False)
    lines: list[Spans] = [[]]
    column = 0
    for kind, value in lexer.get_tokens(text):
        name = str(kind).removeprefix("Token.")
        for number, part in enumerate(str(value).split("\n")):
            if number:
                lines.append([])
                column = 0
            if part:
                lines[-1].append((column, _units(part), name))
                column += _units(part)
    return lines


def _units(text: str) -> int:
    """Return how many of Qt's characters a text has: rare ones count twice."""
    return len(text) + sum(c > "\uffff" for c in text)


class Highlighter(QSyntaxHighlighter):
    """Colours a document as Python; the whole text is read, for strings may span lines."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._text = ""
        self._lines: list[Spans] = []
        self._formats: dict[str, QTextCharFormat | None] = {}

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self._formats.clear()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        whole = self.document().toPlainText()
        if whole != self._text or not self._lines:
            self._text, self._lines = whole, spans_of(whole)
        number = self.currentBlock().blockNumber()
        spans = self._lines[number] if number < len(self._lines) else []
        for start, length, name in spans:
            look = self._format(name)
            if look is not None:
                self.setFormat(start, length, look)
        # A line whose end is read otherwise than before changes how the next one is read.
        inside = bool(spans) and spans[-1][2].startswith(("Literal.String", "Error"))
        self.setCurrentBlockState(1 + hash(spans[-1][2]) % 1000 if inside else 0)

    def _format(self, name: str) -> QTextCharFormat | None:
        if name not in self._formats:
            colour = next((c for start, c in COLOURS if name.startswith(start)), "")
            bold = name.startswith(BOLD)
            look: QTextCharFormat | None = None
            if colour or bold:
                look = QTextCharFormat()
                look.setForeground(theme.theme().color(colour or "text"))
                look.setFontItalic(name.startswith("Comment"))
                if bold:
                    look.setFontWeight(QFont.Weight.DemiBold)
            self._formats[name] = look
        return self._formats[name]
