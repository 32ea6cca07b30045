"""Second opinion: the same question to another engine, and an error when the answers differ.

Guaranteed: everything that an answer rests on is compared, the truth of every rule too, not only the value. The other
engine may leave more open than is possible; it may not exclude what is.
"""

from __future__ import annotations

from cso_rules.determination import Determination, Outcome, plain
from cso_rules.errors import VerificationError
from cso_rules.results import agree
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
        if not agree(outcome.decision, outcome, other.outcomes[name]):
            answers = {first: _text(outcome), engine: _text(other.outcomes[name])}
            raise VerificationError(name, answers)


def _text(outcome: Outcome) -> str:
    """Return an answer with the rules behind it, for two answers may differ in those alone."""
    values = " | ".join(str(plain(value)) for value in outcome.possible)
    rules = ", ".join(f"{found.rule.id}={found.truth.value}" for found in outcome.findings if _counts(found.truth))
    return f"{outcome.status.value} [{values}]" + (f" ({rules})" if rules else "")


def _counts(truth: Truth) -> bool:
    return truth is not Truth.FALSE
