"""Rules that a local package says again, verified to mean what is inherited: their diagrams are compared."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import attrs

from cso_rules.loader.documents.declarations import ChangeDeclaration, Declarations, RuleDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.in_force.example_words import example
from cso_rules.loader.in_force.overlays import Applied, with_rule
from cso_rules.loader.in_force.stages import Stage
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, rules_of
from cso_rules.model.expressions import ALWAYS
from cso_rules.model.policy import Policy
from cso_rules.plan.building import nodes_of
from cso_rules.plan.diagrams import Node
from cso_rules.plan.shown.comparison import Comparison


def refuse_different(local: Applied, as_of: datetime.date, reader: Reader) -> None:
    """Report the rules that are said again and mean something else, each with somebody for whom they differ."""
    for change, found in local.restated:
        name, _, rule = change.path.partition("/")
        inherited, stated = found.decisions[name].rule(rule), change.rule
        assert inherited is not None
        assert stated is not None
        shown = _difference(change, inherited, stated, found, as_of)
        if shown is not None:
            reader.report(
                "different-restatement",
                change.span,
                example=shown or None,
                name=change.path,
                found=stated.text or stated.label.zh,
                expected=inherited.text or inherited.label.zh,
            )


def _difference(
    change: ChangeDeclaration,
    inherited: RuleDeclaration,
    stated: RuleDeclaration,
    found: Declarations,
    as_of: datetime.date,
) -> Mapping[str, str] | None:
    """Return for whom the texts differ, by language; empty where nobody shows it, None where they mean the same."""
    name = change.path.partition("/")[0]
    again = attrs.evolve(stated, period=inherited.period, citations=inherited.citations)
    later = attrs.evolve(found, decisions={**found.decisions, name: with_rule(found.decisions[name], change, again)})
    before = Stage(found=found, as_of=as_of, entity=found.decisions[name].entity)
    after = before.followed_by(later, {name})
    if before.policy is None or after.policy is None:
        return None  # a circle is reported elsewhere
    known = _known(Comparison(before.policy, after.policy, (name,)), name, inherited.id, after.policy)
    if known is None and _says_otherwise(inherited, stated):
        return {}
    return known


def _says_otherwise(inherited: RuleDeclaration, stated: RuleDeclaration) -> bool:
    """Tell whether something that is said beside condition and answer is another; what is not said again stays."""
    due = [rule.due.text if rule.due is not None else None for rule in (inherited, stated)]
    pairs = [(inherited.modality, stated.modality), (inherited.addressee, stated.addressee), (due[0], due[1])]
    return any(one != other for one, other in pairs if other is not None)


def _known(compared: Comparison, name: str, rule: str, policy: Policy) -> Mapping[str, str] | None:
    roots = [compared.root(name, is_before=is_before) for is_before in (True, False)]
    if roots[0] is None or roots[1] is None:
        return {}
    made = compared.made
    sides = [
        dict(_parts(compared, decision, rule, root.rules))
        for decision, root in zip((compared.before.decisions[name], compared.after.decisions[name]), roots, strict=True)
        if root is not None
    ]
    keys = dict.fromkeys((*sides[0], *sides[1]))
    pairs = [(sides[0].get(key, made.false), sides[1].get(key, made.false)) for key in keys]
    known = compared.somebody(
        made.disjunction(made.choose(one, made.negation(other), other) for one, other in pairs if one != other)
    )
    return None if known is None else example(policy, known)


def _parts(
    compared: Comparison, decision: AnyDecision, rule: str, nodes: tuple[Node, ...]
) -> Iterator[tuple[object, Node]]:
    """Yield when a rule gives each of its answers, and when it applies at all."""
    for each, node in zip(rules_of(decision), nodes, strict=True):
        if each.id == rule:
            yield _answer(decision, each), node
            if isinstance(decision, CriteriaDecision):
                yield "applies", nodes_of(compared.anybody.plan, [each.applies_when or ALWAYS])[0]


def _answer(decision: AnyDecision, rule: Rule) -> object:
    return decision.outputs[rule.output] if isinstance(decision, TableDecision) else "met"
