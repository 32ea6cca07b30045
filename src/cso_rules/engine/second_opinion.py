"""Second opinion: an error when two engines answered the same question differently.

Guaranteed: everything that an answer rests on is compared, the truth of every rule too, not only the value. The other
engine may leave more open than is possible; it may not exclude what is.
"""

from __future__ import annotations

from cso_rules.determination import Determination, Outcome, plain
from cso_rules.errors import VerificationError
from cso_rules.results import agree
from cso_rules.truth import Truth


def refuse_difference(exact: Determination, other: Determination, engines: tuple[str, str]) -> None:
    """Do nothing when another engine agrees; the names of both engines are for the message.

    Raises:
        VerificationError: An answer differs; the first such decision is named.
    """
    for name, outcome in exact.outcomes.items():
        if not agree(outcome.decision, outcome, other.outcomes[name]):
            answers = (_text(outcome), _text(other.outcomes[name]))
            raise VerificationError(name, dict(zip(engines, answers, strict=True)))


def _text(outcome: Outcome) -> str:
    """Return an answer with the rules behind it, for two answers may differ in those alone."""
    values = " | ".join(str(plain(value)) for value in outcome.possible)
    rules = ", ".join(f"{found.rule.id}={found.truth.value}" for found in outcome.findings if _counts(found.truth))
    return f"{outcome.status.value} [{values}]" + (f" ({rules})" if rules else "")


def _counts(truth: Truth) -> bool:
    return truth is not Truth.FALSE
