"""The second engine: durable_rules, a Rete in C that chains forward over positive rules, in a process of its own.

In come a policy and domains; out go exactly the results of `reference`, by another way: conditions, hit policies and
conflicts are rules that fire. Sums and intervals are computed in Python, so the independence is one of logic only.
"""

from __future__ import annotations

import threading
from functools import cache

from cso_rules.determination import Result
from cso_rules.errors import MissingExtraError
from cso_rules.executors.rete.client import Worker
from cso_rules.executors.rete.driver import is_installed
from cso_rules.executors.rete.evaluator import Evaluator, Sessions
from cso_rules.model.policy import Policy
from cso_rules.model.types import Environment

_lock = threading.Lock()


def evaluate(policy: Policy, domains: Environment) -> dict[str, Result]:
    """Evaluate every decision of a policy.

    Args:
        policy: Rules in force; decisions in dependency order.
        domains: The domain of every fact and reading.

    Returns:
        One result for each decision, in order; it may leave more open than is possible.

    Raises:
        EngineError: The engine crashed, hung or cannot carry the rules; the next evaluation is not affected.
        MissingExtraError: durable_rules is not installed.
    """
    return trace(policy, domains)[0]


def trace(policy: Policy, domains: Environment) -> tuple[dict[str, Result], Sessions]:
    """Evaluate a policy, and return the sessions behind each result too."""
    if not is_installed():
        raise MissingExtraError("rete")
    with _lock:
        return _shared().trace(policy, domains)


def forget() -> None:
    """Put every decision to the engine again, also those that read what they read in an earlier evaluation."""
    with _lock:
        _shared().forget()


@cache
def _shared() -> Evaluator:
    """Return the evaluator of this process; its worker starts with the first evaluation."""
    return Evaluator(Worker())
