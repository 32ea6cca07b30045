"""How two answers to one question differ, decision by decision, and by which provisions each was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import attrs

from cso_rules.determination import Determination, Outcome
from cso_rules.model.decisions import rules_of
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.studies.impact.report import citation_label

Kind: TypeAlias = Literal["answer", "grounds", "begins", "ends"]
_ANSWER = ("status", "value", "possible", "by_reading")
Json: TypeAlias = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class TurnedRule:
    """A criterion or row that holds otherwise than before; a side is None where the rules have no such one.

    Attributes:
        rule: Its id.
        before: Whether it held: `true`, `false` or `unknown`.
        after: Whether it holds.
        provisions: The provisions behind it; of one that is gone none are known.
    """

    rule: str
    before: str | None
    after: str | None
    provisions: tuple[Label, ...] = ()


@attrs.frozen(kw_only=True)
class Difference:
    """A decision of which the answer, or only that on which it rests, is another one.

    Attributes:
        decision: Its id.
        label: Its name; None where it ended.
        kind: `answer`; `grounds` where the answer is the same; `begins` and `ends` where one side lacks the decision.
        before: The recorded outcome, as in the JSON form; None where there was no such decision.
        after: The outcome now; None where there is no such decision.
        rests_on: Other decisions that differ and that it reads.
        turned: Criteria and rows that hold otherwise.
        cited_before: Provisions behind the recorded answer.
        cited_after: Provisions behind the answer now.
    """

    decision: str
    label: Label | None
    kind: Kind
    before: Json | None
    after: Json | None
    rests_on: tuple[str, ...] = ()
    turned: tuple[TurnedRule, ...] = ()
    cited_before: tuple[Label, ...] = ()
    cited_after: tuple[Label, ...] = ()

    @property
    def gone(self) -> tuple[Label, ...]:
        """Provisions on which only the recorded answer rests."""
        return tuple(found for found in self.cited_before if found not in self.cited_after)

    @property
    def new(self) -> tuple[Label, ...]:
        """Provisions on which only the answer now rests."""
        return tuple(found for found in self.cited_after if found not in self.cited_before)


def differences(before: Json, after: Json, found: Determination) -> tuple[Difference, ...]:
    """Return the decisions that differ, in the order in which each reads only earlier ones; those that ended come last.

    Args:
        before: An answer in its JSON form.
        after: Another one to the same question.
        found: The determination of which that is the form.
    """
    policy, old, new = found.policy, before["decisions"], after["decisions"]
    order = [*policy.decisions, *(name for name in old if name not in policy.decisions)]
    different = [name for name in order if old.get(name) != new.get(name)]
    provisions = _Provisions.of(policy)
    return tuple(
        attrs.evolve(
            _difference(old.get(name), new.get(name), found.outcomes.get(name), provisions),
            decision=name,
            rests_on=tuple(other for other in policy.reads.get(name, ()) if other in different),
        )
        for name in different
    )


def _difference(
    before: Json | None, after: Json | None, outcome: Outcome | None, provisions: _Provisions
) -> Difference:
    """Return how one decision differs; it gets its name, and on which others that rests, where those are known."""
    return Difference(
        decision="",
        label=None if outcome is None else outcome.decision.label,
        kind=_kind(before, after),
        before=before,
        after=after,
        turned=tuple(_turned(before, after, outcome, provisions)),
        cited_before=provisions.labels((before or {}).get("citations", ())),
        cited_after=provisions.labels((after or {}).get("citations", ())),
    )


def _kind(before: Json | None, after: Json | None) -> Kind:
    if before is None or after is None:
        return "begins" if before is None else "ends"
    return "answer" if _said(before) != _said(after) else "grounds"


def _said(outcome: Json) -> list[Any]:
    """Return what of an outcome is the answer."""
    return [*(outcome[part] for part in _ANSWER), [{**item, "rule": None} for item in outcome["items"]]]


def _turned(
    before: Json | None, after: Json | None, outcome: Outcome | None, provisions: _Provisions
) -> Iterator[TurnedRule]:
    was, became = _truths(before), _truths(after)
    rules = {} if outcome is None else {rule.id: rule for rule in rules_of(outcome.decision)}
    for rule in dict.fromkeys((*was, *became)):
        if was.get(rule) != became.get(rule):
            known = rules.get(rule)
            cited = () if known is None or outcome is None else outcome.citations_of(known)
            shown = provisions.of_citations(cited)
            yield TurnedRule(rule=rule, before=was.get(rule), after=became.get(rule), provisions=shown)


def _truths(outcome: Json | None) -> dict[str, str]:
    """Return which rules hold, as far as an outcome tells; of a table those that it leaves out do not decide."""
    if outcome is None:
        return {}
    told = (*outcome["findings"], *outcome["items"])
    return {found["rule"]: found["truth"] for found in told}


@attrs.frozen
class _Provisions:
    """Provisions as people cite them, by instrument and provision."""

    known: Mapping[tuple[str, str], Label]

    @classmethod
    def of(cls, policy: Policy) -> _Provisions:
        cited = (
            each for decision in policy.decisions.values() for rule in rules_of(decision) for each in rule.citations
        )
        return cls({(each.instrument, each.provision): citation_label(each) for each in cited})

    def labels(self, found: Iterable[Json]) -> tuple[Label, ...]:
        """Return provisions of the JSON form; one that the rules no longer cite is named by number and id."""
        return tuple(dict.fromkeys(self._label(each) for each in found))

    def _label(self, cited: Json) -> Label:
        plain = f"{cited['number'] or cited['instrument']} {cited['provision']}"
        return self.known.get((cited["instrument"], cited["provision"]), Label(zh=plain, en=plain))

    def of_citations(self, found: Iterable[Citation]) -> tuple[Label, ...]:
        return tuple(dict.fromkeys(map(citation_label, found)))
