"""Asks the rules as a run goes on, and tells what is new, what has changed and what has gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from engine.catalog import registry
from engine.catalog.spec import FindingSpec, load_target
from engine.diagnose.evidence import Evidence
from engine.train.events import Edited, Finding, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.diagnose.found import Found
    from engine.project import Project
    from engine.train.events import Event

    Rule = Callable[..., Iterable[Found]]

Key: TypeAlias = "tuple[str, str, str]"
"""Kind, network, and the node where several can have the kind."""

EVERY = 4
"""Samples between two judgements, once the first `SOON` are in."""
SOON = 12
STEADY = {"epochs": 6}
"""Judgements in a row without a finding after which it has gone; else 3."""
RETELL = 8
"""Judgements after which changed figures are told again."""
_SAMPLED = ("norms", "outputs", "loss", "pictures")


@dataclass(slots=True)
class _Open:
    """A finding that holds."""

    finding: Finding
    topic: str
    missed: int = 0
    age: int = 0


class Doctor:
    """Judges one run by its events. The same events give the same findings.

    Parameters
    ----------
    project
        What is trained.
    """

    def __init__(self, project: Project) -> None:
        self.evidence = Evidence(project)
        self._rules = rules()
        self._open: dict[Key, _Open] = {}
        self._counts: dict[str, int] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what holds now."""
        return tuple(held.finding for held in self._open.values())

    def take(self, events: Iterable[Event]) -> list[Finding]:
        """Take what has happened; return what there is to tell of it."""
        told: list[Finding] = []
        due: dict[str, None] = {}
        for event in events:
            topic = self.evidence.take(event)
            if isinstance(event, Started):
                self._open.clear()
                self._counts.clear()
                due |= dict.fromkeys(("project", "data"))
            elif isinstance(event, Edited):
                told += self._forget_all()
                due |= dict.fromkeys(("project", "data"))
            elif topic in _SAMPLED:
                count = self._counts[topic] = self._counts.get(topic, 0) + 1
                if count <= SOON or count % EVERY == 0:
                    due[topic] = None
            elif topic not in ("", "data"):
                due[topic] = None
        for topic in due:
            told += self._judge(topic)
        return told

    def changed(self, project: Project) -> None:
        """Go on with a changed project; `Edited` comes next."""
        self.evidence.project = project

    def _judge(self, topic: str) -> list[Finding]:
        """Ask the rules of a topic; return what is to be told."""
        found: dict[Key, tuple[FindingSpec, Found]] = {}
        told: list[Finding] = []
        for spec, one in self._asked(topic, told):
            found.setdefault((spec.id, one.network, one.node if spec.many else ""), (spec, one))
        kinds = {key[0] for key in (*self._open, *found)}
        for key, (spec, one) in found.items():
            if not kinds.isdisjoint(spec.yields_to):
                continue
            told += self._hold(key, spec, one)
        for key in [k for k, held in self._open.items() if held.topic == topic]:
            told += self._miss(key, key in found, kinds)
        return told

    def _asked(self, topic: str, told: list[Finding]) -> Iterator[tuple[FindingSpec, Found]]:
        """Yield what the rules of a topic find. One that fails is told and asked no more."""
        for row in list(self._rules.get(topic, ())):
            spec, rule, thresholds = row
            try:
                found = list(rule(self.evidence, **thresholds))
            except Exception as error:  # noqa: BLE001 - a rule must not end the window or the run
                self._rules[topic].remove(row)
                message = f"The rule “{spec.title}” failed and is left out: {error!r}"
                told.append(Finding("rule", "", message))
                continue
            for one in found:
                yield spec, one

    def _hold(self, key: Key, spec: FindingSpec, one: Found) -> list[Finding]:
        """Open a finding, or bring an open one up to date."""
        held = self._open.get(key)
        if held is None:
            step = -1 if spec.topic in ("project", "data") else self.evidence.step
            finding = finding_of(spec, one, step)
            self._open[key] = _Open(finding, spec.topic)
            return [finding]
        held.missed = 0
        held.age += 1
        if held.age < RETELL or (one.message, one.evidence) == (
            held.finding.message,
            held.finding.evidence,
        ):
            return []
        held.age = 0
        held.finding = replace(
            held.finding, message=one.message, evidence=one.evidence, fix=one.fix, news="still"
        )
        return [held.finding]

    def _miss(self, key: Key, found: bool, kinds: set[str]) -> list[Finding]:
        """Let a finding go that no longer holds, or that another one explains."""
        held = self._open[key]
        if found and kinds.isdisjoint(_YIELDS.get(key[0], ())):
            return []
        held.missed += 1
        if held.missed < STEADY.get(held.topic, 3) and held.topic not in ("project", "data"):
            return []
        del self._open[key]
        return [replace(held.finding, news="gone")]

    def _forget_all(self) -> list[Finding]:
        """Let all findings go: the network is another one."""
        gone = [replace(held.finding, news="gone") for held in self._open.values()]
        self._open.clear()
        return gone


def finding_of(spec: FindingSpec, one: Found, step: int) -> Finding:
    """Return what a rule found as an event."""
    return Finding(
        spec.id, one.node, one.message, one.network, one.evidence, spec.cause, one.fix, step
    )


def rules() -> dict[str, list[tuple[FindingSpec, Rule, dict[str, object]]]]:
    """Return the rules by what they judge by, with their thresholds."""
    found: dict[str, list[tuple[FindingSpec, Rule, dict[str, object]]]] = {}
    known: Mapping[str, FindingSpec] = registry.of_kind(FindingSpec)
    for spec in known.values():
        _YIELDS[spec.id] = spec.yields_to
        rule: Rule = load_target(spec.target)
        found.setdefault(spec.topic, []).append((spec, rule, dict(spec.values({}))))
    return found


_YIELDS: dict[str, tuple[str, ...]] = {}


def standing(project: Project) -> list[Finding]:
    """Return what the rules find of a project before it is trained, its data left out."""
    evidence = Evidence(project)
    evidence.stand()
    return [
        finding_of(spec, one, -1)
        for spec, rule, thresholds in rules().get("project", ())
        for one in rule(evidence, **thresholds)
    ]
