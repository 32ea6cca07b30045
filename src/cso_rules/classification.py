"""The front door for registries: one organization in, its tier and what follows from it out."""

from __future__ import annotations

import datetime
import enum
import functools
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import attrs

from cso_rules.determination import Determination, Due, MissingFact, Outcome
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import given
from cso_rules.model.civil_dates import day_of_rules
from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.engine.gaps import ChangeInWords
    from cso_rules.errors import FactProblem

Responsibility = tuple[str, str, tuple[Citation, ...]]


class Tier(enum.Enum):
    """How a community social organization is supervised."""

    REGISTERED = "registered"
    SUBDISTRICT_MANAGED = "subdistrict_managed"
    COMMUNITY_GUIDED = "community_guided"
    OUT_OF_SCOPE = "out_of_scope"
    BETWEEN_CLASSES = "between_classes"
    """Only where the reading is chosen that the classes of 2020 leave a gap."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Item(ByFields):
    """A measure, priority or duty that applies.

    Attributes:
        value: Its id, such as `procurement`.
        modality: How strongly the text says it, such as `must` or `encourage`; None where it does not say.
        addressee: Whom the text addresses; None where it does not say.
        due: Until when it is to be done; None where no day is set.
        citations: The provisions that say it.
    """

    value: str
    modality: str | None
    addressee: str | None
    due: Due | None = None
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Classification(ByFields):
    """The answers about one organization; lists hold only what is certain.

    Attributes:
        tier: How it is supervised; None while that is not determined.
        possible_tiers: Every tier that some completion of what is missing gives; one where the tier is determined.
        responsibilities: Who has which role, as (role, body, citations).
        support: Measures of support that apply.
        priorities: Priorities of development under which it falls.
        obligations: What somebody has to do about it, and it has to do.
        missing_facts: What would settle an open answer, in the order to ask; nothing is asked in vain.
        determination: The answers of every decision, those of which the others here are made.
        readings: Options of ambiguous texts that were asked for.
    """

    tier: Tier | None
    possible_tiers: frozenset[Tier]
    responsibilities: tuple[Responsibility, ...]
    support: tuple[Item, ...]
    priorities: tuple[Item, ...]
    obligations: tuple[Item, ...]
    missing_facts: tuple[MissingFact, ...]
    determination: Determination = attrs.field(repr=False)
    readings: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def place_notice(self) -> Label | None:
        """For which place, or what it lies in, no local rule is encoded; None where every level has some."""
        return self.determination.policy.place_notice

    def path_to(self, tier: Tier | str) -> tuple[tuple[ChangeInWords, ...], ...]:
        """Return the smallest changes that lead to a tier.

        These are the changes of the notice of `explain`: where facts are missing so that none makes the tier certain,
        those after which it is possible, and certain only once `missing_facts` of the changed organization are known.

        Args:
            tier: The tier, or its name.

        Returns:
            Alternatives, each of changes (fact, old, new, difference); none where no change leads there.

        Raises:
            ArgumentError: There is no such tier.
        """
        from cso_rules.engine.gaps import changes_to

        return changes_to(self.determination.policy, self.determination.known, "tier", _tier(tier).value)


def classify(  # noqa: PLR0913 - what a question consists of
    organization: object = None,
    *,
    jurisdiction: str = "cn",
    as_of: datetime.date | str | None = None,
    readings: Mapping[str, str] | None = None,
    drafts: bool = False,
    problems: Collection[FactProblem] = (),
    **facts: object,
) -> Classification:
    """Classify one organization by the rules that come with this library.

    Args:
        organization: A mapping from fact names to values, or an object whose attributes are named so: of a class of
            attrs, a dataclass, a model of pydantic, or any other. `determine` says how a value is written: money is in
            yuan, a day a date or ISO text, and None says nothing. Further attributes of an object are left alone, but
            further keys of a mapping are refused.
        jurisdiction: `cn` for the national rules alone, or the code of a place, or the name of one with own rules.
        as_of: The date whose rules apply, as a date or a text such as `2018-06-01`; today in Shanghai when left out.
        readings: Options of ambiguous texts.
        drafts: Whether drafts of the place apply too.
        problems: What was said of facts and not understood, as for `determine`; these facts are unknown.
        **facts: Further facts; they replace those of the organization.

    Returns:
        What is determined, what remains possible and what is missing, with the provisions behind it.

    Raises:
        FactsError: A fact is unknown or a value is not possible; it carries every problem, in both languages.
        PolicyError: The rules cannot be used.
        UnknownNameError: There is no such place.
        ArgumentError: `as_of` is no day from 1900-01-01 to 2200-01-01, or the organization is no such object.
    """
    policy = load_policy("cn", as_of=day_of_rules(as_of), jurisdiction=jurisdiction, drafts=drafts)
    return classified(policy, organization, readings=readings, problems=problems, facts=facts)


def classified(
    policy: Policy,
    organization: object,
    *,
    readings: Mapping[str, str] | None,
    problems: Collection[FactProblem],
    facts: Mapping[str, object],
) -> Classification:
    """Return the classification of one organization by the rules of a place and date; arguments as for `classify`."""
    chosen = {} if readings is None else readings
    said = {**given(policy, organization), **facts}
    return _classification(determine(policy, said, readings=chosen, problems=problems), chosen)


def _tier(tier: Tier | str) -> Tier:
    try:
        return Tier(tier)
    except ValueError:
        from cso_rules.diagnostics import shortened
        from cso_rules.errors import ArgumentError

        known = ", ".join(each.value for each in Tier)
        shown = shortened(str(tier))
        raise ArgumentError(
            f"there is no tier {shown!r}; there are {known}", f"没有类别“{shown}”，可用：{known}"
        ) from None


def _classification(found: Determination, readings: Mapping[str, str]) -> Classification:
    value, items = found["tier"].value, functools.partial(_items, found)
    return Classification(
        tier=Tier(value) if value is not None else None,
        possible_tiers=frozenset(Tier(possible) for possible in found["tier"].possible),
        responsibilities=_responsibilities(found.outcomes.get("responsibilities")),
        support=items("support_measures"),
        priorities=items("development_priorities"),
        obligations=items("obligations"),
        missing_facts=found.missing_facts,
        determination=found,
        readings=readings,
    )


def _responsibilities(outcome: Outcome | None) -> tuple[Responsibility, ...]:
    if outcome is None:
        return ()
    sure = ((rule, columns) for rule, columns, truth in outcome.items if truth is Truth.TRUE)
    return tuple((columns["role"], columns["body"], outcome.citations_of(rule)) for rule, columns in sure)


def _items(found: Determination, decision: str) -> tuple[Item, ...]:
    if decision not in found.outcomes:
        return ()
    outcome = found[decision]
    return tuple(
        Item(
            value=next(iter(columns.values())),
            modality=rule.modality,
            addressee=rule.addressee,
            due=found.due_of(rule),
            citations=outcome.citations_of(rule),
        )
        for rule, columns, truth in outcome.items
        if truth is Truth.TRUE
    )
