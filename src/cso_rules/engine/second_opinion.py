"""Second opinion: the same question to another engine, and an error when the answers differ.

Guaranteed: everything that an answer rests on is compared, the truth of every rule too, not only the value. The other
engine may leave more open than is possible; it may not exclude what is.
"""

from __future__ import annotations

from cso_rules.determination import Determination, Outcome, plain
from cso_rules.errors import VerificationError
from cso_rules.model.types import Domain, Type
from cso_rules.truth import Truth


def confirm(determination: Determination, *, engine: str = "rete", first: str = "compiled") -> None:
    """Ask another engine, and do nothing when it agrees.

    Args:
        determination: What was answered.
        engine: Name of the engine to ask.
        first: Name of the engine that answered, for the message.

    Raises:
        VerificationError: An answer differs; the first such decision is named.
        EngineError: The other engine could not answer.
        MissingExtraError: The other engine is not installed.
    """
    from cso_rules.engine.determine import determine

    other = determine(
        determination.policy, determination.facts, readings=determination.readings, engine=engine, ask=False
    )
    for name, outcome in determination.outcomes.items():
        if not agree(outcome, other.outcomes[name]):
            answers = {first: _text(outcome), engine: _text(other.outcomes[name])}
            raise VerificationError(name, answers)


def agree(exact: Outcome, other: Outcome) -> bool:
    """Tell whether another engine leaves every answer and truth possible that is; it may leave more open."""
    if Truth.FALSE is not exact.conflict:
        return other.conflict in {exact.conflict, Truth.UNKNOWN}
    is_wider = other.conflict is not Truth.TRUE and _holds(exact.decision.type, other.domain, exact.domain)
    pairs = zip(exact.findings, other.findings, strict=True)
    return is_wider and all(theirs.truth in {own.truth, Truth.UNKNOWN} for own, theirs in pairs)


def _holds(kind: Type, wider: Domain, domain: Domain) -> bool:
    """Tell whether a domain holds every value of another one."""
    if isinstance(wider, int) and isinstance(domain, int):
        return not domain & ~wider
    assert isinstance(wider, tuple)
    assert isinstance(domain, tuple)
    if kind.kind == "set":
        return not wider[0] & ~domain[0] and not domain[1] & ~wider[1]
    return wider[0] <= domain[0] and domain[1] <= wider[1]


def _text(outcome: Outcome) -> str:
    """Return an answer with the rules behind it, for two answers may differ in those alone."""
    values = " | ".join(str(plain(value)) for value in outcome.possible)
    rules = ", ".join(f"{found.rule.id}={found.truth.value}" for found in outcome.findings if _counts(found.truth))
    return f"{outcome.status.value} [{values}]" + (f" ({rules})" if rules else "")


def _counts(truth: Truth) -> bool:
    return truth is not Truth.FALSE
