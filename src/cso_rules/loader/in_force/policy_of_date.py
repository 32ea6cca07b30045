"""From declarations to the policy of one date: local changes made, decisions resolved, faults of their rules shown."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache

import attrs

from cso_rules.loader.documents.aggregates import aggregates_of
from cso_rules.loader.documents.declarations import (
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
    ParameterDeclaration,
)
from cso_rules.loader.documents.presentation import presentation_of
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.in_force import rule_numbers
from cso_rules.loader.in_force.higher_law import Days, locally_changed
from cso_rules.loader.in_force.legal_basis import LegalBasis
from cso_rules.loader.in_force.overlays import applied_packages
from cso_rules.loader.in_force.resolver import Resolver, absent_spread, in_force_value, ordered, reading_of
from cso_rules.loader.in_force.restatements import refuse_different
from cso_rules.loader.in_force.rule_checks import RuleChecks, checkable, has_other_faults
from cso_rules.loader.in_force.rule_trials import Trial
from cso_rules.loader.in_force.settings import Settings, with_settings
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.expressions import Expression, variables
from cso_rules.model.policy import Constraint, Parameter, Policy
from cso_rules.plan.asked.witness import anybody
from cso_rules.plan.building import plan_for, plan_of


def resolve(  # noqa: PLR0913 - what makes a policy
    found: Declarations,
    as_of: datetime.date,
    digest: str,
    reader: Reader,
    *,
    jurisdiction: str | None = None,
    is_of_place: bool = True,
    entity: str | None = None,
    local_deviations: bool = True,
    settings: Settings = (),
    trial: Trial | None = None,
    period: Days | None = None,
) -> Policy | None:
    """Return the policy of a date; None when its decisions depend on one another in a circle.

    `trial` notes which rules, facts and numbers matter to somebody; rules with other faults are not tried. Of a period
    the date is a fact, nothing is shown, and what local changes do is told for all of its days.
    """
    read_faults = len(reader.diagnostics)
    local, listed = locally_changed(found, as_of, reader, local_deviations=local_deviations, days=period)
    refuse_different(local, as_of, reader)
    found, set_here = with_settings(local.found, settings, as_of)
    entity = entity or found.entities.subject.name
    resolver = Resolver(
        found=found, as_of=as_of, reader=reader, read_faults=read_faults, facts=found.facts_on(as_of, entity),
        decisions=found.decisions_about(entity), basis=LegalBasis.of(found, as_of, (*local.changes, *set_here)),
        given=None if period is None else {},
    )  # fmt: skip
    resolver.declare()
    decided = {name: resolver.decide(decision) for name, decision in resolver.decisions.items()}
    if (order := ordered(found, decided, reader)) is None:
        return None
    package = _nearest_in_force(found, as_of)
    policy = Policy(
        id=package.id, title=package.title,
        jurisdiction=jurisdiction or found.packages[-1].jurisdiction,
        as_of=as_of,
        digest=digest,
        facts=resolver.facts,
        enumerations=found.enumerations,
        readings={name: reading_of(reading) for name, reading in found.readings.items()},
        parameters={name: _parameter(parameter, as_of) for name, parameter in found.parameters.items()},
        decisions=absent_spread({name: decided[name] for name in order}),
        constraints=_constraints(found, entity, resolver),
        aggregates=aggregates_of(found, entity, reader),
        entity=entity,
        presentation=presentation_of(found, reader),
        ask_order=_ask_order(found, resolver.decisions, reader),
        packages=applied_packages(found, as_of),
        listed=cache(lambda: (*listed(), *set_here)),
        scopes=_scopes(found, entity, resolver),
        amendments={name: amendment for name, amendment in found.amendments.items() if amendment.on <= as_of},
        is_of_place=is_of_place,
    )  # fmt: skip
    if resolver.given is not None:
        return attrs.evolve(policy, facts={**policy.facts, **resolver.given})
    _show(policy, resolver, trial)
    return policy


def _show(policy: Policy, resolver: Resolver, trial: Trial | None) -> None:
    """Report what the plan shows of this day, and note what it shows for all days together.

    A decision of which it was shown already, with all that it rests on, is left out.
    """
    checked = checkable(policy, resolver.unsound)
    numbers = rule_numbers.numbers_of(checked, resolver.decisions)
    if trial is None:
        left = [name for name, number in numbers.items() if number not in rule_numbers.sound]
    else:
        left = _to_try(trial, checked, numbers, resolver)
    if not left:
        return
    somebody = anybody(plan_for(checked) if len(left) == len(numbers) else plan_of(checked.part(left)))
    sound = list(RuleChecks(reader=resolver.reader, anybody=somebody, declared=resolver.decisions).report(left))
    if trial is not None and not has_other_faults(resolver.reader):
        earlier = numbers.keys() - somebody.plan.policy.decisions.keys()
        mentions = {name: set(read) - earlier for name, read in resolver.mentions.items()}
        trial.add(somebody, resolver.decisions, resolver.found.parameters, mentions)
    if policy.as_of.toordinal() not in {FIRST, LAST}:  # of those days less is concluded
        rule_numbers.sound.update(numbers[name] for name in sound)
        if trial is not None:
            trial.tried.update(numbers[name] for name in left)


def _to_try(trial: Trial, policy: Policy, numbers: Mapping[str, int], resolver: Resolver) -> list[str]:
    """Return the decisions that are new to a trial, and of which it notes something or nothing was shown yet."""
    about = trial.concerned(policy, resolver.decisions, resolver.found.parameters, resolver.mentions)
    new = {name: number for name, number in numbers.items() if number not in trial.tried}
    return [name for name, number in new.items() if name in about or number not in rule_numbers.sound]


def _nearest_in_force(found: Declarations, as_of: datetime.date) -> PackageDeclaration:
    local = [package for package in found.packages[1:] if as_of in package.period]
    return local[-1] if local else found.packages[0]


def _constraints(found: Declarations, entity: str, resolver: Resolver) -> tuple[Constraint, ...]:
    made = list[Constraint]()
    for item in (item for item in found.constraints if item.entity == entity):
        condition = resolver.expression(item.when)
        for name in variables(condition):
            if name in resolver.facts and resolver.facts[name].presumed is not None:
                resolver.reader.report("presumed-in-constraint", item.when.span, name=name, found=item.id)
        made.append(Constraint(id=item.id, condition=condition, message=item.message))
    return tuple(made)


def _scopes(found: Declarations, entity: str, resolver: Resolver) -> dict[str, Expression]:
    """Return about which organizations an instrument is; the conditions use facts of organizations."""
    scopes = found.scopes.items() if entity == found.entities.subject.name else ()
    return {name: resolver.expression(node) for name, node in scopes}


def _ask_order(found: Declarations, declared: Mapping[str, DecisionDeclaration], reader: Reader) -> tuple[str, ...]:
    """Return the decisions to ask for first, of the nearest package that names some; report unknown ones."""
    named = next((package.ask_order for package in reversed(found.packages) if package.ask_order), ())
    for node in named:
        if node.text not in found.decisions:
            reader.unknown("unknown-name", node.span, node.text, found.decisions)
    return tuple(node.text for node in named if node.text in declared)


def _parameter(parameter: ParameterDeclaration, as_of: datetime.date) -> Parameter:
    numbers = in_force_value(parameter, as_of)
    return Parameter(
        name=parameter.name,
        label=parameter.label,
        type=parameter.type,
        indexed_by=parameter.indexed_by,
        values=tuple((numbers or {}).items()),
        is_removed=numbers is None,
    )
