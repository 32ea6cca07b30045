"""What a second engine may say: nothing else than is possible, and everything when nothing is missing."""

from collections.abc import Mapping

from cso_rules.executors.single import reference
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.results import Result, agree, status_of


def is_second_opinion(policy: Policy, domains: Mapping[str, Domain], found: Mapping[str, Result]) -> bool:
    exact = reference.evaluate(policy, domains)
    assert list(found) == list(exact)
    decisions = policy.decisions
    is_complete = all(is_known(domains[name]) for name in domains if policy.variable_type(name).kind != "text")
    return all(
        agree(decisions[name], exact[name], found[name])
        and (not is_complete or status_of(decisions[name], found[name]) is status_of(decisions[name], exact[name]))
        for name in exact
    )
