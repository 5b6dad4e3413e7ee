"""What rules and the run have found, each thing once: kept, brought up to date, dismissed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from designer import navigation
from engine.catalog import registry
from engine.catalog.spec import FindingSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from designer.analyses import Located
    from engine.project import Project
    from engine.remedies import Remedy
    from engine.train.events import Failed, Finding

Key: TypeAlias = "tuple[str, str]"
"""Kind and address."""

MOST = 100
"""Findings of a run that are kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. Two are the same if they look the same."""

    severity: str
    node: str
    """The address of the node; nothing where none is meant."""
    name: str
    message: str
    fix: str = ""
    found: Located | None = field(default=None, compare=False)
    title: str = ""
    """What the rule is called that found it."""
    evidence: str = ""
    cause: str = ""
    since: str = ""
    help: str = ""
    """The key of the help page that tells more."""
    gone: bool = False
    """Whether it no longer holds."""
    remedy: Remedy | None = field(default=None, compare=False)
    key: Key | None = field(default=None, compare=False)
    """What it is dismissed by; None where it cannot be."""
    told: Finding | None = field(default=None, compare=False)
    """What the rule told."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Return what tells its card from others, whatever is written on it."""
        return self.key or (self.severity, self.node, self.name, self.message)


class Board:
    """The findings of the standing rules and of the run, in the order they came.

    One that was dismissed stays so until another project is opened.
    """

    def __init__(self) -> None:
        self._run: dict[Key, Row] = {}
        self._standing: dict[Key, Row] = {}
        self.dismissed: set[Key] = set()
        known: Mapping[str, FindingSpec] = registry.of_kind(FindingSpec)
        self._kinds = {spec.id for spec in known.values() if spec.topic == "project"}
        """Those that can be judged without a run."""

    def rows(self) -> tuple[Row, ...]:
        """Return what is to be shown; what the run says stands for what was said before it."""
        held = {**self._standing, **self._run}
        return tuple(row for key, row in held.items() if key not in self.dismissed)

    def forget(self) -> None:
        """Drop everything: another project is open now."""
        self.clear()
        self._standing.clear()
        self.dismissed.clear()

    def clear(self) -> None:
        """Drop what a run found: another one begins."""
        self._run.clear()

    def stand(self, findings: Iterable[Finding], project: Project) -> None:
        """Take what the rules say of the project as it stands."""
        rows = [_row(finding, project) for finding in findings]
        self._standing = {row.key: row for row in rows if row.key is not None}
        for key, row in self._run.items():
            if key[0] in self._kinds and key not in self._standing and not row.gone:
                self._run[key] = replace(row, gone=True, since="gone", fix="", remedy=None)

    def take(self, finding: Finding, project: Project) -> None:
        """Take what was found, or what is new of it."""
        row = _row(finding, project)
        assert row.key is not None
        if finding.news == "gone":
            held = self._run.get(row.key)
            if held is not None:
                self._run[row.key] = replace(held, gone=True, since="gone", fix="", remedy=None)
            return
        self._run[row.key] = row
        if len(self._run) > MOST:
            del self._run[next(iter(self._run))]

    def mended(self, key: Key) -> None:
        """Note that the change that mends a finding has been made."""
        held = self._run.get(key)
        if held is not None:
            self._run[key] = replace(held, gone=True, since="mended", fix="", remedy=None)

    def fail(self, failed: Failed, project: Project) -> None:
        """Take why a run ended; a rule may say more of it in a moment."""
        place = _address(failed.node, failed.network, project)
        row = Row("error", place, _name(place, project), failed.message)
        self._run["failed", place] = row

    def explain(self) -> None:
        """Leave out what a rule has said with its reason."""
        told = {row.message for key, row in self._run.items() if key[0] != "failed"}
        for key in [k for k, row in self._run.items() if k[0] == "failed" and row.message in told]:
            del self._run[key]

    def network_changed(self, project: Project) -> None:
        """Drop what stood at nodes that are gone."""
        for key in [k for k in self._run if k[1] and navigation.walk(project, k[1]) is None]:
            del self._run[key]


def _address(node: str, network: str, project: Project) -> str:
    return navigation.address(project, network or project.phase.network, node) if node else ""


def _name(address: str, project: Project) -> str:
    return navigation.names(project, address) if address else "Training"


def _row(finding: Finding, project: Project) -> Row:
    """Return the line of a finding."""
    place = _address(finding.node, finding.network, project)
    name = _name(place, project)
    entry = registry.entries().get(f"finding/{finding.kind}")
    if entry is None:
        key = (finding.kind, place or finding.message)
        return Row("warning", place, name, finding.message, key=key)
    since = f"since step {finding.step + 1:,}" if finding.step >= 0 else ""
    return Row(
        "error" if finding.kind == "not_finite" else "warning",
        place,
        name,
        finding.message,
        finding.fix.text if finding.fix else "",
        title=entry.title,
        evidence=finding.evidence,
        cause=finding.cause,
        since=since,
        help=f"finding/{finding.kind}",
        remedy=finding.fix,
        key=(finding.kind, place),
        told=finding,
    )
